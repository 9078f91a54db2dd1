package budgets

import (
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
)

// DescribeBudgetAction shows one action.
func (s *Server) DescribeBudgetAction(_ context.Context, c *awswire.Call, in *api.DescribeBudgetActionRequest) (*api.DescribeBudgetActionResponse, error) {
	k, a, err := s.action(c, in.AccountID, in.BudgetName, in.ActionID, "get")
	if err != nil {
		return nil, err
	}
	shown := showAction(k, a)
	return &api.DescribeBudgetActionResponse{AccountID: in.AccountID, BudgetName: k.Name, Action: &shown}, nil
}

// pageOfActions is how many actions, or steps of one, a list has unless fewer are asked for.
const pageOfActions = 100

// DescribeBudgetActionsForBudget lists the actions of a budget in the order in which they were made.
func (s *Server) DescribeBudgetActionsForBudget(_ context.Context, c *awswire.Call, in *api.DescribeBudgetActionsForBudgetRequest) (*api.DescribeBudgetActionsForBudgetResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	b, ok := s.budgets.Budget(k)
	if !ok {
		return nil, notFound("Unable to get actions - the budget doesn't exist.")
	}
	part, next, err := pageInOrder(showActions(k, b.Actions), in.NextToken, in.MaxResults, pageOfActions, nameOfAction)
	return &api.DescribeBudgetActionsForBudgetResponse{Actions: part, NextToken: next}, err
}

// DescribeBudgetActionsForAccount lists the actions of all budgets, by the budgets' names.
func (s *Server) DescribeBudgetActionsForAccount(_ context.Context, c *awswire.Call, in *api.DescribeBudgetActionsForAccountRequest) (*api.DescribeBudgetActionsForAccountResponse, error) {
	if _, err := key(c, in.AccountID, ""); err != nil {
		return nil, err
	}
	all := []api.Action{}
	for _, k := range s.budgets.Budgets(c.Principal.Account) {
		if b, ok := s.budgets.Budget(k); ok {
			all = append(all, showActions(k, b.Actions)...)
		}
	}
	part, next, err := pageInOrder(all, in.NextToken, in.MaxResults, pageOfActions, nameOfAction)
	return &api.DescribeBudgetActionsForAccountResponse{Actions: part, NextToken: next}, err
}

func nameOfAction(a api.Action) string { return a.ActionID }

// DescribeBudgetActionHistories lists what became of an action, the newest first.
func (s *Server) DescribeBudgetActionHistories(_ context.Context, c *awswire.Call, in *api.DescribeBudgetActionHistoriesRequest) (*api.DescribeBudgetActionHistoriesResponse, error) {
	k, a, err := s.action(c, in.AccountID, in.BudgetName, in.ActionID, "get")
	if err != nil {
		return nil, err
	}
	shown := showAction(k, a)
	all := []api.ActionHistory{}
	for _, step := range slices.Backward(a.History) {
		if p := in.TimePeriod; p != nil && (!p.Start.IsZero() && step.At.Before(p.Start) || !p.End.IsZero() && !step.At.Before(p.End)) {
			continue
		}
		then := shown
		then.Status = api.ActionStatus(step.Status)
		all = append(all, api.ActionHistory{
			Timestamp: step.At, Status: then.Status, EventType: api.EventType(step.Event),
			ActionHistoryDetails: &api.ActionHistoryDetails{Message: step.Message, Action: &then},
		})
	}
	part, next, err := pageInOrder(all, in.NextToken, in.MaxResults, pageOfActions, nameOfStep)
	return &api.DescribeBudgetActionHistoriesResponse{ActionHistories: part, NextToken: next}, err
}

func nameOfStep(h api.ActionHistory) string {
	return strings.Join([]string{h.Timestamp.UTC().Format("2006-01-02T15:04:05.000000000"), string(h.EventType), string(h.Status)}, " ")
}

func showActions(k budget.Key, list []budgeting.Action) []api.Action {
	out := make([]api.Action, len(list))
	for i := range list {
		out[i] = showAction(k, &list[i])
	}
	return out
}

// showAction is an action as it stands.
func showAction(k budget.Key, a *budgeting.Action) api.Action {
	approval := api.ApprovalModelAutomatic
	if a.Rules.Manual {
		approval = api.ApprovalModelManual
	}
	return api.Action{
		ActionID: a.ID, BudgetName: k.Name, NotificationType: api.NotificationType(a.Threshold.Against), ActionType: api.ActionType(a.Kind),
		ActionThreshold:  &api.ActionThreshold{ActionThresholdValue: a.Threshold.Threshold, ActionThresholdType: api.ThresholdType(a.Threshold.Scale)},
		Definition:       showDefinition(a),
		ExecutionRoleARN: a.Role, ApprovalModel: approval, Status: api.ActionStatus(a.Status), Subscribers: showSubscribers(a.Subscribers),
	}
}
