package budgets

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// recording keeps the input of an operation.
type recording struct {
	Unimplemented
	in *CreateBudgetRequest
}

func (r *recording) CreateBudget(_ context.Context, _ *awswire.Call, in *CreateBudgetRequest) (*CreateBudgetResponse, error) {
	r.in = in
	if in.Budget.BudgetName == "taken" {
		return nil, fault.Named(fault.Conflict, DuplicateRecordException, "Error creating budget: taken - the budget already exists.")
	}
	return &CreateBudgetResponse{}, nil
}

func create(s Server, budget string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Target", "AWSBudgetServiceGateway.CreateBudget")
	rec := httptest.NewRecorder()
	NewService(s).Serve(rec, &awswire.Call{Request: r, Body: []byte(`{"AccountId":"111122223333","Budget":` + budget + `}`)})
	return rec
}

func TestPlannedLimitsAndFilters(t *testing.T) {
	s := new(recording)
	rec := create(s, `{"BudgetName":"b","BudgetType":"COST","TimeUnit":"MONTHLY","PlannedBudgetLimits":{"1793491200":{"Amount":"10","Unit":"USD"}},"CostFilters":{"Service":["Amazon Bedrock"]}}`)
	if rec.Code != 200 || rec.Body.String() != "{}" {
		t.Fatalf("HTTP %d %s", rec.Code, rec.Body)
	}
	want := &Budget{
		BudgetName: "b", BudgetType: BudgetTypeCost, TimeUnit: TimeUnitMonthly,
		PlannedBudgetLimits: map[string]Spend{"1793491200": {"10", "USD"}}, CostFilters: map[string][]string{"Service": {"Amazon Bedrock"}},
	}
	if diff := cmp.Diff(want, s.in.Budget); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConstraints(t *testing.T) {
	const absent = "failed to satisfy constraint: Member must not be null"
	for budget, want := range map[string]string{
		`{}`: "3 validation errors detected: Value null at 'budget.budgetName' " + absent + "; Value null at 'budget.timeUnit' " + absent + "; Value null at 'budget.budgetType' " + absent,
		`{"BudgetName":"b","BudgetType":"COST","TimeUnit":"MONTHLY","PlannedBudgetLimits":{"now":{"Unit":"USD"}}}`: "1 validation error detected: Value null at 'budget.plannedBudgetLimits.now.member.amount' " + absent,
		`{"BudgetName":"b","BudgetType":"COST","TimeUnit":"MONTHLY","PlannedBudgetLimits":{"now":5}}`:              "NUMBER_VALUE can not be converted to a structure at 'Budget.PlannedBudgetLimits.now.member'",
		`{"BudgetName":"a:b","BudgetType":"COST","TimeUnit":"MONTHLY"}`:                                            "Value 'a:b' at 'budget.budgetName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?![^:\\\\]*/action/",
		`{"BudgetName":"b","BudgetType":"TIME","TimeUnit":"MONTHLY"}`:                                              "Value 'TIME' at 'budget.budgetType' failed to satisfy constraint: Member must satisfy enum value set: [USAGE, COST, ",
	} {
		rec := create(new(recording), budget)
		if rec.Code != 400 || !strings.Contains(rec.Body.String(), strings.ReplaceAll(want, `\`, `\\`)) {
			t.Errorf("%s: HTTP %d %s\nwant %s", budget, rec.Code, rec.Body, want)
		}
	}
}

func TestErrorsHaveTheModelsNames(t *testing.T) {
	rec := create(new(recording), `{"BudgetName":"taken","BudgetType":"COST","TimeUnit":"MONTHLY"}`)
	want := `{"__type":"DuplicateRecordException","Message":"Error creating budget: taken - the budget already exists."}`
	if rec.Code != 400 || rec.Body.String() != want {
		t.Errorf("HTTP %d %s", rec.Code, rec.Body)
	}
}

func TestNamesOfBudgets(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "Team A / 2026": true, "é": true, "action/": true, "/action": true, "<script>": true,
		"": false, "a:b": false, `a\b`: false, "a/action/b": false, "/action/": false,
		"<script></script>": false, "x<SCRIPT>y</Script>z": false,
	} {
		if got := patternBudgetName.Match(name); got != want {
			t.Errorf("%q is a name: %v, want %v", name, got, want)
		}
	}
}
