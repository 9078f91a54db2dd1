package simulator

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

// used is how many tokens the deployment of ask has charged, of which nothing has drained since the last call.
func used(p *Provider) int64 {
	g := &p.deployment(deploymentKey{"us-east-2", sonnet}).gate
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(g.load.tokens.used)
}

// limited is a provider that admits so many tokens a minute to each deployment.
func limited(t *testing.T, perMinute int64) *Provider {
	return newProvider(t, Settings{
		Pace:       Pace{FirstToken: time.Second, TokensPerSecond: 10},
		Capacities: []CapacityAt{{Capacity: Capacity{TokensPerMinute: perMinute}}},
	})
}

// walk makes a call to its end.
func walk(ctx context.Context, p *Provider, r *provider.Request, streamed bool) error {
	if !streamed {
		_, err := p.Chat(ctx, r)
		return err
	}
	s, err := p.Stream(ctx, r)
	if err != nil {
		return err
	}
	defer s.Close()
	for err == nil {
		_, err = s.Next()
	}
	return err
}

func TestTokensAreChargedAndGivenBack(t *testing.T) {
	const text = "Write 100 tokens"
	full := answerTo(t, newProvider(t, Settings{}), ask(text)).Usage
	for _, test := range []struct {
		name      string
		maxTokens *int
		leave     time.Duration // when the caller goes away, 0: at the end
		during    int64         // charged while the call runs
		after     int64         // and when it has ended
	}{
		{"by the answer's own length", nil, 0, full.Total(), full.Total()},
		{"by maxTokens, given back at the end", ptr(4000), 0, full.Input + 4000, full.Total()},
		{"what a caller did not wait for", ptr(4000), 1850 * time.Millisecond, full.Input + 4000, full.Input + 9},
		{"nothing had come", nil, time.Millisecond, full.Total(), full.Input},
	} {
		for _, streamed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, streamed %v", test.name, streamed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := limited(t, 1e9)
					r := ask(text)
					r.Chat.Inference.MaxTokens = test.maxTokens
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					ended := make(chan error)
					go func() { ended <- walk(ctx, p, r, streamed) }()
					synctest.Wait()
					if got := used(p); got != test.during {
						t.Errorf("%v tokens are charged, want %v", got, test.during)
					}
					if test.leave > 0 {
						time.Sleep(test.leave)
						cancel()
					}
					<-ended
					if got := used(p); got != test.after {
						t.Errorf("%v tokens are charged in the end, want %v", got, test.after)
					}
				})
			})
		}
	}
}

func TestCachedTokensAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := limited(t, 1e9)
		first := answerTo(t, p, cached(2000, "", "one")).Usage
		want := first.Input + first.CacheWrite() + first.Output
		if got := used(p); got != want || first.CacheWrite() != 2000 {
			t.Errorf("the call that writes the cache is charged %v, want %v: %+v", got, want, first)
		}
		time.Sleep(time.Minute) // all drains
		second := answerTo(t, p, cached(2000, "", "one")).Usage
		if got, want := used(p), second.Input+second.Output; got != want || second.CacheRead != 2000 {
			t.Errorf("the call that reads it is charged %v, want %v: %+v", got, want, second)
		}
	})
}

// A refused call has not written the cache.
func TestRefusedCallsLeaveTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{Capacities: []CapacityAt{{Capacity: Capacity{TokensPerMinute: 3000}}}})
		answerTo(t, p, ask("Write 2500 tokens"))
		if _, err := p.Chat(t.Context(), cached(2000, "", "one")); !fault.Is(err, fault.Throttling) {
			t.Fatalf("got %v, want throttling", err)
		}
		time.Sleep(10 * time.Minute)
		if got := answerTo(t, p, cached(2000, "", "one")).Usage; got.CacheRead != 0 {
			t.Errorf("the refused call wrote %d tokens to the cache", got.CacheRead)
		}
	})
}

// TestRefundLaw: with what is given back, a window of t minutes still admits no more than (1 + t)
// allowances of tokens that were really used.
func TestRefundLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perMinute := rapid.Int64Range(1, 1_000_000).Draw(t, "perMinute")
		begun := time.Unix(0, 0)
		now, b := begun, bucket{}
		var kept int64
		var open []int64 // what the calls under way will not use
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "gap")))
			if len(open) > 0 && rapid.Bool().Draw(t, "end") {
				b, open = b.give(open[0]), open[1:]
				continue
			}
			n := rapid.Int64Range(1, perMinute).Draw(t, "n")
			next, wait := b.take(perMinute, now, n)
			if wait > 0 {
				continue
			}
			unused := rapid.Int64Range(0, n).Draw(t, "unused")
			b, kept, open = next, kept+n-unused, append(open, unused)
		}
		if most := float64(perMinute) * (1 + now.Sub(begun).Minutes()); float64(kept) > most+1e-3 {
			t.Fatalf("%d used within %s at %d a minute", kept, now.Sub(begun), perMinute)
		}
	})
}

func TestWaitForAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{
			Pace:       Pace{FirstToken: time.Second, TokensPerSecond: 10},
			Capacities: []CapacityAt{{Capacity: Capacity{Concurrency: 2}}},
		})
		open := func(text string) func() {
			s, err := p.Stream(t.Context(), ask(text))
			if err != nil {
				t.Fatal(err)
			}
			return func() { s.Close() }
		}
		refused := func(want time.Duration) {
			t.Helper()
			_, err := p.Chat(t.Context(), ask("Write 5000 tokens"))
			var f *fault.Error
			if !errors.As(err, &f) || f.RetryAfter != want {
				t.Errorf("told to wait %v, want %s", err, want)
			}
		}
		r := ask("Write 500 tokens")
		long, short := answerTo(t, p, r).Usage.Output, answerTo(t, p, ask("hello")).Usage.Output
		endLong, endShort := open("Write 500 tokens"), open("hello")
		length := func(tokens int64) time.Duration { return time.Second + time.Duration(tokens-1)*100*time.Millisecond }
		refused(length(short))
		time.Sleep(time.Second)
		refused(length(short) - time.Second)
		endShort()
		limited := ask("hello") // what maxTokens allows is charged, and is not how long it takes
		limited.Chat.Inference.MaxTokens = ptr(8000)
		s, err := p.Stream(t.Context(), limited)
		if err != nil {
			t.Fatal(err)
		}
		refused(length(short))
		s.Close()
		endShort = open("Write 500 tokens")
		refused(length(long) - time.Second)
		time.Sleep(10 * time.Minute) // neither was ever read
		refused(overdue)
		endLong()
		endShort()
		answerTo(t, p, ask("hello"))
		if n := len(p.deployment(deploymentKey{"us-east-2", sonnet}).gate.ends); n != 0 {
			t.Errorf("%d ends are still kept", n)
		}
	})
}

func TestScriptedUsageIsMeteredEarly(t *testing.T) {
	p := scripted(t, Rule{Answer: &Answer{Text: "a", Usage: &ScriptedUsage{Input: ptr[int64](50), Output: ptr[int64](60)}}})
	s, err := p.Stream(context.Background(), ask("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e, err := s.Next()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(chat.Usage{Input: 50}, e.Usage); diff != "" {
		t.Errorf("the first event (-want +got):\n%s", diff)
	}
	if got := answerTo(t, p, ask("hello")).Usage; got.Input != 50 || got.Output != 60 {
		t.Errorf("usage %+v", got)
	}
}
