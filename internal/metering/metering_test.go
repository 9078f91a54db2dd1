package metering

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func opened(t *testing.T, o Options) *Meter {
	t.Helper()
	m, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func closed(t *testing.T, m *Meter) {
	t.Helper()
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// settled runs a call through a meter and returns what it costs.
func settled(t *testing.T, m *Meter, r *gateway.Record) money.Amount {
	t.Helper()
	e, err := m.Admit(r)
	if err != nil {
		t.Fatal(err)
	}
	return e.Settle(r)
}

// total is the cost of everything in the ledger.
func total(t *testing.T, l store.Ledger) (sum money.Amount, calls int64) {
	t.Helper()
	sums, err := l.Sums(t.Context(), 0, 24*365*200)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		sum, calls = sum.Add(s.Cost), calls+s.Calls
	}
	return sum, calls
}

func records(t *testing.T, l store.Ledger) (all []meter.Record) {
	t.Helper()
	for r, err := range Records(t.Context(), l, store.RecordQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *r)
	}
	return all
}

// randomCall is one of a few teams, models, ends and hours.
func randomCall(c *catalog.Catalog, rng *rand.Rand, id int) *gateway.Record {
	r := call(c, fmt.Sprintf("%08d-0000-4000-8000-000000000000", id))
	models := []string{"amazon.nova-lite-v1:0", "anthropic.claude-3-5-sonnet-20240620-v1:0", "amazon.titan-embed-text-v2:0"}
	target := *r.Target
	target.Model, _ = c.Model(models[rng.IntN(len(models))])
	if team := rng.IntN(4); team == 0 {
		target.Application = nil
	} else {
		target.Application = &profile.Application{ID: fmt.Sprint("team", team), Account: "111122223333", Region: "us-east-1", Tags: map[string]string{"team": fmt.Sprint(team)}}
	}
	r.Target = &target
	r.Arrived = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.Int64N(int64(20 * 24 * time.Hour))))
	r.Usage = chat.Usage{Input: rng.Int64N(100_000), Output: rng.Int64N(5_000), CacheRead: rng.Int64N(10) * rng.Int64N(1000)}
	switch rng.IntN(10) {
	case 0:
		r.Failure = fault.New(fault.ModelError, "no")
	case 1:
		r.Failure, r.Usage.Estimated = fault.New(fault.ClientGone, "left"), true
	}
	return r
}

