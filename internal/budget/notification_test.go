package budget

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/money"
)

func TestThresholdsAreExact(t *testing.T) {
	for _, c := range []struct {
		n      Notification
		spent  string
		limit  string
		wanted bool
	}{
		{Notification{Actual, GreaterThan, 80, Percentage}, "80", "100", false},
		{Notification{Actual, GreaterThan, 80, Percentage}, "80.000000000001", "100", true},
		{Notification{Actual, GreaterThan, 33.3, Percentage}, "0.333", "1", false},
		{Notification{Actual, EqualTo, 33.3, Percentage}, "0.333", "1", true},
		{Notification{Actual, LessThan, 33.3, Percentage}, "0.332999999999", "1", true},
		{Notification{Actual, GreaterThan, 0.1, Absolute}, "0.1", "0", false},
		{Notification{Actual, GreaterThan, 0.1, Absolute}, "0.100000000001", "0", true},
		{Notification{Actual, GreaterThan, 15e12, Absolute}, "999999999999999", "1", true},
		{Notification{Actual, GreaterThan, 100, Percentage}, "0.000000000001", "0", true},
		{Notification{Forecasted, GreaterThan, 1, Percentage}, "100", "1", false}, // there is no forecast
	} {
		s := &Status{Active: true, Spent: usd(t, c.spent), Limit: usd(t, c.limit)}
		if got := c.n.Crossed(s); got != c.wanted {
			t.Errorf("%s with %s of %s: %v", c.n, c.spent, c.limit, got)
		}
	}
}

func TestAlarmsFireOncePerCrossing(t *testing.T) {
	month := func(m time.Month) Period {
		return Period{time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, m+1, 1, 0, 0, 0, 0, time.UTC)}
	}
	type look struct {
		month   time.Month
		figure  string
		fires   bool
		inAlarm bool
	}
	for against, looks := range map[Against][]look{
		Actual:     {{1, "50", false, false}, {1, "81", true, true}, {1, "90", false, true}, {1, "70", false, false}, {1, "85", true, true}, {2, "85", true, true}, {2, "1", false, false}, {3, "1", false, false}},
		Forecasted: {{1, "81", true, true}, {1, "79", false, false}, {1, "81", false, true}, {2, "81", true, true}},
	} {
		var a Alarm
		n := Notification{against, GreaterThan, 80, Percentage}
		for i, l := range looks {
			s := &Status{Active: true, Period: month(l.month), Limit: usd(t, "100"), Spent: usd(t, l.figure), Forecast: usd(t, l.figure), Foreseen: true}
			fires := false
			if a, fires = a.Step(n, s); fires != l.fires || (a.State(s.Period) == "ALARM") != l.inAlarm {
				t.Errorf("%s, look %d: fires %v, %s", against, i, fires, a.State(s.Period))
			}
			if again, fires := a.Step(n, s); fires || again != a {
				t.Errorf("%s, look %d: looking again changes it", against, i)
			}
		}
	}
}

func TestStepsOfActions(t *testing.T) {
	all := []ActionStatus{Standby, Pending, ExecutionRuns, ExecutionSucceeded, ExecutionFailed, ReverseRuns, ReverseSucceeded, ReverseFailed, ResetRuns, ResetFailed}
	for _, s := range all {
		for _, e := range []ActionEvent{Approve, Retry, Reverse, Reset} {
			next, command, err := s.Step(e, ActionRules{})
			var locked *LockedError
			switch {
			case err == nil && s.Busy():
				t.Errorf("%s is possible while the action is in %s", e, s)
			case err != nil && (!errors.As(err, &locked) || next != s || command != Nothing):
				t.Errorf("%s in %s: %s, %s, %v", e, s, next, command, err)
			case err == nil && next.Busy() != (command != Nothing):
				t.Errorf("%s in %s: %s with the command %q", e, s, next, command)
			}
		}
		if next, command, err := s.Step(ThresholdCrossed, ActionRules{}); err != nil || (command == Execute) != (s == Standby) || (next != s) != (s == Standby) {
			t.Errorf("a crossing in %s: %s, %s, %v", s, next, command, err)
		}
		if s.Busy() {
			done, _, err1 := s.Step(Done, ActionRules{})
			failed, _, err2 := s.Step(Failed, ActionRules{})
			if err1 != nil || err2 != nil || done.Busy() || failed.Busy() || done == failed {
				t.Errorf("%s ends as %s or %s", s, done, failed)
			}
		}
	}
}

func TestTheLastHour(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var w, twin window
	type spent struct {
		minute int64
		amount money.Amount
	}
	var all []spent
	now := noon
	for range 2_000 {
		now = now.Add(time.Duration(rng.Int64N(400)-20) * time.Second) // at times a clock goes back a little
		a := money.Pico(rng.Int64N(1000))
		w.add(now, a)
		all = append(all, spent{minuteOf(now), a})
		if rng.IntN(50) == 0 { // what was read in two parts is what was read at once
			twin = window{}
			twin.merge(&w)
			w = twin
		}
		var want money.Amount
		for _, s := range all {
			if s.minute > w.latest-windowMinutes {
				want = want.Add(s.amount)
			}
		}
		if w.sum != want {
			t.Fatalf("%s were spent in the last hour, want %s", w.sum, want)
		}
		limit := divide(w.sum, 2)
		later, at := w, w.room(limit)
		if later.turn(at); limit.Less(later.sum) {
			t.Fatalf("at %s there are still %s, more than %s", at, later.sum, limit)
		}
	}
}

// A clock that jumps over the end of a period and back finds what was there.
func TestAClockThatJumps(t *testing.T) {
	p := newPool(t)
	d := monthly(t, "a", "1", Hard)
	install(t, p, d)
	spend := func(id string, at time.Time) error {
		var ticket Ticket
		call := ask(id, 5)
		call.At = at
		if err := p.Reserve(call, &ticket); err != nil {
			return err
		}
		r := came(call, 10, 5)
		p.Count(r)
		return nil
	}
	for i, at := range []time.Time{noon, noon.AddDate(0, 1, 0), noon.AddDate(1, 0, 0), noon.AddDate(-20, 0, 0), noon.AddDate(300, 0, 0)} {
		if err := spend(fmt.Sprint(i), at); err != nil { // there is room, or it is before the budget, or behind it
			t.Errorf("%s: %v", at, err)
		}
		if s, _ := p.Status(d.Key, noon); s.Spent != usd(t, "0.6") {
			t.Errorf("after a call in %s, %s are spent in November", at, s.Spent)
		}
	}
	if err := spend("again", noon); err == nil {
		t.Error("back in November there is room that was used")
	}
	running := ask("running", 1)
	running.At = noon.AddDate(0, 2, 0)
	var ticket Ticket
	if err := p.Reserve(running, &ticket); err != nil {
		t.Fatal(err)
	}
	if s, _ := p.Status(d.Key, noon); !s.Held.IsZero() {
		t.Errorf("November holds %s of January's", s.Held)
	}
	if s, _ := p.Status(d.Key, running.At); s.Held.IsZero() {
		t.Error("January holds nothing")
	}
	ticket.Release()
	if s, _ := p.Status(d.Key, running.At); !s.Held.IsZero() {
		t.Errorf("January still holds %s", s.Held)
	}
}
