package simulate

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/simulate/trace"
)

type errMoment string

func (e errMoment) Error() string {
	return fmt.Sprintf("want a date such as 2026-11-22 or a time such as 2026-11-22T18:00:00Z, found %q", string(e))
}

// DefaultWorld is a world in which a burst is too much for one region, and not for three.
func DefaultWorld() World {
	return World{
		Seed: 1, Start: Moment{time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)}, Account: "111122223333",
		Identifier: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", Source: "us-east-1",
		Calls:     Calls{Speed: 1, MaxTokens: 4096},
		Upstreams: []Upstream{{FirstToken: 500 * time.Millisecond, InputPerSecond: 20000, TokensPerSecond: 70, Jitter: 0.25, Growth: 1.5, Concurrency: 60}},
		Cache:     Cache{For: 5 * time.Minute},
		Detour:    20 * time.Millisecond,
	}
}

// DefaultCalls are the calls of a world that names none.
func DefaultCalls() *trace.Generator {
	return &trace.Generator{
		Seed: 1, For: 10 * time.Minute, Arrivals: trace.Bursts, Rate: 3, PeakRate: 12, Period: 2 * time.Minute, Burst: 30 * time.Second,
		Input: trace.Tokens{Median: 1200, P95: 9000, Most: 60000}, Output: trace.Tokens{Median: 220, P95: 1100, Most: 4096},
		Sessions: 150, Turns: 6,
	}
}

// Check reports every fault by the key that is to be edited.
func (w *World) Check(fault func(path, message string)) {
	if len(w.Account) != 12 || strings.Trim(string(w.Account), "0123456789") != "" {
		fault("account", fmt.Sprintf("want twelve digits, found %q", w.Account))
	}
	if w.Calls.File != "" && w.Calls.Generate != nil {
		fault("calls", "calls come from a file or from a generator, not from both; leave one out")
	}
	if !(w.Calls.Speed > 0 && w.Calls.Speed <= 1e6) {
		fault("calls.speed", fmt.Sprintf("want a number above 0, found %v", w.Calls.Speed))
	}
	if w.Calls.Limit < 0 || w.Calls.MaxTokens < 0 || w.Calls.MaxTokens > math.MaxInt32 {
		fault("calls", fmt.Sprintf("limit %d and max-tokens %d must not be negative", w.Calls.Limit, w.Calls.MaxTokens))
	}
	if g := w.Calls.Generate; g != nil {
		g.Check(func(path, message string) { fault("calls.generate."+path, message) })
	}
	for i := range w.Upstreams {
		w.Upstreams[i].check(fmt.Sprintf("upstreams[%d]", i), fault)
	}
	for i := range w.BrownOuts {
		w.BrownOuts[i].check(fmt.Sprintf("brown-outs[%d]", i), fault)
	}
	if !(w.Cache.Share >= 0 && w.Cache.Share <= 1) || w.Cache.For < 0 {
		fault("cache", fmt.Sprintf("want a share from 0 to 1 and a time, found %v for %s", w.Cache.Share, w.Cache.For))
	}
	if w.Detour < 0 {
		fault("detour", fmt.Sprintf("%s is negative", w.Detour))
	}
	w.variants(fault)
}

func (w *World) variants(fault func(path, message string)) {
	seen := map[string]bool{}
	for i, v := range w.Compare {
		at := fmt.Sprintf("compare[%d]", i)
		if v.Name == "" || seen[v.Name] {
			fault(at+".name", fmt.Sprintf("want a name of its own, found %q", v.Name))
		}
		seen[v.Name] = true
		if q := v.Queue; q != nil && (q.Length < 0 || q.Wait < 0) {
			fault(at+".queue", fmt.Sprintf("%d calls for %s: a queue cannot be negative", q.Length, q.Wait))
		}
	}
}

func (w *Where) check(at string, fault func(path, message string)) {
	for _, g := range [...]struct{ key, glob string }{{"region", w.Region}, {"model", w.Model}, {"provider", w.Provider}} {
		if _, err := path.Match(g.glob, ""); err != nil {
			fault(at+"."+g.key, fmt.Sprintf("%q is not a well-formed glob; * stands for any characters", g.glob))
		}
	}
}

// longestTime bounds times, so that no sum of them leaves its range.
const longestTime = 24 * time.Hour

func (u *Upstream) check(at string, fault func(path, message string)) {
	u.Where.check(at, fault)
	if u.FirstToken < 0 || u.FirstToken > longestTime {
		fault(at+".first-token", fmt.Sprintf("want 0s to 24h, found %s", u.FirstToken))
	}
	for _, v := range [...]struct {
		key         string
		value, most float64
	}{
		{"input-tokens-per-second", u.InputPerSecond, 1e12},
		{"tokens-per-second", u.TokensPerSecond, 1e12},
		{"jitter", u.Jitter, 3},
		{"growth", u.Growth, 1000},
	} {
		if !(v.value >= 0 && v.value <= v.most) {
			fault(at+"."+v.key, fmt.Sprintf("want a number from 0 to %v, found %v", v.most, v.value))
		}
	}
	if u.Growth > 0 && u.Concurrency == 0 {
		fault(at+".growth", "grows towards the concurrency, of which there is none; add it, or leave growth out")
	}
	for _, v := range [...]struct {
		key string
		n   int64
	}{{"concurrency", u.Concurrency}, {"requests-per-minute", u.RequestsPerMinute}, {"tokens-per-minute", u.TokensPerMinute}} {
		if v.n < 0 || v.n > 1e15 {
			fault(at+"."+v.key, fmt.Sprintf("want 0 (no bound) to 1e15, found %d", v.n))
		}
	}
}

func (b *BrownOut) check(at string, fault func(path, message string)) {
	b.Where.check(at, fault)
	if b.From < 0 || b.To <= b.From {
		fault(at+".to", fmt.Sprintf("from %s to %s is no time", b.From, b.To))
	}
	if kinds := []Kind{Slow, Throttling, Unavailable, Timeout, Cut}; !slices.Contains(kinds, b.Kind) {
		fault(at+".kind", fmt.Sprintf("want slow, throttling, unavailable, timeout or cut, found %q", b.Kind))
	}
	if !(b.Share >= 0 && b.Share <= 1) {
		fault(at+".share", fmt.Sprintf("want a share from 0 to 1, found %v", b.Share))
	}
	if b.Kind == Slow && !(b.Factor >= 1 && b.Factor <= 1000) {
		fault(at+".factor", fmt.Sprintf("want how many times slower, 1 to 1000, found %v", b.Factor))
	}
	if b.After < 0 || b.After > longestTime {
		fault(at+".after", fmt.Sprintf("want 0s to 24h, found %s", b.After))
	}
}