// What clients were told, the records and the sums are the same to the last digit, also after the
// prices have changed and the process has ended several times.
func TestSumsAgreeToTheLastDigit(t *testing.T) {
	calls := 100_000
	if testing.Short() {
		calls = 1_000
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	c := facts(t)
	o := options(t, c, t.TempDir(), catalog.PriceOptions{})
	m := opened(t, o)
	var told money.Amount
	for i := range calls {
		if i%(calls/4) == calls/8 {
			closed(t, m)
			m = opened(t, o)
		}
		told = told.Add(settled(t, m, randomCall(c, rng, i)))
	}
	closed(t, m)
	check := func(when string) {
		t.Helper()
		if sum, _ := total(t, o.Ledger); sum != told {
			t.Errorf("%s: clients were told %s, the sums say %s", when, told, sum)
		}
		var sum money.Amount
		all := records(t, o.Ledger)
		for i := range all {
			sum = sum.Add(all[i].Total)
		}
		if sum != told || len(all) != calls {
			t.Errorf("%s: clients were told %s in %d calls, %d records say %s", when, told, calls, len(all), sum)
		}
		if err := Verify(t.Context(), o.Ledger, o.Names); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	check("as settled")

	cheaper, err := catalog.NewBook(c, catalog.PriceOptions{Overrides: []catalog.PriceOverride{{Model: "amazon.*", Discount: new(catalog.Percent(333_333))}}})
	if err != nil {
		t.Fatal(err)
	}
	how := Repricing{
		From: time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC), By: "me", At: time.Now(), DryRun: true,
	}
	dry, err := Reprice(t.Context(), o.Ledger, cheaper, o.Names, how)
	if err != nil || dry.Records == 0 || dry.Delta.Sign() >= 0 {
		t.Fatalf("a discount gave %+v: %v", dry, err)
	}
	check("after a dry run")
	how.DryRun = false
	for i, book := range []*catalog.Book{cheaper, o.Book} {
		done, err := Reprice(t.Context(), o.Ledger, book, o.Names, how)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && done.Delta != dry.Delta {
			t.Errorf("the dry run said %s, the run %s", dry.Delta, done.Delta)
		}
		told = told.Add(done.Delta)
		check(fmt.Sprint("repriced ", i))
	}
	trail, err := o.Ledger.Repricings(t.Context())
	if err != nil || len(trail) != 2 || trail[0].Delta != trail[1].Delta.Neg() || trail[0].By != "me" || trail[0].After != trail[1].Before {
		t.Errorf("trail %+v: %v", trail, err)
	}
}

// For every n the store fails its n-th call, before or after it did what it was asked.
func TestWhateverTheStoreFailsEveryCallCountsOnce(t *testing.T) {
	c := facts(t)
	for _, when := range []storetest.When{storetest.Before, storetest.After} {
		for n := 1; ; n++ {
			o := options(t, c, t.TempDir(), catalog.PriceOptions{})
			real := o.Ledger
			faults := storetest.FailNth(real.(store.Store), n, when)
			o.Ledger, o.Every = faults, time.Millisecond
			var told money.Amount
			for range 2 {
				m := opened(t, o)
				for range 3 {
					told = told.Add(settled(t, m, call(c, fmt.Sprint(rand.Uint64()))))
				}
				for m.Close(t.Context()) != nil {
				}
			}
			o.Ledger = real
			closed(t, opened(t, o))
			if sum, calls := total(t, real); sum != told || calls != 6 {
				t.Errorf("fault %d (%v): told %s, the ledger has %s of %d calls", n, when, told, sum, calls)
			}
			if !faults.Struck() {
				break
			}
		}
	}
}

func TestACallThatIsInterruptedPaysForWhatWasRelayed(t *testing.T) {
	c := facts(t)
	o := options(t, c, t.TempDir(), catalog.PriceOptions{})
	m := opened(t, o)
	for _, id := range []string{"relayed", "silent"} {
		e, err := m.Admit(call(c, id))
		if err != nil {
			t.Fatal(err)
		}
		if id == "relayed" {
			r := call(c, id)
			r.Usage = chat.Usage{Input: 500, Output: 64, Estimated: true}
			e.Checkpoint(r)
		}
	}
	closed(t, m) // the journal is the same as after a kill: neither call is settled
	closed(t, opened(t, o))
	for _, r := range records(t, o.Ledger) {
		want := int64(0)
		if r.RequestID == "relayed" {
			want = 64
		}
		if r.Outcome != meter.Interrupted || r.Counts[catalog.Output] != want || r.Total.IsZero() != (want == 0) || r.Estimated != (want > 0) {
			t.Errorf("%+v", r)
		}
	}
	if _, calls := total(t, o.Ledger); calls != 1 {
		t.Errorf("%d calls cost something", calls)
	}
}

func TestPoliciesOfAdmission(t *testing.T) {
	c := facts(t)
	free := call(c, "x")
	model := *free.Target.Model
	model.ID = "unheard.of"
	target := *free.Target
	target.Model = &model
	free.Target = &target
	t.Run("an unknown price", func(t *testing.T) {
		o := options(t, c, t.TempDir(), catalog.PriceOptions{Unknown: catalog.DenyUnknown})
		m := opened(t, o)
		defer closed(t, m)
		if _, err := m.Admit(free); !fault.Is(err, fault.AccessDenied) {
			t.Errorf("%v", err)
		}
		if _, err := m.Admit(call(c, "y")); err != nil {
			t.Errorf("a known price: %v", err)
		}
	})
	for policy, refused := range map[OnFailure]bool{Refuse: true, Serve: false} {
		t.Run("a full journal, "+string(policy), func(t *testing.T) {
			o := options(t, c, t.TempDir(), catalog.PriceOptions{})
			o.OnFailure, o.Journal.MaxBytes = policy, 1
			m := opened(t, o)
			defer closed(t, m)
			e, err := m.Admit(call(c, "y"))
			if refused != (err != nil) || err != nil && !fault.Is(err, fault.ServiceUnavailable) {
				t.Fatalf("%v", err)
			}
			if err == nil && e.Settle(call(c, "y")).IsZero() {
				t.Error("an unrecorded call costs nothing")
			}
			if _, err := m.Ready(); refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "metering.on-failure") {
				t.Errorf("ready: %v", err)
			}
		})
	}
}
