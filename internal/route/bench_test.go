package route

import (
	"fmt"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// benchFleet has one model in n regions on a line.
func benchFleet(n int) (*Fleet, *Query) {
	regions := make([]arn.Region, n)
	for i := range regions {
		regions[i] = arn.Region(fmt.Sprintf("region-%02d", i))
	}
	table := NewTable([]Rule{{Model: "m", Provider: "p", Capacity: Capacity{Concurrency: 1000, RequestsPerMinute: 1e9, TokensPerMinute: 1e12}}}, []Offer{{Model: "m", Regions: regions}})
	f := NewFleet(table, nil, Tuning{}, Facts{Regions: regions, Distance: func(a, b arn.Region) float64 { return 500 }}, nil)
	return f, &Query{Model: "m", Source: regions[0], Destinations: regions, Settings: f.Orders().For("", "", "m", ""), Tokens: 1000, Prompt: 77}
}

// BenchmarkRoute is a call's whole way through routing: the decision, the room taken, what became of it.
func BenchmarkRoute(b *testing.B) {
	for _, n := range []int{1, 3, 8, 33} {
		b.Run(fmt.Sprintf("destinations=%d", n), func(b *testing.B) {
			f, q := benchFleet(n)
			b.ReportAllocs()
			b.SetParallelism(4) // eight goroutines on two cores
			b.RunParallel(func(pb *testing.PB) {
				q, p, now := *q, Plan{}, time.Now()
				for i := uint64(0); pb.Next(); i++ {
					q.Random = scatter(i)
					now = now.Add(time.Microsecond)
					f.Plan(now, &q, &p)
					l, room := f.Begin(now, p.Get(0), Attempt{Tokens: q.Tokens})
					if room > Crowded {
						b.Error(room)
						return
					}
					f.Served(now, &q, &p, p.Get(0))
					l.End(now, nil, 100, 100)
				}
			})
		})
	}
}

// BenchmarkPlan is the decision alone.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1, 3, 8, 33} {
		b.Run(fmt.Sprintf("destinations=%d", n), func(b *testing.B) {
			f, q := benchFleet(n)
			b.ReportAllocs()
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				q, p, now := *q, Plan{}, time.Now()
				for i := uint64(0); pb.Next(); i++ {
					q.Random = scatter(i)
					f.Plan(now, &q, &p)
				}
			})
		})
	}
}
