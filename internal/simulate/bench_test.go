package simulate

import (
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

// BenchmarkMillion replays a million calls in bursts, some of which no region has room for.
func BenchmarkMillion(b *testing.B) {
	g := trace.Generator{
		Seed: 1, For: 25 * time.Hour, Arrivals: trace.Bursts, Rate: 8, PeakRate: 30, Period: 4 * time.Minute, Burst: 40 * time.Second,
		Input: trace.Tokens{Median: 1200, P95: 9000}, Output: trace.Tokens{Median: 220, P95: 1100}, Sessions: 200, Turns: 6,
	}
	calls := g.Make().Reshape(trace.Shape{Limit: 1_000_000, Max: 4096})
	if len(calls.Calls) != 1_000_000 {
		b.Fatalf("%d calls", len(calls.Calls))
	}
	setup := newHouse(b, limited(quota.Amounts{Tokens: &quota.Amount{N: 5_000_000}}))
	world := newWorld(func(w *World) {
		w.Upstreams[0] = Upstream{
			FirstToken: 400 * time.Millisecond, InputPerSecond: 20000, TokensPerSecond: 70, Jitter: 0.2, Growth: 1, Concurrency: 60, TokensPerMinute: 3_000_000,
		}
		w.Cache = Cache{Share: 0.6, For: 5 * time.Minute}
	})
	b.ReportAllocs()
	for b.Loop() {
		r := run(b, setup, world, calls, Variant{})
		b.ReportMetric(float64(r.Refused())/1e6, "refused/call")
		b.ReportMetric(float64(r.Retried)/1e6, "retried/call")
	}
}
