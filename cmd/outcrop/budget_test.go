package main

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/service/budgetstate"
)

// aBudget is half spent; a tenth more is held, and it will be passed.
func aBudget() budgetstate.Budget {
	forecast, perHour := money.Cents(12_500), money.Cents(500)
	return budgetstate.Budget{
		Account: "111122223333", Name: "search", Type: budget.Cost, TimeUnit: budget.Monthly, Measure: "USD", Enforcement: "hard",
		PeriodStart: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), PeriodEnd: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Limit: money.Cents(10_000), Spent: money.Cents(5_000), Held: money.Cents(1_000), Calls: 3, Refused: 7,
		Forecast: &forecast, PerHour: &perHour, Daily: []money.Amount{money.Cents(1_000), money.Cents(0), money.Cents(4_000)},
	}
}

func TestBudgetsAreListed(t *testing.T) {
	soft := budgetstate.Budget{
		Account: "444455556666", Name: "lab", Measure: "USD", Enforcement: "none", Limit: money.Cents(100), Spent: money.Pico(2_600_000),
		PeriodEnd: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
	}
	list := &budgetList{budgetstate.BudgetList{Caller: "111122223333", Budgets: []budgetstate.Budget{aBudget(), soft}}}
	var b strings.Builder
	if err := writeBudgets(&b, list); err != nil {
		t.Fatal(err)
	}
	const want = `BUDGET              STOPS       SPENT     LIMIT       USED                              RENEWS
search              hard, rate  50.00     100.00 USD  50.0 %  ██████████▒▒░░░░░░░│░░░░  2026-12-01
lab (444455556666)  -           0.000003  1.00 USD    0.0 %   ·······················│  2026-11-23
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	if err := writeBudgets(&b, &budgetList{}); err != nil || b.String() != "There are no budgets. outcrop budget create makes one.\n" {
		t.Errorf("none: %q %v", b.String(), err)
	}
}

func TestABudgetIsDrawn(t *testing.T) {
	var b strings.Builder
	one := aBudget()
	if err := writeBudget(&b, &one, screen{columns: 44}); err != nil {
		t.Fatal(err)
	}
	const want = `search of account 111122223333, monthly from 2026-11-01 to 2026-12-01

  limit         100.000000 USD
  spent          50.000000 USD   50.0 %
  reserved       10.000000 USD  by 3 running calls
  left           40.000000 USD
  forecast      125.000000 USD  125.0 %
  last hour       0.000000 USD  of 5 allowed

  ████████████████▒▒▒░░░░░░░░░░░░░│░░░░░░░
  It stops calls: the limit is never passed. 7 were refused since the server's start.

40.00 ┤            █████
      ┤            █████
      ┤            █████
      ┤            █████
      ┤            █████
      ┤            █████
      ┤            █████
      ┤▄▄▄▄▄       █████
      ┤█████       █████
    0 ┤█████       █████
      └──────────────────
       2026-11-01
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReservationsAndAdviceAreListed(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC)
	var b strings.Builder
	err := writeReservations(&b, &budgetstate.ReservationList{At: at, Reservations: []budgetstate.Reservation{{
		Budget: "search", Held: money.Cents(3), Measure: "USD", OutputTokens: 400, Since: at.Add(-90 * time.Second), Model: "m", Principal: "arn:aws:iam::1:user/ann", RequestID: "r",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	err = writeAdvice(&b, &budgetstate.AdviceList{Advice: []budgetstate.Advice{{
		Profile: "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", Model: "m", Calls: 9, Spent: money.Cents(250),
		Monthly: money.Cents(1_234), Hourly: money.Cents(50), Median: 100, Most99: 240, Longest: 300, MaxTokens: 320,
	}, {Model: "n"}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `BUDGET  HELD      TOKENS  FOR    MODEL  PRINCIPAL                REQUEST
search  0.03 USD  400     1m30s  m      arn:aws:iam::1:user/ann  r
PROFILE  MODEL  CALLS  SPENT  MONTH  HOUR      P50  P99  MAX  MAX_TOKENS
abc      m      9      2.50   12.34  0.500000  100  240  300  320
(none)   n      0      0.00   0.00   0.00      0    0    0    0
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBudgetsAreMadeOfFlags(t *testing.T) {
	c := budgetCreateCommand{
		Name: "search", Limit: "100", Per: "monthly", Enforce: "hard", Rate: "5", Tag: []string{"owner=ann"},
		Filter: []string{"tag:team=search", "tag:team=ads", "region=us-east-1"}, Alert: []string{"80=a@example.com", "f100=arn:aws:sns:us-east-1:111122223333:t"},
	}
	in, err := c.request()
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"AccountId":"","Budget":{"BudgetName":"search","BudgetType":"COST","TimeUnit":"MONTHLY","BudgetLimit":{"Amount":"100","Unit":"USD"},` +
		`"FilterExpression":{"And":[{"Tags":{"Key":"team","Values":["search","ads"]}},{"Dimensions":{"Key":"REGION","Values":["us-east-1"]}}]},"Metrics":["UnblendedCost"]},` +
		`"ResourceTags":[{"Key":"outcrop:enforcement","Value":"hard"},{"Key":"outcrop:rate-limit-usd-per-hour","Value":"5"},{"Key":"owner","Value":"ann"}],` +
		`"NotificationsWithSubscribers":[{"Notification":{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN","Threshold":80},"Subscribers":[{"SubscriptionType":"EMAIL","Address":"a@example.com"}]},` +
		`{"Notification":{"NotificationType":"FORECASTED","ComparisonOperator":"GREATER_THAN","Threshold":100},"Subscribers":[{"SubscriptionType":"SNS","Address":"arn:aws:sns:us-east-1:111122223333:t"}]}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, bad := range map[string]budgetCreateCommand{
		"--limit":  {Limit: "much"},
		"--filter": {Limit: "1", Filter: []string{"colour=red"}},
		"--tag":    {Limit: "1", Tag: []string{"owner"}},
		"--alert":  {Limit: "1", Alert: []string{"often=ann@example.com"}},
	} {
		if _, err := bad.request(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
