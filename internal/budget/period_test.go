package budget

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// moment reads a day, or a day and a time.
func moment(t failing, text string) time.Time {
	t.Helper()
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return at
		}
	}
	t.Fatalf("%q is no time", text)
	return time.Time{}
}

// The script has one line for a budget and a moment: unit, start, end, moment, and the period that it is in.
func TestPeriodsByScript(t *testing.T) {
	text, err := os.ReadFile("testdata/periods.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 6 {
			t.Fatalf("%q has %d fields", line, len(f))
		}
		d := &Definition{Unit: TimeUnit(f[0]), Start: moment(t, f[1]), End: Forever()}
		if f[2] != "-" {
			d.End = moment(t, f[2])
		}
		p, ok := d.Period(moment(t, f[3]))
		got := "none none"
		if ok {
			got = p.Start.Format(time.DateOnly) + " " + p.End.Format(time.DateOnly)
		}
		if want := f[4] + " " + f[5]; got != want {
			t.Errorf("%s: got %s", line, got)
		}
	}
}

// Every moment between the start and the end of a budget is in one period, which is of whole days, and the next one begins
// where it ends.
func TestPeriodsFollowEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Definition{
			Unit:  rapid.SampledFrom([]TimeUnit{Daily, Monthly, Quarterly, Annually, Custom}).Draw(t, "unit"),
			Start: noon.AddDate(0, 0, rapid.IntRange(-2000, 0).Draw(t, "start")), End: noon.AddDate(0, 0, rapid.IntRange(1, 2000).Draw(t, "end")),
		}
		at := noon.Add(time.Duration(rapid.Int64Range(-60_000_000, 60_000_000).Draw(t, "seconds")) * time.Second)
		p, ok := d.Period(at)
		if inside := !at.Before(day(d.Start)) && at.Before(day(d.End)); ok != inside {
			t.Fatalf("%s is in a period: %v; it is inside: %v", at, ok, inside)
		}
		if !ok {
			return
		}
		if !p.Contains(at) || p.Start != day(p.Start) || p.End != day(p.End) || p.Days() < 1 {
			t.Fatalf("%s is in %v", at, p)
		}
		if next, ok := d.Period(p.End); ok && next.Start != p.End || !ok && p.End != day(d.End) {
			t.Fatalf("%v is followed by %v", p, next)
		}
		if before, ok := d.Period(p.Start.Add(-time.Second)); ok && before.End != p.Start {
			t.Fatalf("%v follows %v", p, before)
		}
	})
}

func TestLimitsOfPeriods(t *testing.T) {
	jan := Planned{moment(t, "2026-01-01"), usd(t, "10")}
	feb := Planned{moment(t, "2026-02-01"), usd(t, "20")}
	apr := Planned{moment(t, "2026-04-15"), usd(t, "40")}
	planned := &Definition{Unit: Monthly, Start: jan.From, End: Forever(), Limit: jan.Limit, Planned: []Planned{jan, feb, apr}}
	spent := new(days)
	for d := moment(t, "2026-01-01"); d.Before(moment(t, "2026-05-01")); d = d.AddDate(0, 0, 1) {
		spent.add(dayOf(d), usd(t, "1"))
	}
	historical := &Definition{Unit: Monthly, Start: moment(t, "2020-01-01"), End: Forever(), Limit: usd(t, "7"), Auto: &Auto{Historical, 3}}
	foreseen := &Definition{Unit: Monthly, Start: moment(t, "2020-01-01"), End: Forever(), Limit: usd(t, "7"), Auto: &Auto{Kind: Forecast}}
	for name, c := range map[string]struct {
		of   *Definition
		at   string
		want string
	}{
		"the first planned":              {planned, "2026-01-31", "10"},
		"the next planned":               {planned, "2026-02-01", "20"},
		"the last goes on":               {planned, "2026-03-05", "20"},
		"one of the middle of its month": {planned, "2026-04-01", "40"},
		"the mean of three months":       {historical, "2026-05-10", "29.666666666666"}, // of 28, 31 and 30 days
		"of those that had anything":     {historical, "2026-02-10", "31"},
		"nothing to look at":             {historical, "2026-01-10", "7"},
		"what is foreseen":               {foreseen, "2026-05-01", "31"},
		"too little to foresee":          {foreseen, "2026-01-01", "7"},
	} {
		p, ok := c.of.Period(moment(t, c.at))
		if got := c.of.limit(p, spent).String(); !ok || got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
