package budgets

import (
	"context"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
)

// CreateBudget makes a budget. What was spent in its period before is counted when it returns.
func (s *Server) CreateBudget(ctx context.Context, c *awswire.Call, in *api.CreateBudgetRequest) (*api.CreateBudgetResponse, error) {
	k, err := key(c, in.AccountID, in.Budget.BudgetName)
	if err != nil {
		return nil, err
	}
	if err := checkName(k.Name); err != nil {
		return nil, err
	}
	next, err := read(in.Budget, c.Arrived)
	if err != nil {
		return nil, err
	}
	next.Tags = tagsOf(in.ResourceTags)
	if next.Notices, err = noticesOf(in.NotificationsWithSubscribers); err != nil {
		return nil, err
	}
	return &api.CreateBudgetResponse{}, s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now != nil {
			return nil, duplicate("Error creating budget: %s - the budget already exists.", k.Name)
		}
		return next, check(next)
	})
}

// UpdateBudget puts a definition in place of a budget's. Its tags, notifications and actions stay.
func (s *Server) UpdateBudget(ctx context.Context, c *awswire.Call, in *api.UpdateBudgetRequest) (*api.UpdateBudgetResponse, error) {
	k, err := key(c, in.AccountID, in.NewBudget.BudgetName)
	if err != nil {
		return nil, err
	}
	return &api.UpdateBudgetResponse{}, s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now == nil {
			return nil, notFound("Unable to update budget: %s - the budget doesn't exist.", k.Name)
		}
		made := c.Arrived
		if in.NewBudget.TimePeriod == nil {
			made = now.Start
		}
		next, err := read(in.NewBudget, made)
		if err != nil {
			return nil, err
		}
		next.Tags, next.Notices, next.Actions, next.Updated = now.Tags, now.Notices, now.Actions, moment(c.Arrived)
		return next, check(next)
	})
}

// check refuses what the parts of a definition come to together.
func check(b *budgeting.Budget) error {
	if err := b.Check(); err != nil {
		return unable("%s.", err)
	}
	return nil
}

// DeleteBudget removes a budget, its notifications and its actions.
func (s *Server) DeleteBudget(ctx context.Context, c *awswire.Call, in *api.DeleteBudgetRequest) (*api.DeleteBudgetResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	return &api.DeleteBudgetResponse{}, s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now == nil {
			return nil, notFound("Unable to delete budget: %s - the budget doesn't exist. Try creating it first. ", k.Name)
		}
		return nil, nil
	})
}

// DescribeBudget shows one budget.
func (s *Server) DescribeBudget(_ context.Context, c *awswire.Call, in *api.DescribeBudgetRequest) (*api.DescribeBudgetResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	out, ok := s.show(k, in.ShowFilterExpression != nil && *in.ShowFilterExpression)
	if !ok {
		return nil, notFound("Unable to get budget: %s - the budget doesn't exist.", k.Name)
	}
	return &api.DescribeBudgetResponse{Budget: &out}, nil
}

// DescribeBudgets lists budgets by name.
func (s *Server) DescribeBudgets(_ context.Context, c *awswire.Call, in *api.DescribeBudgetsRequest) (*api.DescribeBudgetsResponse, error) {
	if _, err := key(c, in.AccountID, ""); err != nil {
		return nil, err
	}
	const usual = 100
	keys, next, err := page(s.budgets.Budgets(c.Principal.Account), in.NextToken, in.MaxResults, usual, func(k budget.Key) string { return k.Name })
	if err != nil {
		return nil, err
	}
	out := &api.DescribeBudgetsResponse{Budgets: []api.Budget{}, NextToken: next}
	for _, k := range keys {
		if b, ok := s.show(k, in.ShowFilterExpression != nil && *in.ShowFilterExpression); ok {
			out.Budgets = append(out.Budgets, b)
		}
	}
	return out, nil
}

// show is a budget with what is spent of it.
func (s *Server) show(k budget.Key, filter bool) (api.Budget, bool) {
	b, kept := s.budgets.Budget(k)
	status, held := s.budgets.Status(k)
	if !kept || !held {
		return api.Budget{}, false
	}
	return write(b, &status, filter), true
}

// moment is a time in the whole milliseconds that answers can say.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
