package budgets

import (
	"context"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

const owner = "111122223333"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is Budgets in memory.
type memory struct {
	pool *budget.Pool
	all  map[budget.Key]*budgeting.Budget
}

func (k *memory) Change(_ context.Context, key budget.Key, decide budgeting.Decide) error {
	next, err := decide(k.all[key])
	if err != nil {
		return err
	}
	if next == nil {
		delete(k.all, key)
		k.pool.Remove(key)
		return nil
	}
	next.Key = key
	k.all[key] = next
	if same, err := k.pool.Replace(&next.Definition); same || err != nil {
		return err
	}
	l, err := k.pool.Expect(&next.Definition)
	if err == nil {
		l.Install()
	}
	return err
}

func (k *memory) Budget(key budget.Key) (*budgeting.Budget, bool) {
	b, ok := k.all[key]
	return b, ok
}

func (k *memory) Budgets(of arn.Account) []budget.Key { return k.pool.Keys(of) }

func (k *memory) Status(key budget.Key) (budget.Status, bool) { return k.pool.Status(key, noon) }

func (k *memory) Command(context.Context, budget.Key, string, budget.ActionEvent) (bool, error) {
	return false, nil
}

// spend charges a call at noon to every budget.
func (k *memory) spend(t *testing.T, dollars string) {
	t.Helper()
	a, err := money.Parse(dollars)
	if err != nil {
		t.Fatal(err)
	}
	r := &meter.Record{Usage: meter.Usage{At: noon, Account: owner, Model: "amazon.nova-lite-v1:0", Source: "us-east-1"}}
	r.Counts[catalog.Input], r.Costs[catalog.Input], r.Total = 2_000, a, a
	k.pool.Count(r)
}

func newServer(t *testing.T) (*Server, *memory) {
	t.Helper()
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	k := &memory{budget.New("000000000000", meter.NewNames(facts)), map[budget.Key]*budgeting.Budget{}}
	return New(k, nil), k
}

// by is a call of an account.
func by(account arn.Account) *awswire.Call {
	return &awswire.Call{Principal: identity.Principal{Account: account}, Arrived: noon}
}

// wanted is a budget of a dollar a month.
func wanted(name string, change ...func(*api.Budget)) *api.Budget {
	b := &api.Budget{BudgetName: name, BudgetType: api.BudgetTypeCost, TimeUnit: api.TimeUnitMonthly, BudgetLimit: &api.Spend{Amount: "1", Unit: "USD"}}
	for _, c := range change {
		c(b)
	}
	return b
}

func create(t *testing.T, s *Server, b *api.Budget, tags ...api.ResourceTag) {
	t.Helper()
	if _, err := s.CreateBudget(t.Context(), by(owner), &api.CreateBudgetRequest{AccountID: owner, Budget: b, ResourceTags: tags}); err != nil {
		t.Fatal(err)
	}
}

func describe(t *testing.T, s *Server, name string) *api.Budget {
	t.Helper()
	out, err := s.DescribeBudget(t.Context(), by(owner), &api.DescribeBudgetRequest{AccountID: owner, BudgetName: name, ShowFilterExpression: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Budget
}

// named fails the test unless err is the API's error with a name and a sentence.
func named(t *testing.T, what string, err error, name, sentence string) {
	t.Helper()
	if f := fault.Public(err); err == nil || f.Name != name || f.Message != sentence {
		t.Errorf("%s: %v, want %s: %s", what, err, name, sentence)
	}
}
