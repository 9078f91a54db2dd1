package budget

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

const (
	owner      arn.Account = "111122223333"
	management arn.Account = "000000000000"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func usd(t failing, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// names are made once: it takes longer than most tests.
var names = sync.OnceValues(func() (*meter.Names, error) {
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		return nil, err
	}
	return meter.NewNames(facts), nil
})

func newPool(t failing) *Pool {
	t.Helper()
	n, err := names()
	if err != nil {
		t.Fatal(err)
	}
	return New(management, n)
}

// failing is what a test, a benchmark and a random history have in common.
type failing interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// monthly is a cost budget of so many dollars a month.
func monthly(t failing, name, dollars string, e Enforcement) *Definition {
	t.Helper()
	return &Definition{
		Key: Key{owner, name}, Kind: Cost, Unit: Monthly, Start: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), End: Forever(),
		Limit: usd(t, dollars), Measure: "USD", Tags: map[string]string{EnforcementTag: e.String()},
	}
}

// install puts budgets into a pool that has no past.
func install(t failing, p *Pool, list ...*Definition) {
	t.Helper()
	l, err := p.Expect(list...)
	if err != nil {
		t.Fatal(err)
	}
	l.Install()
}

// A token of input costs a cent here and one of output a dime, cached input twice as much as any other.
var testRates = meter.Rates{
	catalog.Input: 10_000_000_000, catalog.Output: 100_000_000_000, catalog.CacheRead: 1_000_000_000, catalog.CacheWrite1h: 20_000_000_000,
}

// ask is a call with ten tokens of input, whose answer may have so many tokens.
func ask(id string, output int64) *Demand {
	return &Demand{
		Usage: meter.Usage{
			RequestID: id, At: noon, Account: owner, Principal: "arn:aws:iam::111122223333:user/ann", Model: "amazon.nova-lite-v1:0",
			Source: "us-east-1", Operation: "Converse", Application: meter.Application{ID: "app", Tags: map[string]string{"team": "search"}},
		},
		Input: 10, InputBound: 10, MaxOutput: output, Rates: testRates, Priced: true,
	}
}

// came is what became of a call.
func came(d *Demand, input, output int64) *meter.Record {
	r := &meter.Record{Usage: d.Usage}
	r.Counts = meter.Counts{catalog.Input: input, catalog.Output: output}
	for c, n := range r.Counts {
		r.Costs[c] = testRates[c].Times(n)
		r.Total = r.Total.Add(r.Costs[c])
	}
	return r
}

func status(t failing, p *Pool, name string) Status {
	t.Helper()
	s, ok := p.Status(Key{owner, name}, noon)
	if !ok {
		t.Fatalf("there is no budget %s", name)
	}
	return s
}

func TestReserveAndSettle(t *testing.T) {
	p := newPool(t)
	install(t, p, monthly(t, "a", "1", Hard))
	var one, two Ticket
	first := ask("1", 5) // 10 × 0.02 + 5 × 0.1 at most
	if err := p.Reserve(first, &one); err != nil {
		t.Fatal(err)
	}
	if s := status(t, p, "a"); s.Held != usd(t, "0.7") || s.Calls != 1 || !s.Spent.IsZero() {
		t.Errorf("while it runs: %+v", s)
	}
	err := p.Reserve(ask("2", 5), &two)
	const want = `The budget "a" of account 111122223333 stops this call: of its limit of 1 USD from 2026-11-01 to 2026-12-01, ` +
		`0 USD are spent and 0.7 USD are held by 1 running calls, and this call may cost up to 0.7 USD. It renews at 2026-12-01T00:00:00Z. ` +
		`Fewer output tokens (max_tokens) need less of it.`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if left, ok := two.Remaining(); !ok || left != usd(t, "0.3") {
		t.Errorf("the refused call is told that %s remain", left)
	}
	p.Count(came(first, 10, 2))
	if s := status(t, p, "a"); !s.Held.IsZero() || s.Spent != usd(t, "0.3") || s.Refused != 1 {
		t.Errorf("when it has settled: %+v", s)
	}
	if left, ok := one.Remaining(); !ok || left != usd(t, "0.7") {
		t.Errorf("the answer says that %s remain", left)
	}
	one.Release() // the gateway's end of a call that was counted
	if err := p.Reserve(ask("2", 5), &two); err != nil {
		t.Errorf("there is room: %v", err)
	}
	two.Release()
	if s := status(t, p, "a"); !s.Held.IsZero() || s.Spent != usd(t, "0.3") {
		t.Errorf("when the second has failed: %+v", s)
	}
}

