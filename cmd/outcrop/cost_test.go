package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/money"
)

// noon is a Sunday.
var noon = time.Date(2026, 11, 22, 12, 34, 56, 0, time.UTC)

func TestCostQuestions(t *testing.T) {
	for name, test := range map[string]struct {
		c    costCommand
		want usageRequest
	}{
		"by default the month by model": {
			costCommand{By: "model"},
			usageRequest{TimePeriod: usagePeriod{"2026-11-01", "2026-11-23"}, Granularity: "MONTHLY", GroupBy: []costKey{{"TAG", "outcrop:model"}}},
		},
		"in all": {
			costCommand{By: "total", From: "2026-10-01", To: "2026-11-01", Granularity: "daily"},
			usageRequest{TimePeriod: usagePeriod{"2026-10-01", "2026-11-01"}, Granularity: "DAILY"},
		},
		"hours ago": {
			costCommand{By: "tag:team", From: "2h"},
			usageRequest{TimePeriod: usagePeriod{"2026-11-22T10:00:00Z", "2026-11-22T13:00:00Z"}, Granularity: "HOURLY", GroupBy: []costKey{{"TAG", "team"}}},
		},
		"days ago": {
			costCommand{By: "region", From: "7d"},
			usageRequest{TimePeriod: usagePeriod{"2026-11-15", "2026-11-23"}, Granularity: "MONTHLY", GroupBy: []costKey{{"DIMENSION", "REGION"}}},
		},
		"a plot of weeks": {
			costCommand{By: "account", From: "2w", Plot: true},
			usageRequest{TimePeriod: usagePeriod{"2026-11-08", "2026-11-23"}, Granularity: "DAILY", GroupBy: []costKey{{"DIMENSION", "LINKED_ACCOUNT"}}},
		},
		"a plot of a day": {
			costCommand{By: "total", From: "2026-11-22", Plot: true},
			usageRequest{TimePeriod: usagePeriod{"2026-11-22T00:00:00Z", "2026-11-22T13:00:00Z"}, Granularity: "HOURLY"},
		},
		"one filter": {
			costCommand{By: "total", Filter: []string{"tag:team=a=b"}},
			usageRequest{
				TimePeriod: usagePeriod{"2026-11-01", "2026-11-23"}, Granularity: "MONTHLY",
				Filter: &usageExpression{Tags: &usageValues{"team", []string{"a=b"}}},
			},
		},
		"filters of two keys": {
			costCommand{By: "total", Filter: []string{"region=us-east-1", "tag:team=", "region=eu-west-1"}},
			usageRequest{
				TimePeriod: usagePeriod{"2026-11-01", "2026-11-23"}, Granularity: "MONTHLY",
				Filter: &usageExpression{And: []usageExpression{
					{Dimensions: &usageValues{"REGION", []string{"us-east-1", "eu-west-1"}}}, {Tags: &usageValues{"team", []string{""}}},
				}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.Metrics = []string{"UnblendedCost"}
			q, err := test.c.query(noon)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, q.request()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCostFlagsThatCannotBe(t *testing.T) {
	for want, c := range map[string]costCommand{
		`--by: want tag:KEY or one of account, model, operation, principal, profile, region, service, total, usage-type, found "tag:"`: {By: "tag:"},
		`--by: want tag:KEY or one of account, model, operation, principal, profile, region, service, total, usage-type, found "x"`:    {By: "x"},
		`--filter: want KEY=VALUE, found "region"`:  {By: "model", Filter: []string{"region"}},
		`--filter: want KEY=VALUE, found "total=1"`: {By: "model", Filter: []string{"total=1"}},
		`--from: want a day such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or how long ago, such as 12h, 30d or 8w; found "2026-13-01"`: {By: "model", From: "2026-13-01"},
		`--to: want a day such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or how long ago, such as 12h, 30d or 8w; found "-3d"`:          {By: "model", To: "-3d"},
		`--from: 2026-11-23 is not before --to, 2026-11-23`: {By: "model", From: "2026-11-23"},
	} {
		if _, err := c.query(noon); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// sheet is a month of two teams and of usage without one.
func sheet(t *testing.T, change func(*costSheet)) *costSheet {
	t.Helper()
	s := &costSheet{costQuery: costQuery{
		name: "team", by: costKey{"TAG", "team"}, granularity: "DAILY",
		from: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), to: time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC),
	}}
	for i, day := range [][3]string{{"1", "0.5", ""}, {"2.25", "", "0.000000001"}, {}, {"4", "0.25", ""}} {
		p := s.period(usagePeriod{fmt.Sprintf("2026-11-%02d", i+1), fmt.Sprintf("2026-11-%02d", i+2)})
		for j, team := range []string{"search", "größer, \"gleich\"", ""} {
			if day[j] == "" {
				continue
			}
			cost, err := money.Parse(day[j])
			if err != nil {
				t.Fatal(err)
			}
			s.add(team, p, cost)
		}
	}
	s.sort()
	if change != nil {
		change(s)
	}
	return s
}

func TestCostTable(t *testing.T) {
	var b strings.Builder
	if err := sheet(t, nil).writeTable(&b); err != nil {
		t.Fatal(err)
	}
	want := `Cost in USD from 2026-11-01 to 2026-11-05 by team

search            7.250000000   90.6 %  █████████████████████▊
größer, "gleich"  0.750000000    9.4 %  ██▎
(none)            0.000000001    0.0 %
total             8.000000001  100.0 %
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	s := sheet(t, func(s *costSheet) {
		s.apart = true
		s.filters = []costFilter{{costKey{"TAG", "team"}, "team", []string{"search", ""}}}
		s.rows = s.rows[:1]
	})
	if err := s.writeTable(&b); err != nil {
		t.Fatal(err)
	}
	want = `Cost in USD from 2026-11-01 to 2026-11-05 by team, team search or (none)

2026-11-01  search  1.000000   12.5 %  ███
2026-11-02  search  2.250000   28.1 %  ██████▊
2026-11-04  search  4.000000   50.0 %  ████████████
            total   8.000000  100.0 %
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCostCSV(t *testing.T) {
	var b strings.Builder
	if err := sheet(t, nil).writeCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "start,end,team,cost_usd\n2026-11-01,2026-11-05,search,7.25\n2026-11-01,2026-11-05,\"größer, \"\"gleich\"\"\",0.75\n2026-11-01,2026-11-05,,0.000000001\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	s := sheet(t, func(s *costSheet) { s.apart, s.by, s.rows = true, costKey{}, s.rows[:1] })
	if err := s.writeCSV(&b); err != nil {
		t.Fatal(err)
	}
	want = "start,end,cost_usd\n2026-11-01,2026-11-02,1\n2026-11-02,2026-11-03,2.25\n2026-11-04,2026-11-05,4\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCostPlot(t *testing.T) {
	var b strings.Builder
	if err := sheet(t, nil).writePlot(&b, screen{columns: 40}); err != nil {
		t.Fatal(err)
	}
	want := `Cost in USD from 2026-11-01 to 2026-11-05 by team

4.250000000 ┤                  █████
            ┤                  █████
            ┤                  █████
            ┤                  █████
            ┤      ▂▂▂▂▂       █████
            ┤      █████       █████
            ┤▄▄▄▄▄ █████       █████
            ┤█████ █████       █████
            ┤█████ █████       █████
          0 ┤█████ █████       █████
            └────────────────────────
             2026-11-01    2026-11-04

search            ▂▅ █  7.250000000   90.6 %
größer, "gleich"  █  ▄  0.750000000    9.4 %
(none)             █    0.000000001    0.0 %

total 8.000000001
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlotsFitTheirWidth(t *testing.T) {
	for _, periods := range []int{1, 2, 29, 30, 31, 100, 744} {
		s := &costSheet{costQuery: costQuery{name: "x", by: costKey{"TAG", "x"}, granularity: "HOURLY"}}
		for i := range periods {
			at := noon.Add(time.Duration(i) * time.Hour)
			s.add("a", s.period(usagePeriod{s.moment(at), s.moment(at.Add(time.Hour))}), money.Cents(int64(i+1)))
		}
		for _, columns := range []int{40, 80, 200} {
			var b strings.Builder
			if err := s.writePlot(&b, screen{columns: columns}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if strings.ContainsAny(line, "┤└") && len([]rune(strings.TrimSpace(line))) > columns {
					t.Errorf("%d periods in %d columns: %q", periods, columns, line)
				}
			}
		}
	}
}

func TestNothingSpent(t *testing.T) {
	s := &costSheet{costQuery: costQuery{name: "team", granularity: "DAILY", from: noon, to: noon}}
	for want, write := range map[string]func(io.Writer) error{
		"Nothing was used.\n":  s.writeTable,
		"Nothing was spent.\n": func(w io.Writer) error { return s.writePlot(w, screen{columns: 80}) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil || !strings.HasSuffix(b.String(), want) {
			t.Errorf("%q (%v), want %q at the end", b.String(), err, want)
		}
	}
}

// explorer is a server that answers with a list of pages, and says what it was asked.
func explorer(t *testing.T, pages ...string) (access, *[]string) {
	t.Helper()
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("X-Amz-Target") != "AWSInsightsIndexService.GetCostAndUsage" ||
			!strings.Contains(r.Header.Get("Authorization"), "/us-east-1/ce/aws4_request") {
			t.Errorf("asked with %v (%v)", r.Header, err)
		}
		asked = append(asked, string(body))
		page := pages[min(len(asked), len(pages))-1]
		if !strings.Contains(page, "ResultsByTime") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(s.Close)
	return access{endpoint: s.URL, region: costRegion, key: identity.AccessKey{ID: "AKIA", Secret: identity.NewSecret("s")}}, &asked
}

const (
	firstPage = `{"ResultsByTime":[{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Total":{},"Groups":[{"Keys":["team$a"],"Metrics":{"UnblendedCost":{"Amount":"1.5","Unit":"USD"}}}]}],"NextPageToken":"more"}`
	lastPage  = `{"ResultsByTime":[{"TimePeriod":{"Start":"2026-11-01","End":"2026-12-01"},"Total":{},"Groups":[{"Keys":["team$"],"Metrics":{"UnblendedCost":{"Amount":"2","Unit":"USD"}}}]}]}`
)

func TestAllPagesAreAsked(t *testing.T) {
	to, asked := explorer(t, firstPage, lastPage)
	q, err := (&costCommand{By: "tag:team"}).query(noon)
	if err != nil {
		t.Fatal(err)
	}
	s, err := q.ask(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	if len(*asked) != 2 || strings.Contains((*asked)[0], "NextPageToken") || !strings.Contains((*asked)[1], `"NextPageToken":"more"`) {
		t.Errorf("asked %q", *asked)
	}
	if len(s.periods) != 1 || len(s.rows) != 2 || s.rows[0].name != "" || s.total.String() != "3.5" {
		t.Errorf("got %+v", s)
	}
}

func TestRefusalsSayWhatHelps(t *testing.T) {
	q, err := (&costCommand{By: "model"}).query(noon)
	if err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{
		`{"__type":"ValidationException","Message":"end date past the beginning of next month"}`: "ValidationException: end date past the beginning of next month",
		`{"__type":"UnrecognizedClientException","message":"no"}`:                                "UnrecognizedClientException: no\n" + hintKey,
		`<html>`: `the server answered HTTP 400, not as AWS does: "<html>"`,
	} {
		to, _ := explorer(t, page)
		if _, err := q.ask(t.Context(), to); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestWatchGoesOnAfterAFailure(t *testing.T) {
	to, asked := explorer(t, lastPage, `{"__type":"InternalServerException","Message":"no"}`, lastPage)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := &costCommand{By: "tag:team", Every: time.Millisecond}
	var shown []string
	err := c.watch(ctx, to, screen{columns: 80}, writerFunc(func(b []byte) (int, error) {
		if shown = append(shown, string(b)); len(shown) == 3 {
			cancel()
		}
		return len(b), nil
	}))
	if err != nil || len(shown) != 3 || len(*asked) != 3 {
		t.Fatalf("%v: %q", err, shown)
	}
	for i, want := range []string{"total   2.000000", "outcrop: InternalServerException: no", "total   2.000000"} {
		if !strings.Contains(shown[i], want) {
			t.Errorf("picture %d is %q, want %q in it", i, shown[i], want)
		}
	}
	to, _ = explorer(t, `{"__type":"InternalServerException","Message":"no"}`)
	if err := c.watch(t.Context(), to, screen{}, io.Discard); err == nil {
		t.Error("a watch that cannot begin goes on")
	}
	broken := errors.New("the pipe is closed")
	to, _ = explorer(t, lastPage)
	if err := c.watch(t.Context(), to, screen{}, writerFunc(func([]byte) (int, error) { return 0, broken })); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestATerminalIsDrawnInPlace(t *testing.T) {
	var b strings.Builder
	f := new(frame)
	f.WriteString("a\nb\n")
	if err := f.draw(&b, screen{terminal: true}, false); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
