package quota

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/profile"
)

// benchCalls are a call of the usual kind, and a policy under which it takes from four quotas.
func benchCalls(b testing.TB, n int) (*Rules, []Call) {
	facts := load(b)
	r := NewRules(facts, Policy{
		Enforce: true, Defaults: EnforceThose,
		Overrides: []Override{{Amounts: Amounts{Requests: &Amount{N: 1e12}, Tokens: &Amount{N: 1e15}, DayTokens: &Amount{N: 1e15}, Concurrent: &Amount{N: 1e6}}}},
		Accounts:  []AccountLimit{{DayTokens: &Amount{N: 1e15}}},
		Shares: []Share{
			{Name: "team", Tags: map[string]string{"team": "a"}, Amounts: Amounts{Tokens: &Amount{Parts: 5000}}},
			{Name: "each", Principal: "*", Each: true, Amounts: Amounts{Requests: &Amount{N: 1e12}}},
		},
	})
	calls := make([]Call, n)
	for i := range calls {
		calls[i] = Call{
			Source: "us-east-1", Model: model(b, facts, nova), Scope: profile.Geo,
			Application: &profile.Application{ID: "id" + strconv.Itoa(i), Tags: map[string]string{"team": "a"}},
			Principal:   "arn:aws:iam::111122223333:user/" + strconv.Itoa(i),
		}
	}
	return r, calls
}

func TestReserveAndSettleAllocateNothing(t *testing.T) {
	r, calls := benchCalls(t, 1)
	book, h, now := NewBook("111122223333", r), Hold{}, time.Duration(0)
	once := func() {
		now += time.Second
		if refusal := book.Reserve(now, &calls[0], 5000, &h); refusal != nil {
			t.Fatal(refusal)
		}
		book.Settle(now, &h, 700)
	}
	for range 1000 { // until the windows have all the room they will ever need
		once()
	}
	for range 100 {
		now += 12 * time.Minute
		once()
	}
	if n := testing.AllocsPerRun(1000, once); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkReserveSettle is a call from its reservation in four quotas to its settlement.
func BenchmarkReserveSettle(b *testing.B) {
	r, calls := benchCalls(b, 1)
	book, h, now := NewBook("111122223333", r), Hold{}, time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		now += time.Microsecond
		if refusal := book.Reserve(now, &calls[0], 5000, &h); refusal != nil {
			b.Fatal(refusal)
		}
		book.Settle(now, &h, 700)
	}
}

// BenchmarkReserveSettleContended is the same from eight goroutines behind a lock, all for one caller or each for its own.
func BenchmarkReserveSettleContended(b *testing.B) {
	const goroutines = 8
	for name, callers := range map[string]int{"one": 1, "many": 1024} {
		b.Run(name, func(b *testing.B) {
			r, calls := benchCalls(b, callers)
			book, began := NewBook("111122223333", r), time.Now()
			var mu sync.Mutex
			b.ReportAllocs()
			b.SetParallelism((goroutines + 1) / 2)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				var h Hold
				for i := 0; pb.Next(); i++ {
					mu.Lock()
					refusal := book.Reserve(time.Since(began), &calls[i%callers], 5000, &h)
					mu.Unlock()
					if refusal != nil {
						b.Error(refusal)
						return
					}
					mu.Lock()
					book.Settle(time.Since(began), &h, 700)
					mu.Unlock()
				}
			})
		})
	}
}

// BenchmarkRefuse is a call that has no room.
func BenchmarkRefuse(b *testing.B) {
	r := NewRules(load(b), Policy{Enforce: true, Defaults: Off, Overrides: []Override{{Amounts: Amounts{Tokens: &Amount{N: 1e6}}}}})
	_, calls := benchCalls(b, 1)
	book, h := NewBook("111122223333", r), Hold{}
	for i := range 120 {
		book.Reserve(time.Duration(i)*time.Second/2, &calls[0], 8333, &h)
		book.Settle(0, &h, 8333)
	}
	b.ReportAllocs()
	for b.Loop() {
		if book.Reserve(59500*time.Millisecond, &calls[0], 5e5, &h) == nil {
			b.Fatal("there is room")
		}
	}
}
