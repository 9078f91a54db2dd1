package budgets

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
)

// maxActions is how many actions a budget may have.
const maxActions = 10

// CreateBudgetAction arms an action. It fires at once when its threshold is crossed already.
func (s *Server) CreateBudgetAction(ctx context.Context, c *awswire.Call, in *api.CreateBudgetActionRequest) (*api.CreateBudgetActionResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	a := budgeting.Action{
		ID: uuid.NewString(), Threshold: threshold(in.NotificationType, in.ActionThreshold), Kind: string(in.ActionType), Role: in.ExecutionRoleARN,
		Rules: budget.ActionRules{Manual: in.ApprovalModel == api.ApprovalModelManual}, Tags: tagsOf(in.ResourceTags), Status: budget.Standby,
	}
	if a.Subscribers, err = subscribersOf(in.Subscribers); err != nil {
		return nil, err
	}
	if err := s.define(k, &a, in.Definition); err != nil {
		return nil, err
	}
	a.Note(c.Arrived.UTC(), string(api.EventTypeCreateAction), a.Status, "The action was created.")
	err = s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		switch {
		case now == nil:
			return nil, notFound("Unable to create action - the budget doesn't exist.")
		case len(now.Actions) >= maxActions:
			return nil, tooMany("Unable to create action - a budget can have at most %d actions.", maxActions)
		}
		next := *now
		next.Actions = append(slices.Clone(now.Actions), a)
		return &next, nil
	})
	return &api.CreateBudgetActionResponse{AccountID: in.AccountID, BudgetName: k.Name, ActionID: a.ID}, err
}

// threshold is when an action fires, in the words of notifications.
func threshold(against api.NotificationType, in *api.ActionThreshold) budget.Notification {
	return budget.Notification{
		Against: budget.Against(against), Operator: budget.GreaterThan,
		Threshold: in.ActionThresholdValue, Scale: budget.Scale(in.ActionThresholdType),
	}
}

// define sets what an action does, once it is sure that it can be done: that there is everything it names, and a role
// that AWS Budgets may assume. What the role may do is seen when it does it.
func (s *Server) define(k budget.Key, a *budgeting.Action, in *api.Definition) error {
	d, err := readDefinition(api.ActionType(a.Kind), in)
	if err != nil {
		return err
	}
	if err := s.hand.Check(k, a.Role, d); err != nil {
		return refused(err)
	}
	a.Definition, err = d.Write()
	return err
}

// changeAction changes one action of a budget; a nil action of change removes it. verb says what cannot be done.
func (s *Server) changeAction(ctx context.Context, k budget.Key, verb, id string, change func(budgeting.Action) (*budgeting.Action, error)) error {
	return s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now == nil {
			return nil, notFound("Unable to %s action - the budget doesn't exist.", verb)
		}
		next := *now
		next.Actions = slices.Clone(now.Actions)
		at := findAction(next.Actions, id)
		if at < 0 {
			return nil, noAction(verb, id)
		}
		if status := next.Actions[at].Status; status.Busy() {
			return nil, locked("Unable to %s action: %s - the action is in the status %s.", verb, id, status)
		}
		a, err := change(next.Actions[at])
		switch {
		case err != nil:
			return nil, err
		case a == nil:
			next.Actions = slices.Delete(next.Actions, at, at+1)
		default:
			next.Actions[at] = *a
		}
		return &next, nil
	})
}

// findAction is where an action stands in a list, or -1. The case of an id does not count.
func findAction(list []budgeting.Action, id string) int {
	return slices.IndexFunc(list, func(a budgeting.Action) bool { return strings.EqualFold(a.ID, id) })
}

// UpdateBudgetAction changes what is given of an action. What it has attached must be undone before it does something else.
func (s *Server) UpdateBudgetAction(ctx context.Context, c *awswire.Call, in *api.UpdateBudgetActionRequest) (*api.UpdateBudgetActionResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	subscribers, err := subscribersOf(in.Subscribers)
	if err != nil {
		return nil, err
	}
	out := &api.UpdateBudgetActionResponse{AccountID: in.AccountID, BudgetName: k.Name}
	return out, s.changeAction(ctx, k, "update", in.ActionID, func(a budgeting.Action) (*budgeting.Action, error) {
		old := showAction(k, &a)
		if len(subscribers) > 0 {
			a.Subscribers = subscribers
		}
		if in.ApprovalModel != nil {
			a.Rules.Manual = *in.ApprovalModel == api.ApprovalModelManual
		}
		rearm(&a, in)
		if err := s.redefine(k, &a, in); err != nil {
			return nil, err
		}
		a.Note(c.Arrived.UTC(), string(api.EventTypeUpdateAction), a.Status, "The action was changed.")
		next := showAction(k, &a)
		out.OldAction, out.NewAction = &old, &next
		return &a, nil
	})
}

