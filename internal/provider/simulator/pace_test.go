package simulator

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
)

func TestWholeAnswerTakesAsLongAsItsStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{Pace: Pace{FirstToken: time.Second, TokensPerSecond: 10}})
		begun := time.Now()
		got := answerTo(t, p, ask("hello"))
		want := time.Second + time.Duration(got.Usage.Output-1)*100*time.Millisecond
		if took := time.Since(begun); took != want {
			t.Errorf("%d tokens took %s, want %s", got.Usage.Output, took, want)
		}
		begun = time.Now()
		gather(t, p, ask("hello"))
		if took := time.Since(begun); took != want {
			t.Errorf("the stream took %s, want %s", took, want)
		}
	})
}

func TestStreamKeepsItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{Pace: Pace{FirstToken: time.Second, TokensPerSecond: 10}})
		s, err := p.Stream(t.Context(), ask("hello"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		begun := time.Now()
		at := func(kind chat.EventKind, after time.Duration) {
			t.Helper()
			e, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind != kind || time.Since(begun) != after {
				t.Errorf("event %v after %s, want %v after %s", e.Kind, time.Since(begun), kind, after)
			}
		}
		at(chat.MessageStart, 0)
		at(chat.BlockDelta, 1000*time.Millisecond) // token 1
		at(chat.BlockDelta, 1400*time.Millisecond) // tokens 2 to 5
		at(chat.BlockDelta, 1800*time.Millisecond)
		time.Sleep(300 * time.Millisecond) // a slow reader does not slow the model down
		at(chat.BlockDelta, 2200*time.Millisecond)
		time.Sleep(time.Second)
		at(chat.BlockDelta, 3200*time.Millisecond) // 2.6 s have passed already
		at(chat.BlockDelta, 3200*time.Millisecond)
		at(chat.BlockDelta, 3400*time.Millisecond)
	})
}

func TestPaceByPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{
			Pace: Pace{FirstToken: time.Second},
			Paces: []PaceAt{
				{Place{Region: "eu-*", Model: "anthropic.*"}, Pace{FirstToken: 2 * time.Second}},
				{Place{Region: "eu-west-1"}, Pace{FirstToken: 3 * time.Second}},
			},
		})
		for _, test := range []struct {
			region arn.Region
			model  string
			want   time.Duration
		}{{"us-east-1", sonnet, time.Second}, {"eu-west-1", sonnet, 2 * time.Second}, {"eu-west-1", "amazon.nova-lite-v1:0", 3 * time.Second}, {"eu-west-2", "amazon.nova-lite-v1:0", time.Second}} {
			r := ask("hello")
			r.Region, r.Model = test.region, test.model
			begun := time.Now()
			answerTo(t, p, r)
			if took := time.Since(begun); took != test.want {
				t.Errorf("%s in %s took %s, want %s", test.model, test.region, took, test.want)
			}
		}
	})
}

func TestEndedContextEndsEveryWait(t *testing.T) {
	gone := errors.New("the client left")
	for name, call := range map[string]func(context.Context, *Provider) error{
		"chat": func(ctx context.Context, p *Provider) error {
			_, err := p.Chat(ctx, ask("hello"))
			return err
		},
		"stream": func(ctx context.Context, p *Provider) error {
			s, err := p.Stream(ctx, ask("hello"))
			if err != nil {
				return err
			}
			defer s.Close()
			for err == nil {
				_, err = s.Next()
			}
			if _, again := s.Next(); again != err {
				t.Errorf("after %v the stream says %v", err, again)
			}
			return err
		},
		"embed": func(ctx context.Context, p *Provider) error {
			_, err := p.Embed(ctx, &provider.EmbedRequest{Model: "m", Embed: &chat.EmbedRequest{Inputs: chat.TextInputs("x")}})
			return err
		},
	} {
		for _, failures := range [][]Failure{nil, {{Kind: Unavailable, Delay: time.Hour}}, {{Kind: Slow, Delay: time.Hour}}, {{Kind: Cut, Event: 99}}} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := newProvider(t, Settings{
						Pace:       Pace{FirstToken: time.Hour, TokensPerSecond: 1},
						Capacities: []CapacityAt{{Capacity: Capacity{Concurrency: 1}}},
						Failures:   failures,
					})
					for range 2 { // the second call shows that the first gave its place back
						ctx, cancel := context.WithCancelCause(t.Context())
						begun := time.Now()
						time.AfterFunc(3*time.Second, func() { cancel(gone) })
						if err := call(ctx, p); !errors.Is(err, gone) {
							t.Errorf("got %v, want the context's cause", err)
						}
						if took := time.Since(begun); took != 3*time.Second {
							t.Errorf("ended after %s, want 3s", took)
						}
						begun = time.Now()
						if err := call(ctx, p); !errors.Is(err, gone) || time.Since(begun) != 0 {
							t.Errorf("a call with an ended context: %v after %s", err, time.Since(begun))
						}
					}
				})
			})
		}
	}
}

func TestClosedStream(t *testing.T) {
	p := newProvider(t, Settings{Capacities: []CapacityAt{{Capacity: Capacity{Concurrency: 1}}}})
	s, err := p.Stream(context.Background(), ask("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Stream(context.Background(), ask("hello")); err == nil {
		t.Fatal("a second stream beside the first must be refused")
	}
	s.Close()
	s.Close()
	if _, err := s.Next(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("after Close: %v", err)
	}
	answerTo(t, p, ask("hello"))
}
