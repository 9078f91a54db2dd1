package limiter

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/quota"
)

// TestManyCallersNeverPassALimit lets goroutines call at once for simulated minutes, and counts in every minute that ends
// with a call what was let in.
func TestManyCallersNeverPassALimit(t *testing.T) {
	const requests, tokens, callers, seed = 40, 5000, 8, 7
	synctest.Test(t, func(t *testing.T) {
		s := open(t, limits(quota.Amounts{Requests: amount(requests), Tokens: amount(tokens), Concurrent: amount(5)}))
		type taking struct {
			at     time.Time
			tokens int64
		}
		var mu sync.Mutex
		var log []taking
		running, refused := 0, 0
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				rng := rand.New(rand.NewPCG(seed, uint64(caller)))
				for range 200 {
					time.Sleep(time.Duration(rng.Int64N(int64(2 * time.Second))))
					n := rng.Int64N(400)
					mu.Lock() // so that the log has the order of the decisions
					r, err := s.Reserve(s.demand(nova, n, 0))
					if err == nil {
						log = append(log, taking{time.Now(), n})
						running++
					} else {
						refused++
					}
					if running > 5 {
						t.Errorf("%d calls at once", running)
					}
					mu.Unlock()
					if err != nil {
						continue
					}
					time.Sleep(time.Duration(rng.Int64N(int64(3 * time.Second))))
					mu.Lock()
					running--
					r.Settle(served(chat.Usage{Input: n}))
					mu.Unlock()
				}
			})
		}
		all.Wait()
		for i, last := range log {
			sum, count := int64(0), 0
			for _, e := range log[:i+1] {
				if e.at.After(last.at.Add(-time.Minute)) {
					sum += e.tokens
					count++
				}
			}
			if count > requests || sum > tokens {
				t.Fatalf("%d requests and %d tokens in one minute (seed %d)", count, sum, seed)
			}
		}
		if len(log) < 100 || refused < 100 {
			t.Errorf("%d let in and %d refused: the test has lost its subject", len(log), refused)
		}
	})
}

// TestCallersAtOnce runs calls of two accounts with no pause between them, for the race detector, and adds up what is
// left. Time stands still, so that nothing expires on a slow machine.
func TestCallersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, limits(quota.Amounts{Requests: amount(500), Tokens: amount(1 << 40), Concurrent: amount(1 << 20)}))
		const callers, each = 8, 400
		in := make([]int64, callers)
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				for i := range each {
					d := s.demand(nova, 10, 10)
					if i%2 == 0 {
						d.Principal.Account = "222233334444"
					}
					r, err := s.Reserve(d)
					if err == nil {
						in[caller]++
					}
					r.Settle(&gateway.Record{Attempts: 1, Usage: chat.Usage{Input: 10, Output: 1}})
					if i%100 == 0 {
						s.Uses()
					}
				}
			})
		}
		all.Wait()
		sum := int64(0)
		for _, n := range in {
			sum += n
		}
		if sum != 2*500 || s.used(quota.Requests) != sum || s.used(quota.Tokens) != sum*11 || s.used(quota.Concurrent) != 0 {
			t.Errorf("%d calls of two accounts were let in, want 1000; used: %v", sum, s.Uses())
		}
	})
}

// BenchmarkReserve is a call's whole way through the limiter, with what it needs to live on the heap.
func BenchmarkReserve(b *testing.B) {
	s := open(b, limits(quota.Amounts{Requests: amount(1e12), Tokens: amount(1e15), DayTokens: amount(1e15)}))
	d, end := s.demand(nova, 500, 500), served(chat.Usage{Input: 500, Output: 20})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := s.Reserve(d)
			if err != nil {
				b.Error(err)
				return
			}
			r.Settle(end)
		}
	})
}