// rearm takes over another threshold, from which the action begins anew.
func rearm(a *budgeting.Action, in *api.UpdateBudgetActionRequest) {
	next := a.Threshold
	if in.NotificationType != nil {
		next.Against = budget.Against(*in.NotificationType)
	}
	if t := in.ActionThreshold; t != nil {
		next.Threshold, next.Scale = t.ActionThresholdValue, budget.Scale(t.ActionThresholdType)
	}
	if next == a.Threshold {
		return
	}
	a.Threshold, a.Alarm = next, budget.Alarm{}
	if a.Status == budget.Pending { // what waited was about the threshold before
		a.Status = budget.Standby
	}
}

// redefine takes over what an action does, and the role it does it with.
func (s *Server) redefine(k budget.Key, a *budgeting.Action, in *api.UpdateBudgetActionRequest) error {
	if in.ExecutionRoleARN != nil {
		a.Role = *in.ExecutionRoleARN
	}
	if in.Definition == nil && in.ExecutionRoleARN == nil {
		return nil
	}
	before, d := a.Definition, in.Definition
	if d == nil {
		d = showDefinition(a)
	}
	if err := s.define(k, a, d); err != nil {
		return err
	}
	holds := a.Status == budget.ExecutionSucceeded || a.Status == budget.ReverseFailed || a.Status == budget.ResetFailed
	if holds && string(before) != string(a.Definition) {
		return locked("Unable to update action: %s - what it has attached must be undone with %s before its definition changes.", a.ID, api.ExecutionTypeReverseBudgetAction)
	}
	return nil
}

// DeleteBudgetAction removes an action. What it has attached stays.
func (s *Server) DeleteBudgetAction(ctx context.Context, c *awswire.Call, in *api.DeleteBudgetActionRequest) (*api.DeleteBudgetActionResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	out := &api.DeleteBudgetActionResponse{AccountID: in.AccountID, BudgetName: k.Name}
	return out, s.changeAction(ctx, k, "delete", in.ActionID, func(a budgeting.Action) (*budgeting.Action, error) {
		shown := showAction(k, &a)
		out.Action = &shown
		return nil, nil
	})
}

// ExecuteBudgetAction approves, tries again, undoes or arms an action.
func (s *Server) ExecuteBudgetAction(ctx context.Context, c *awswire.Call, in *api.ExecuteBudgetActionRequest) (*api.ExecuteBudgetActionResponse, error) {
	k, a, err := s.action(c, in.AccountID, in.BudgetName, in.ActionID, "execute")
	if err != nil {
		return nil, err
	}
	found, err := s.budgets.Command(ctx, k, a.ID, budget.ActionEvent(in.ExecutionType))
	var why *budget.LockedError
	switch {
	case errors.As(err, &why):
		return nil, locked("Unable to execute action: %s - %s.", a.ID, why)
	case err != nil:
		return nil, err
	case !found:
		return nil, noAction("execute", a.ID)
	}
	return &api.ExecuteBudgetActionResponse{AccountID: in.AccountID, BudgetName: k.Name, ActionID: a.ID, ExecutionType: in.ExecutionType}, nil
}

// action finds an action of the caller's.
func (s *Server) action(c *awswire.Call, account, name, id, verb string) (budget.Key, *budgeting.Action, error) {
	k, err := key(c, account, name)
	if err != nil {
		return k, nil, err
	}
	b, ok := s.budgets.Budget(k)
	if !ok {
		return k, nil, notFound("Unable to %s action - the budget doesn't exist.", verb)
	}
	at := findAction(b.Actions, id)
	if at < 0 {
		return k, nil, noAction(verb, id)
	}
	return k, &b.Actions[at], nil
}

func noAction(verb, id string) error {
	return notFound("Unable to %s action: %s - the action doesn't exist.", verb, id)
}
