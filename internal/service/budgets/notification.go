package budgets

import (
	"context"
	"slices"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
)

// maxNotices is how many notifications a budget may have.
const maxNotices = 10

// notification is the value by which a notification is known; its state is no part of that.
func notification(in *api.Notification) budget.Notification {
	n := budget.Notification{
		Against: budget.Against(in.NotificationType), Operator: budget.Operator(in.ComparisonOperator), Threshold: in.Threshold, Scale: budget.Percentage,
	}
	if in.ThresholdType != nil {
		n.Scale = budget.Scale(*in.ThresholdType)
	}
	return n
}

// showNotice is a notification with its state. AWS leaves out the scale that is the usual one.
func showNotice(n *budgeting.Notice, p budget.Period) api.Notification {
	state := api.NotificationState(n.Alarm.State(p))
	out := api.Notification{
		NotificationType: api.NotificationType(n.Against), ComparisonOperator: api.ComparisonOperator(n.Operator),
		Threshold: n.Threshold, NotificationState: &state,
	}
	if n.Scale != budget.Percentage {
		scale := api.ThresholdType(n.Scale)
		out.ThresholdType = &scale
	}
	return out
}

// noticesOf takes over the notifications that come with a new budget.
func noticesOf(in []api.NotificationWithSubscribers) (out []budgeting.Notice, err error) {
	for i := range in {
		n, err := newNotice(in[i].Notification, in[i].Subscribers)
		if err != nil {
			return nil, err
		}
		if findNotice(out, n.Notification) >= 0 {
			return nil, noticeExists(n.Notification)
		}
		out = append(out, n)
	}
	return out, nil
}

func newNotice(in *api.Notification, subscribers []api.Subscriber) (n budgeting.Notice, err error) {
	n.Notification = notification(in)
	n.Subscribers, err = subscribersOf(subscribers)
	return n, err
}

// findNotice is where a notification stands in a list, or -1.
func findNotice(list []budgeting.Notice, n budget.Notification) int {
	return slices.IndexFunc(list, func(o budgeting.Notice) bool { return o.Notification == n })
}

func noticeExists(n budget.Notification) error {
	return duplicate("Error creating notification: %s - the notification already exists.", n)
}

// changeNotices changes the notifications of a budget. verb says what cannot be done when something is not there.
func (s *Server) changeNotices(ctx context.Context, c *awswire.Call, account, name, verb string, change func([]budgeting.Notice) ([]budgeting.Notice, error)) error {
	k, err := key(c, account, name)
	if err != nil {
		return err
	}
	return s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now == nil {
			return nil, notFound("Unable to %s - the budget doesn't exist.", verb)
		}
		next := *now
		next.Notices, err = change(slices.Clone(now.Notices))
		return &next, err
	})
}

// changeNotice changes one notification of a budget. A notification without subscribers is removed.
func (s *Server) changeNotice(ctx context.Context, c *awswire.Call, account, name, verb string, which *api.Notification, change func(*budgeting.Notice, []budgeting.Notice) error) error {
	return s.changeNotices(ctx, c, account, name, verb, func(all []budgeting.Notice) ([]budgeting.Notice, error) {
		at := findNotice(all, notification(which))
		if at < 0 {
			return nil, notFound("Unable to %s - the notification doesn't exist.", verb)
		}
		if err := change(&all[at], all); err != nil {
			return nil, err
		}
		if len(all[at].Subscribers) == 0 {
			all = slices.Delete(all, at, at+1)
		}
		return all, nil
	})
}

// CreateNotification adds a notification to a budget.
func (s *Server) CreateNotification(ctx context.Context, c *awswire.Call, in *api.CreateNotificationRequest) (*api.CreateNotificationResponse, error) {
	n, err := newNotice(in.Notification, in.Subscribers)
	if err != nil {
		return nil, err
	}
	return &api.CreateNotificationResponse{}, s.changeNotices(ctx, c, in.AccountID, in.BudgetName, "create notification", func(all []budgeting.Notice) ([]budgeting.Notice, error) {
		switch {
		case findNotice(all, n.Notification) >= 0:
			return nil, noticeExists(n.Notification)
		case len(all) >= maxNotices:
			return nil, tooMany("Unable to create notification - a budget can have at most %d notifications.", maxNotices)
		}
		return append(all, n), nil
	})
}

