package budgetstate

import (
	"context"
	"errors"
	"iter"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

const (
	main arn.Account = "111122223333"
	lab  arn.Account = "444455556666"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// held is Budgets over a pool.
type held struct{ *budget.Pool }

func (h held) Budgets(of arn.Account) []budget.Key              { return h.Keys(of) }
func (h held) Status(k budget.Key) (budget.Status, bool)        { return h.Pool.Status(k, noon) }
func (h held) Reservations(of arn.Account) []budget.Reservation { return h.Pool.Reservations(of) }

// nobody refuses every operation.
type nobody struct{}

func (nobody) Permit(*awswire.Call, string, any) error {
	return fault.New(fault.AccessDenied, "not you")
}

func newService(t *testing.T) *awswire.Service {
	t.Helper()
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	p := budget.New(main, meter.NewNames(facts))
	of := func(owner arn.Account, name, how string) *budget.Definition {
		return &budget.Definition{
			Key: budget.Key{Account: owner, Name: name}, Kind: budget.Cost, Unit: budget.Monthly, End: budget.Forever(), Limit: money.Cents(100), Measure: "USD",
			Tags: map[string]string{budget.EnforcementTag: how},
		}
	}
	l, err := p.Expect(of(main, "all", "hard"), of(lab, "own", "none"))
	if err != nil {
		t.Fatal(err)
	}
	l.Install()
	usage := meter.Usage{RequestID: "running", At: noon, Account: lab, Principal: "arn:aws:iam::444455556666:user/ana", Model: "m", Source: "us-east-1"}
	running := &budget.Demand{Usage: usage, MaxOutput: 3, Priced: true, Rates: meter.Rates{catalog.Output: 10_000_000_000}}
	if err := p.Reserve(running, new(budget.Ticket)); err != nil {
		t.Fatal(err)
	}
	usage.RequestID = "done"
	usage.Counts[catalog.Output] = 25
	done := &meter.Record{Usage: usage, Charge: meter.Charge{Total: money.Cents(25)}}
	p.Count(done)
	return NewService(Options{
		Budgets: held{p}, Management: func() arn.Account { return main },
		Calls: func(_ context.Context, of arn.Account, since time.Time) iter.Seq2[*meter.Record, error] {
			return func(yield func(*meter.Record, error) bool) {
				if since.Before(noon.AddDate(0, 0, -100)) {
					yield(nil, errors.New("no"))
				} else if of == "" || of == lab {
					yield(done, nil)
				}
			}
		},
	})
}

func ask(t *testing.T, s *awswire.Service, caller arn.Account, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Serve(w, &awswire.Call{
		RequestID: "r", Request: httptest.NewRequest("GET", "/outcrop/v1/budgets"+path, nil), Header: map[string][]string{},
		Principal: identity.Principal{Account: caller}, Arrived: noon,
	})
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestWhoSeesWhat(t *testing.T) {
	s := newService(t)
	const (
		all = `{"account":"111122223333","name":"all","type":"COST","timeUnit":"MONTHLY","measure":"USD","enforcement":"hard","periodStart":"2026-11-01T00:00:00Z","periodEnd":"2026-12-01T00:00:00Z",` +
			`"limit":"1","spent":"0.25","held":"0.03","calls":1,"beyond":"0","refused":0,"daily":["0","0.25"]}`
		own = `{"account":"444455556666","name":"own","type":"COST","timeUnit":"MONTHLY","measure":"USD","enforcement":"none","periodStart":"2026-11-01T00:00:00Z","periodEnd":"2026-12-01T00:00:00Z",` +
			`"limit":"1","spent":"0.25","held":"0","calls":1,"beyond":"0","refused":0,"daily":["0","0.25"]}`
		reservation = `{"budget":"all","owner":"111122223333","account":"444455556666","requestId":"running","principal":"arn:aws:iam::444455556666:user/ana","model":"m",` +
			`"since":"2026-11-02T12:00:00Z","held":"0.03","measure":"USD","outputTokens":3}`
		advice = `{"model":"m","calls":1,"days":1,"spent":"0.25","monthlyLimit":"9","hourlyLimit":"0.5","medianOutput":25,"output99":25,"longestOutput":25,"maxTokens":64}`
	)
	for path, c := range map[string]struct {
		caller arn.Account
		want   string
	}{
		"":               {main, `{"at":"2026-11-02T12:00:00Z","caller":"111122223333","budgets":[` + all + "," + own + "]}"},
		"?":              {lab, `{"at":"2026-11-02T12:00:00Z","caller":"444455556666","budgets":[` + own + "]}"},
		"/reservations":  {main, `{"at":"2026-11-02T12:00:00Z","reservations":[` + reservation + "]}"},
		"/advice":        {lab, `{"since":"2026-10-03T12:00:00Z","advice":[` + advice + "]}"},
		"/advice?days=1": {"555566667777", `{"since":"2026-11-01T12:00:00Z","advice":[]}`},
	} {
		status, got := ask(t, s, c.caller, path)
		if diff := cmp.Diff(c.want, got); diff != "" || status != 200 {
			t.Errorf("%s: %d (-want +got):\n%s", path, status, diff)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := newService(t)
	for path, want := range map[string]int{"/advice?days=0": 400, "/advice?days=x": 400, "/advice?days=367": 400, "/advice?days=200": 500, "/none": 404} {
		if status, body := ask(t, s, main, path); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	s.Guard = nobody{}
	for _, path := range []string{"", "/reservations", "/advice"} {
		if status, _ := ask(t, s, main, path); status != 403 {
			t.Errorf("%q is shown to who may not see it: %d", path, status)
		}
	}
}
