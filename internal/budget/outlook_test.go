package budget

import (
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/meter"
)

// daily loads a budget of which a dollar was spent on each of the days before noon's.
func daily(t *testing.T, days int) *Pool {
	t.Helper()
	p := newPool(t)
	l, err := p.Expect(monthly(t, "a", "25", Soft))
	if err != nil {
		t.Fatal(err)
	}
	for i := range days {
		d := meter.Dimensions{Account: owner, Service: "Amazon Bedrock", RecordType: meter.RecordType}
		line := meter.Line{Key: meter.Key{Dimensions: d}, Sums: meter.Sums{Cost: usd(t, "1")}}
		l.Line(noon.AddDate(0, 0, -1-i), &meter.Subject{Dimensions: &d}, &line)
	}
	l.Install()
	return p
}

func TestForecasts(t *testing.T) {
	p := daily(t, 60)
	s := status(t, p, "a")
	if !s.Foreseen || s.Spent != usd(t, "21") || s.Forecast != usd(t, "29.5") { // half of today and eight days more
		t.Errorf("%s are spent and %s foreseen, want 21 and 29.5", s.Spent, s.Forecast)
	}
	if later, ok := p.Status(s.Definition.Key, noon.Add(6*time.Hour)); !ok || later.Forecast != usd(t, "29.25") {
		t.Errorf("six hours later %s are foreseen", later.Forecast)
	}
	call := came(ask("1", 0), 10, 2)
	p.Count(call)
	if now := status(t, p, "a"); now.Forecast != usd(t, "29.8") {
		t.Errorf("when 30 cents more are spent, %s are foreseen", now.Forecast)
	}
	over := Notification{Forecasted, GreaterThan, 100, Percentage}
	if quick, ok := p.Look(s.Definition.Key, noon, true); !ok || !over.Crossed(&quick) {
		t.Errorf("nobody is told that %s of %s will be spent", quick.Forecast, quick.Limit)
	}
	if s := status(t, daily(t, 10), "a"); s.Foreseen {
		t.Errorf("ten days are enough to foresee %s", s.Forecast)
	}
	if quick, _ := daily(t, 60).Look(s.Definition.Key, noon, false); quick.Foreseen {
		t.Error("a forecast is made that nobody asked for")
	}
}

func TestHistoryOfPeriods(t *testing.T) {
	s := status(t, daily(t, 60), "a")
	list := s.History(13)
	want := []struct{ start, spent string }{{"2026-11-01", "21"}, {"2026-10-01", "31"}, {"2026-09-01", "8"}}
	if len(list) != len(want) {
		t.Fatalf("%d periods, want %d: %+v", len(list), len(want), list)
	}
	for i, w := range want {
		if list[i].Start.Format(time.DateOnly) != w.start || list[i].Spent != usd(t, w.spent) || list[i].Limit != usd(t, "25") {
			t.Errorf("period %d: %+v, want %v", i, list[i], w)
		}
	}
	if days := s.Daily(noon); len(days) != 22 || days[0] != usd(t, "1") || !days[21].IsZero() {
		t.Errorf("days: %v", days)
	}
}
