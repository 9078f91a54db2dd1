package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Plan is how to load.
type Plan struct {
	Request     *Request
	Connections int
	Duration    time.Duration // of the measured part
	Warmup      time.Duration // load that is not measured, before it
	// Rate is how many requests a second are due, whether or not the earlier ones were answered: an
	// open loop, whose latency counts from when a request was due. 0 is a closed loop, where each
	// connection sends as soon as it has its reply.
	Rate    float64
	Timeout time.Duration // for one exchange
}

// Result is what a run showed. Durations are microseconds.
type Result struct {
	Seconds   float64 `json:"seconds"`
	Done      int64   `json:"done"`   // replies with status 200
	Failed    int64   `json:"failed"` // everything else
	PerSecond float64 `json:"per_second"`
	Events    int64   `json:"events"` // that carried text, in streams
	Bytes     int64   `json:"bytes"`
	P50       float64 `json:"p50_us"`
	P99       float64 `json:"p99_us"`
	Max       float64 `json:"max_us"`
	TTFBP50   float64 `json:"ttfb_p50_us,omitempty"` // first body byte of a stream
	TTFBP99   float64 `json:"ttfb_p99_us,omitempty"`
	FirstFail string  `json:"first_failure,omitempty"`
}

// tally is what one worker counts; workers share nothing while they run.
type tally struct {
	latency, ttfb *hdrhistogram.Histogram // nanoseconds
	failed        int64
	events, bytes int64
	failure       error
}

// longest is the longest latency that the histograms tell apart, three digits of each.
const longest = int64(2 * time.Minute)

func newTally() *tally {
	return &tally{latency: hdrhistogram.New(1000, longest, 3), ttfb: hdrhistogram.New(1000, longest, 3)}
}

// Run loads as planned and returns when the last reply is in. measured is called when the warm-up
// is over, so that a caller can begin to account for the programs under load.
func Run(ctx context.Context, p Plan, measured func()) (*Result, error) {
	if p.Connections < 1 || p.Duration <= 0 {
		return nil, fmt.Errorf("cannot load with %d connections for %s: both must be positive", p.Connections, p.Duration)
	}
	conns := make([]*conn, p.Connections)
	for i := range conns {
		conns[i] = &conn{request: p.Request, timeout: p.Timeout}
		defer conns[i].close()
	}
	if p.Warmup > 0 {
		drive(ctx, conns, p.Rate, p.Warmup)
	}
	measured()
	began := time.Now()
	total := newTally()
	for _, t := range drive(ctx, conns, p.Rate, p.Duration) {
		total.add(t)
	}
	if total.latency.TotalCount() == 0 {
		return nil, fmt.Errorf("no request succeeded, %d failed: %w", total.failed, errors.Join(total.failure, ctx.Err()))
	}
	return total.result(time.Since(began)), nil
}

// drive runs one worker a connection and returns their tallies.
func drive(ctx context.Context, conns []*conn, rate float64, d time.Duration) []*tally {
	tallies := make([]*tally, len(conns))
	due := make(chan time.Time, 1<<20) // never full: a slow server must not delay the schedule
	var workers sync.WaitGroup
	end := time.Now().Add(d)
	for i, c := range conns {
		t := newTally()
		tallies[i] = t
		workers.Go(func() {
			if rate > 0 {
				for at := range due {
					t.one(c, at)
				}
				return
			}
			for now := time.Now(); now.Before(end) && ctx.Err() == nil; now = time.Now() {
				t.one(c, now)
			}
		})
	}
	if rate > 0 {
		go schedule(ctx, due, rate, d)
	}
	workers.Wait()
	return tallies
}

// schedule says when each request is due, at the time it is due, and closes due at the end.
func schedule(ctx context.Context, due chan<- time.Time, rate float64, d time.Duration) {
	defer close(due)
	sleep := sleeper()
	start, gap := time.Now(), float64(time.Second)/rate
	for i := 0; ctx.Err() == nil; i++ {
		after := time.Duration(float64(i) * gap)
		if after >= d {
			return
		}
		at := start.Add(after)
		for wait := time.Until(at); wait > 0; wait = time.Until(at) {
			sleep(wait)
		}
		due <- at
	}
}

// one makes one exchange that was due at the given time.
func (t *tally) one(c *conn, due time.Time) {
	rep, err := c.exchange()
	if err == nil && rep.status != http.StatusOK {
		err = fmt.Errorf("status %d: %.300s", rep.status, c.body)
	}
	if err != nil {
		t.failed++
		if t.failure == nil {
			t.failure = err
		}
		return
	}
	record(t.latency, time.Since(due))
	if !rep.firstByte.IsZero() {
		record(t.ttfb, rep.firstByte.Sub(due))
	}
	t.events += int64(rep.events)
	t.bytes += int64(rep.bytes)
}

// record counts d, and what is longer than the histogram reaches as the longest it knows.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	if h.RecordValue(int64(d)) != nil {
		_ = h.RecordValue(longest)
	}
}

func (t *tally) add(o *tally) {
	t.latency.Merge(o.latency)
	t.ttfb.Merge(o.ttfb)
	t.failed += o.failed
	t.events += o.events
	t.bytes += o.bytes
	if t.failure == nil {
		t.failure = o.failure
	}
}

func (t *tally) result(took time.Duration) *Result {
	us := func(h *hdrhistogram.Histogram, q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	r := &Result{
		Seconds: took.Seconds(), Done: t.latency.TotalCount(), Failed: t.failed,
		PerSecond: float64(t.latency.TotalCount()) / took.Seconds(), Events: t.events, Bytes: t.bytes,
		P50: us(t.latency, 50), P99: us(t.latency, 99), Max: us(t.latency, 100),
	}
	if t.ttfb.TotalCount() > 0 {
		r.TTFBP50, r.TTFBP99 = us(t.ttfb, 50), us(t.ttfb, 99)
	}
	if t.failure != nil {
		r.FirstFail = t.failure.Error()
	}
	return r
}
