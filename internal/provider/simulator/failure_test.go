package simulator

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestFailuresBeforeTheAnswer(t *testing.T) {
	for kind, code := range map[FailureKind]fault.Code{
		Throttling: fault.Throttling, Unavailable: fault.ServiceUnavailable, Timeout: fault.ModelTimeout,
		ModelError: fault.ModelError, Internal: fault.Internal, Cut: fault.ServiceUnavailable,
	} {
		t.Run(string(kind), func(t *testing.T) {
			p := newProvider(t, Settings{Failures: []Failure{{Place: Place{Region: "us-east-2"}, Kind: kind, Calls: 2}}})
			west := ask("hello")
			west.Region = "us-west-2"
			answerTo(t, p, west)
			if _, err := p.Chat(context.Background(), ask("hello")); !fault.Is(err, code) {
				t.Errorf("chat: %v, want code %d", err, code)
			}
			if _, err := p.Stream(context.Background(), ask("hello")); !fault.Is(err, code) {
				t.Errorf("stream: %v, want code %d", err, code)
			}
			answerTo(t, p, ask("hello"))
		})
	}
}

func TestFailuresInsideTheAnswer(t *testing.T) {
	for _, event := range []int{1, 2, 5} {
		p := newProvider(t, Settings{Failures: []Failure{{Kind: Cut, Event: event}}})
		s, err := p.Stream(context.Background(), ask("hello"))
		if err != nil {
			t.Fatal(err)
		}
		content := 0
		for err == nil {
			var e *chat.Event
			if e, err = s.Next(); err == nil && e.IsContent() {
				content++
			}
		}
		if content != event-1 || !fault.Is(err, fault.ModelStreamError) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("event %d: %v after %d content events", event, err, content)
		}
		s.Close()
		if _, err := p.Chat(context.Background(), ask("hello")); !fault.Is(err, fault.ServiceUnavailable) {
			t.Errorf("event %d: the whole answer gave %v", event, err)
		}
	}
	p := newProvider(t, Settings{Failures: []Failure{{Kind: ModelError, Event: 100_000}}})
	answerTo(t, p, ask("hello")) // an answer with fewer events is complete
	gather(t, p, ask("hello"))
}

func TestFailureInsideTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{
			Pace:     Pace{FirstToken: time.Second, TokensPerSecond: 4},
			Failures: []Failure{{Kind: Slow, Delay: time.Second}, {Kind: Timeout, Event: 2, Delay: time.Second, Calls: 1}},
		})
		begun := time.Now()
		if _, err := p.Chat(t.Context(), ask("hello")); !fault.Is(err, fault.ModelTimeout) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != 4*time.Second { // two delays, first token, four more tokens
			t.Errorf("failed after %s, want 4s", took)
		}
		begun = time.Now()
		n := 1
		r := ask("hello")
		r.Chat.Inference.MaxTokens = &n
		answerTo(t, p, r)
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("the slow answer took %s, want 2s", took)
		}
	})
}

func TestShareOfCalls(t *testing.T) {
	run := func(seed uint64) (pattern string) {
		p := newProvider(t, Settings{Seed: seed, Failures: []Failure{{Kind: Unavailable, Share: 0.25}}})
		for range 400 {
			if _, err := p.Chat(context.Background(), ask("hello")); err != nil {
				pattern += "x"
			} else {
				pattern += "."
			}
		}
		return pattern
	}
	first := run(1)
	if first != run(1) {
		t.Error("the same seed fails other calls")
	}
	if first == run(2) {
		t.Error("another seed fails the same calls")
	}
	if n := strings.Count(first, "x"); n < 70 || n > 130 {
		t.Errorf("%d of 400 calls failed, want about 100", n)
	}
}

func TestCheck(t *testing.T) {
	s := Settings{
		Pace:       Pace{FirstToken: -time.Second},
		Paces:      []PaceAt{{Place{Region: "[", Model: "["}, Pace{TokensPerSecond: -1}}},
		Capacities: []CapacityAt{{Capacity: Capacity{Concurrency: -1, RequestsPerMinute: -2, TokensPerMinute: -3}}},
		Failures:   []Failure{{Kind: "boom", Calls: -1, Share: 2, Event: -1, Delay: -1}},
	}
	_, err := New(s)
	if err == nil {
		t.Fatal("nothing was refused")
	}
	for _, key := range []string{
		"pace.first-token: -1s", "paces[0].region", "paces[0].model", "paces[0].tokens-per-second", "capacities[0].concurrency: -1",
		"capacities[0].requests-per-minute: -2", "capacities[0].tokens-per-minute: -3", `failures[0].kind: "boom"`, "failures[0].calls",
		"failures[0].share: 2", "failures[0].event", "failures[0].delay",
	} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%q is not among the faults:\n%v", key, err)
		}
	}
	for _, good := range []Settings{{}, Defaults()} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}
