package simulate

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/simulate/trace"
)

const (
	model   = "house.llama"
	anySite = "all.house.llama" // a profile over three sites
)

// failer is a test, a benchmark or a property.
type failer interface{ Fatal(...any) }

// known is what all houses share, since none changes it.
type known struct {
	facts    *catalog.Catalog
	snapshot *profile.Snapshot
	prices   *catalog.Book
}

// sites are 111 km apart each.
func sites() []arn.Region { return []arn.Region{"site-a", "site-b", "site-c"} }

// know is worked out once: it takes longer than most tests.
var know = sync.OnceValues(func() (k known, err error) {
	var o catalog.Overlay
	for i, site := range sites() {
		o.Regions = append(o.Regions, catalog.OverlayRegion{ID: site, Name: string(site), Geography: "house", Latitude: new(float64(i)), Longitude: new(0.0)})
	}
	o.Models = []catalog.OverlayModel{{ID: model, Name: "Llama", Regions: sites()}}
	o.Profiles = []catalog.OverlayProfile{{ID: anySite, Model: model, Regions: sites()}}
	if k.facts, err = catalog.Load(o); err != nil {
		return k, err
	}
	k.snapshot = profile.NewSnapshot(k.facts, profile.Options{})
	k.prices, err = catalog.NewBook(k.facts, catalog.PriceOptions{
		Unknown: catalog.AssumeUnknown, Assume: catalog.Rates{catalog.Input: {Known: true, Pico: 1e6}, catalog.Output: {Known: true, Pico: 10e6}},
	})
	return k, err
})

// newHouse is a gateway with one model in three regions.
func newHouse(t failer, edit ...func(*Setup)) *Setup {
	k, err := know()
	if err != nil {
		t.Fatal(err)
	}
	s := &Setup{
		Facts: k.facts, Snapshot: k.snapshot, Prices: k.prices,
		Table:  route.NewTable([]route.Rule{{Model: "*", Provider: "p"}}, []route.Offer{{Model: model, Regions: sites()}}),
		Map:    route.Facts{Regions: sites(), Distance: k.facts.Distance},
		Quotas: quota.NewRules(k.facts, quota.Policy{Enforce: true, Defaults: quota.Off}),
	}
	for _, f := range edit {
		f(s)
	}
	return s
}

// newWorld has upstreams that take 100 ms to the first token and 1 s for a hundred more.
func newWorld(edit ...func(*World)) *World {
	w := &World{
		Seed: 1, Start: Moment{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, Account: "111122223333", Identifier: anySite, Source: "site-a",
		Upstreams: []Upstream{{FirstToken: 100 * time.Millisecond, TokensPerSecond: 100}},
	}
	for _, f := range edit {
		f(w)
	}
	return w
}

// every is n calls at even distances, each of 50 tokens that are answered with 100.
func every(n int, apart time.Duration) *trace.Trace {
	t := &trace.Trace{Name: "even", Targets: make([]trace.Target, 1)}
	for i := range n {
		t.Calls = append(t.Calls, trace.Call{At: time.Duration(i) * apart, Input: 50, Output: 100, Max: 200})
	}
	return t
}

func run(t testing.TB, s *Setup, w *World, calls *trace.Trace, v Variant) *Result {
	t.Helper()
	w.Check(func(path, message string) {
		if path != "calls.speed" { // the traces of tests are made here
			t.Fatalf("%s: %s", path, message)
		}
	})
	r, err := Run(context.Background(), s, w, calls, v, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// brief says in one line where calls ran and what became of the others.
func (r *Result) brief() string {
	text := ""
	for _, p := range r.Places {
		text += fmt.Sprintf("%s=%d/%d ", p.Region, p.Served, p.Attempts)
	}
	for o := OverQuota; o < outcomes; o++ {
		if n := r.Outcomes[o]; n > 0 {
			text += fmt.Sprintf("%s=%d ", o, n)
		}
	}
	return text + "first=" + seconds(r.First.Most)
}

// sameFloat takes two gaps for the same.
func sameFloat(a, b float64) bool { return a == b || a != a && b != b }