// UpdateNotification puts other values in the place of a notification's. It begins anew: what was crossed before is told
// again when the new values are crossed too.
func (s *Server) UpdateNotification(ctx context.Context, c *awswire.Call, in *api.UpdateNotificationRequest) (*api.UpdateNotificationResponse, error) {
	next := notification(in.NewNotification)
	return &api.UpdateNotificationResponse{}, s.changeNotice(ctx, c, in.AccountID, in.BudgetName, "update notification", in.OldNotification, func(n *budgeting.Notice, all []budgeting.Notice) error {
		switch {
		case n.Notification == next:
			return nil
		case findNotice(all, next) >= 0:
			return duplicate("Error updating notification: %s - the notification already exists.", next)
		}
		n.Notification, n.Alarm = next, budget.Alarm{}
		return nil
	})
}

// DeleteNotification removes a notification and its subscribers.
func (s *Server) DeleteNotification(ctx context.Context, c *awswire.Call, in *api.DeleteNotificationRequest) (*api.DeleteNotificationResponse, error) {
	return &api.DeleteNotificationResponse{}, s.changeNotice(ctx, c, in.AccountID, in.BudgetName, "delete notification", in.Notification, func(n *budgeting.Notice, _ []budgeting.Notice) error {
		n.Subscribers = nil
		return nil
	})
}

// DescribeNotificationsForBudget lists the notifications of a budget in the order in which they were made.
func (s *Server) DescribeNotificationsForBudget(_ context.Context, c *awswire.Call, in *api.DescribeNotificationsForBudgetRequest) (*api.DescribeNotificationsForBudgetResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	list, ok := s.notices(k)
	if !ok {
		return nil, notFound("Unable to get notifications for budget: %s - the budget doesn't exist.", k.Name)
	}
	const usual = 100
	part, next, err := pageInOrder(list, in.NextToken, in.MaxResults, usual, nameOfNotice)
	return &api.DescribeNotificationsForBudgetResponse{Notifications: part, NextToken: next}, err
}

// notices are the notifications of a budget as they stand now.
func (s *Server) notices(k budget.Key) ([]api.Notification, bool) {
	b, kept := s.budgets.Budget(k)
	status, held := s.budgets.Status(k)
	if !kept || !held {
		return nil, false
	}
	list := make([]api.Notification, len(b.Notices))
	for i := range b.Notices {
		list[i] = showNotice(&b.Notices[i], status.Period)
	}
	return list, true
}

func nameOfNotice(n api.Notification) string { return notification(&n).String() }

// DescribeBudgetNotificationsForAccount lists the notifications of all budgets that have some, by the budgets' names.
func (s *Server) DescribeBudgetNotificationsForAccount(_ context.Context, c *awswire.Call, in *api.DescribeBudgetNotificationsForAccountRequest) (*api.DescribeBudgetNotificationsForAccountResponse, error) {
	if _, err := key(c, in.AccountID, ""); err != nil {
		return nil, err
	}
	var all []budget.Key
	for _, k := range s.budgets.Budgets(c.Principal.Account) {
		if b, ok := s.budgets.Budget(k); ok && len(b.Notices) > 0 {
			all = append(all, k)
		}
	}
	const usual = 50
	keys, next, err := page(all, in.NextToken, in.MaxResults, usual, func(k budget.Key) string { return k.Name })
	if err != nil {
		return nil, err
	}
	out := &api.DescribeBudgetNotificationsForAccountResponse{BudgetNotificationsForAccount: []api.BudgetNotificationsForAccount{}, NextToken: next}
	for _, k := range keys {
		if list, ok := s.notices(k); ok {
			out.BudgetNotificationsForAccount = append(out.BudgetNotificationsForAccount, api.BudgetNotificationsForAccount{
				BudgetName: &k.Name, Notifications: list,
			})
		}
	}
	return out, nil
}
