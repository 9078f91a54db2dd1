package budget

import (
	"errors"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/meter"
)

// reserve holds a streamed call.
func reserve(t *testing.T, p *Pool, d *Demand) *Ticket {
	t.Helper()
	d.Stream = true
	ticket := new(Ticket)
	if err := p.Reserve(d, ticket); err != nil {
		t.Fatal(err)
	}
	return ticket
}

func TestAnAdaptiveBudgetHoldsMoreAsAStreamGoesOn(t *testing.T) {
	p := newPool(t)
	install(t, p, monthly(t, "a", "600", Adaptive))
	d := ask("1", 100_000)
	ticket := reserve(t, p, d)
	first := status(t, p, "a").Held
	if first != usd(t, "102.5") { // ten tokens in, the dearest of them in the margin, and 1,024 out
		t.Errorf("%s are held of a call that may cost $10,000.2", first)
	}
	if err := ticket.Progress(firstLength); err != nil || status(t, p, "a").Held != first {
		t.Errorf("as long as it is no longer than expected: %v, %s", err, status(t, p, "a").Held)
	}
	if err := ticket.Progress(firstLength + 1); err != nil || status(t, p, "a").Held != usd(t, "153.8") { // by half ahead
		t.Errorf("a byte more: %v, %s", err, status(t, p, "a").Held)
	}
	if err := ticket.Progress(5_000); err != nil || status(t, p, "a").Held != usd(t, "500.1") { // no room to look ahead
		t.Errorf("close to the limit: %v, %s", err, status(t, p, "a").Held)
	}
	err := ticket.Progress(6_001)
	var why *Refusal
	if !errors.As(err, &why) || !strings.HasPrefix(err.Error(), `The budget "a" of account 111122223333 ends this answer here: of its limit of 600 USD`) {
		t.Errorf("past the limit: %v", err)
	}
	r := came(d, 10, 1250) // what 5,000 bytes are charged as
	r.Outcome = meter.Left
	p.Count(r)
	if s := status(t, p, "a"); s.Spent != usd(t, "125.1") || !s.Held.IsZero() || !s.Beyond.IsZero() {
		t.Errorf("when it was cut: %+v", s)
	}
}

func TestAHardBudgetNeedsNoMoreForAStream(t *testing.T) {
	p := newPool(t)
	install(t, p, monthly(t, "a", "1", Hard))
	ticket := reserve(t, p, ask("1", 8)) // all of the budget
	if err := ticket.Progress(8 * bytesPerToken); err != nil {
		t.Errorf("an answer of the longest kind is cut: %v", err)
	}
	if err := ticket.Progress(8*bytesPerToken + 1); err == nil {
		t.Error("an answer that is longer than its maximum passes the limit")
	}
	unknown := ask("2", 0)
	unknown.Stream = true
	if err := p.Reserve(unknown, new(Ticket)); err == nil {
		t.Error("an answer whose maximum nobody knows is held by less than a dollar")
	}
}

func TestWhatHasNoPriceIsStopped(t *testing.T) {
	p := newPool(t)
	install(t, p, monthly(t, "a", "1", Hard))
	d := ask("1", 1)
	d.Priced, d.Rates = false, meter.Rates{}
	if err := p.Reserve(d, new(Ticket)); err == nil || !strings.Contains(err.Error(), "no price is known for amazon.nova-lite-v1:0") {
		t.Errorf("got %v", err)
	}
}

// A budget that comes while calls run holds what they may still cost, so that none of them passes its limit unseen.
func TestBudgetsHoldWhatRunsAlready(t *testing.T) {
	p := newPool(t)
	ticket := reserve(t, p, ask("1", 5))
	install(t, p, monthly(t, "a", "1", Hard))
	if s := status(t, p, "a"); s.Held != usd(t, "0.7") || s.Calls != 1 {
		t.Errorf("a budget that is new: %+v", s)
	}
	if same, err := p.Replace(monthly(t, "a", "0.8", Adaptive)); !same || err != nil {
		t.Fatal(same, err)
	}
	if s := status(t, p, "a"); s.Limit != usd(t, "0.8") || s.Held.IsZero() || s.Calls != 1 {
		t.Errorf("another limit: %+v", s)
	}
	list := p.Reservations(owner)
	if len(list) != 1 || list[0].Budget.Name != "a" || list[0].RequestID != "1" {
		t.Errorf("reservations: %+v", list)
	}
	p.Remove(Key{owner, "a"})
	ticket.Release()
	if n, _ := p.Open(); n != 0 || len(p.open) != 0 {
		t.Errorf("%d calls are open", n)
	}
	if same, err := p.Replace(monthly(t, "a", "1", Hard)); same || err != nil {
		t.Errorf("what was removed is replaced: %v, %v", same, err)
	}
}

func TestALeaseEndsWithoutASignOfLife(t *testing.T) {
	p := newPool(t)
	install(t, p, monthly(t, "a", "10", Hard))
	dead, alive := ask("dead", 5), reserve(t, p, ask("alive", 5))
	var ticket Ticket
	if err := p.Reserve(dead, &ticket); err != nil {
		t.Fatal(err)
	}
	for i := range int64(3) {
		if err := alive.Progress(i + 1); err != nil {
			t.Fatal(err)
		}
		if lost := p.Sweep(2); (i < 2) != (len(lost) == 0) {
			t.Errorf("sweep %d: lost %v", i, lost)
		}
	}
	if s := status(t, p, "a"); s.Calls != 1 || s.Held != usd(t, "0.7") {
		t.Errorf("%d calls hold %s, want the one that is alive", s.Calls, s.Held)
	}
	p.Count(came(dead, 10, 5)) // it comes back
	ticket.Release()
	if s := status(t, p, "a"); s.Spent != usd(t, "0.6") || s.Held != usd(t, "0.7") {
		t.Errorf("what it cost is not charged, or something is let go twice: %+v", s)
	}
}

func TestLengthsAreLearned(t *testing.T) {
	l, k := lengths{}, lengthKey{"m", "app"}
	if l.expect(k) != firstLength {
		t.Errorf("nothing is known, and %d are expected", l.expect(k))
	}
	for range 200 {
		l.learn(k, 300)
	}
	if got := l.expect(k); got < 300 || got > 310 {
		t.Errorf("answers of 300 tokens are expected to have %d", got)
	}
	for i := range 400 {
		l.learn(k, int64(200+i%2*200))
	}
	if got := l.expect(k); got < 400 || got > 600 {
		t.Errorf("answers of 200 or 400 tokens are expected to have %d", got)
	}
}

func TestAdvice(t *testing.T) {
	var a Advisor
	for i := range 100 {
		d := ask("", 0)
		d.At = noon.AddDate(0, 0, -i/10)
		r := came(d, 0, int64(i+1))
		a.Add(r)
	}
	failed := came(ask("", 0), 0, 100_000)
	failed.Outcome = meter.Failed
	a.Add(failed)
	list := a.Advise(noon)
	if len(list) != 1 {
		t.Fatalf("%d pieces of advice", len(list))
	}
	got := list[0]
	// Days cost 5.5, 15.5, … 95.5 dollars from today back; the seven busiest in a row come to 458.5.
	if got.Calls != 100 || got.Days != 10 || got.Spent != usd(t, "505") || got.Median != 50 || got.Most99 != 99 || got.Longest != 100 || got.MaxTokens != 128 ||
		got.Monthly != usd(t, "2358") || got.Hourly != usd(t, "191") {
		t.Errorf("%+v", got)
	}
}
