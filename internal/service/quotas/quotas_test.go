package quotas

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/quota"
)

type uses []quota.Use

func (u uses) Uses() []quota.Use { return u }

// nobody refuses every operation.
type nobody struct{}

func (nobody) Permit(*awswire.Call, string, any) error {
	return fault.New(fault.AccessDenied, "not you")
}

const (
	main arn.Account = "111122223333"
	lab  arn.Account = "444455556666"
)

func ask(t *testing.T, s *awswire.Service, caller arn.Account, query string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", "/outcrop/v1/quotas"+query, nil)
	w := httptest.NewRecorder()
	s.Serve(w, &awswire.Call{
		RequestID: "r", Request: r, Header: map[string][]string{}, Principal: identity.Principal{Account: caller},
		Arrived: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	})
	return w
}

func TestWhoSeesWhat(t *testing.T) {
	known := uses{
		{Subject: quota.Subject{Account: main}, Measure: quota.DayTokens, Limit: quota.Limit{Set: true, Max: 100, Watched: true}, Used: 130, Reset: time.Hour},
		{
			Subject: quota.Subject{Account: lab, Model: "m", Source: "us-east-1", Scope: "geo", Share: "each", Who: "arn:aws:iam::444455556666:user/ana"},
			Measure: quota.Requests, Limit: quota.Limit{Set: true, Max: 9}, Used: 1, Reset: 1500 * time.Microsecond,
		},
	}
	s := NewService(Options{Limiter: known, Management: func() arn.Account { return main }})
	const (
		ofMain = `{"account":"111122223333","quota":"tokens-per-day","limit":100,"used":130,"enforced":false,"resetMs":3600000}`
		ofLab  = `{"account":"444455556666","model":"m","source":"us-east-1","scope":"geo","share":"each","who":"arn:aws:iam::444455556666:user/ana",` +
			`"quota":"requests-per-minute","limit":9,"used":1,"enforced":true,"resetMs":2}`
	)
	for name, c := range map[string]struct {
		caller arn.Account
		query  string
		want   string
	}{
		"the management account sees all":       {main, "", ofMain + "," + ofLab},
		"and can ask for one":                   {main, "?account=444455556666", ofLab},
		"others see their own":                  {lab, "", ofLab},
		"and nobody else's":                     {lab, "?account=111122223333", ""},
		"an account that uses nothing, nothing": {"777788889999", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(t, s, c.caller, c.query)
			want := `{"at":"2026-11-22T12:00:00Z","quotas":[` + c.want + `]}`
			if diff := cmp.Diff(want, w.Body.String()); w.Code != 200 || diff != "" {
				t.Errorf("status %d (-want +got):\n%s", w.Code, diff)
			}
		})
	}
	s.Guard = nobody{}
	if w := ask(t, s, main, ""); w.Code != 403 {
		t.Errorf("whoever may not see it sees %d %s", w.Code, w.Body)
	}
	s.Guard = nil
	if w := ask(t, s, main, "?account=%zz"); w.Code != 400 {
		t.Errorf("a malformed query: %d %s", w.Code, w.Body)
	}
}
