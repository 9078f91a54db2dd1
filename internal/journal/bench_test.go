package journal

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// BenchmarkAppend is two records a call, as every call makes.
func BenchmarkAppend(b *testing.B) {
	opened, settled := bytes.Repeat([]byte("o"), 200), bytes.Repeat([]byte("s"), 400)
	for _, interval := range []time.Duration{0, DefaultInterval} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("interval=%s/callers=%d", interval, callers), func(b *testing.B) {
				fs, err := Dir(b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				j, _ := open(b, Options{FS: fs, Interval: interval, MaxBytes: 1 << 40})
				defer shut(b, j)
				b.ReportAllocs()
				b.SetParallelism(callers)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						c, err := j.Begin(opened)
						if err != nil {
							b.Error(err)
							return
						}
						if err := c.Settle(settled); err != nil {
							b.Error(err)
						}
					}
				})
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N), "ns/record")
			})
		}
	}
}

func BenchmarkRecover(b *testing.B) {
	fs := newMemFS()
	j, _ := open(b, Options{FS: fs, Interval: time.Hour, MaxBytes: 1 << 40})
	const calls = 500_000
	opened, settled := bytes.Repeat([]byte("o"), 200), bytes.Repeat([]byte("s"), 400)
	for range calls {
		settle(b, begin(b, j, string(opened)), string(settled))
	}
	shut(b, j)
	for b.Loop() {
		j, found := open(b, Options{FS: fs, MaxBytes: 1 << 40})
		if found.Settled != calls {
			b.Fatal(found.Settled)
		}
		shut(b, j)
	}
	b.ReportMetric(float64(2*calls*b.N)/b.Elapsed().Seconds(), "records/s")
}