func TestAllBudgetsOrNone(t *testing.T) {
	p := newPool(t)
	install(t, p, monthly(t, "wide", "100", Hard), monthly(t, "narrow", "0.5", Hard))
	var ticket Ticket
	if err := p.Reserve(ask("1", 5), &ticket); err == nil {
		t.Fatal("the call runs past a limit")
	}
	if s := status(t, p, "wide"); !s.Held.IsZero() || s.Calls != 0 {
		t.Errorf("a refused call holds %s of the other budget", s.Held)
	}
	if left, _ := ticket.Remaining(); left != usd(t, "0.5") {
		t.Errorf("the least that remains is told as %s", left)
	}
}

// tenBudgets are nested: of the account, a team, a profile, a principal, and of all accounts.
func tenBudgets(t failing) (list []*Definition) {
	t.Helper()
	for i := range 10 {
		d := monthly(t, fmt.Sprint("budget", i), "1000000", []Enforcement{Hard, Adaptive}[i%2])
		switch i % 5 {
		case 1:
			d.Filter = &Expression{Tag: &Condition{"team", []string{"search", "ads"}}}
		case 2:
			d.Filter = &Expression{Tag: &Condition{meter.TagPrincipal, []string{"arn:aws:iam::111122223333:user/ann"}}}
		case 3:
			d.Filter = &Expression{And: []Expression{
				{Dimension: &Condition{"SERVICE", []string{"Amazon Bedrock"}}}, {Not: &Expression{Tag: &Condition{"team", []string{"ops"}}}},
			}}
		case 4:
			d.Account = management
			d.Filter = &Expression{Dimension: &Condition{"LINKED_ACCOUNT", []string{string(owner)}}}
		}
		list = append(list, d)
	}
	return list
}

func TestTenBudgetsAllocateNothing(t *testing.T) {
	p := newPool(t)
	install(t, p, tenBudgets(t)...)
	var ticket Ticket
	d := ask("1", 500)
	r := came(d, 10, 100)
	if n := testing.AllocsPerRun(100, func() {
		if err := p.Reserve(d, &ticket); err != nil {
			t.Fatal(err)
		}
		if len(ticket.holds) != 10 {
			t.Fatalf("%d budgets match, want 10", len(ticket.holds))
		}
		p.Count(r)
	}); n != 0 {
		t.Errorf("a call takes %g allocations", n)
	}
}

// BenchmarkTenBudgets is a call that ten budgets match: reserved and settled.
func BenchmarkTenBudgets(b *testing.B) {
	for _, more := range []int{0, 5_000} {
		b.Run(fmt.Sprintf("among %d", 10+more), func(b *testing.B) {
			p := newPool(b)
			list := tenBudgets(b)
			for i := range more {
				d := monthly(b, fmt.Sprint("other", i), "1", Hard)
				d.Filter = &Expression{Tag: &Condition{"team", []string{fmt.Sprint("team", i)}}}
				list = append(list, d)
			}
			install(b, p, list...)
			var ticket Ticket
			d := ask("1", 500)
			r := came(d, 0, 0)
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Reserve(d, &ticket); err != nil {
					b.Fatal(err)
				}
				p.Count(r)
			}
		})
	}
}

// BenchmarkContended is the same from all processors at once.
func BenchmarkContended(b *testing.B) {
	p := newPool(b)
	install(b, p, tenBudgets(b)...)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var ticket Ticket
		d := ask(fmt.Sprintf("%p", &ticket), 500)
		r := came(d, 0, 0)
		for pb.Next() {
			if err := p.Reserve(d, &ticket); err != nil {
				b.Error(err)
			}
			p.Count(r)
		}
	})
}
