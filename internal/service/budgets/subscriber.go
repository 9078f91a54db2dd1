package budgets

import (
	"context"
	"net/mail"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budgeting"
)

// How many subscribers of each kind a notification, or an action, may have.
const (
	maxTopics = 1
	maxEmails = 10
)

// subscribersOf takes over those who are told of something.
func subscribersOf(in []api.Subscriber) (out []budgeting.Subscriber, err error) {
	for i := range in {
		s, err := subscriberOf(&in[i])
		if err != nil {
			return nil, err
		}
		if out, err = addSubscriber(out, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// subscriberOf takes over a subscriber whose address can be one.
func subscriberOf(in *api.Subscriber) (budgeting.Subscriber, error) {
	s := budgeting.Subscriber{Kind: string(in.SubscriptionType), Address: in.Address}
	if in.SubscriptionType == api.SubscriptionTypeSns {
		if name, ok := arn.Parse(s.Address); !ok || name.Service != "sns" || name.Region == "" || name.Resource == "" || strings.ContainsAny(name.Resource, ":/") {
			return s, invalid("The address %.200q is not the ARN of an SNS topic.", s.Address)
		}
		return s, nil
	}
	const longest = 254 // of an address in SMTP
	if a, err := mail.ParseAddress(s.Address); err != nil || a.Address != s.Address || len(s.Address) > longest {
		return s, invalid("The address %.200q is not an email address.", s.Address)
	}
	return s, nil
}

// addSubscriber adds one that is not there yet, if there is room for its kind.
func addSubscriber(list []budgeting.Subscriber, s budgeting.Subscriber) ([]budgeting.Subscriber, error) {
	if slices.Contains(list, s) {
		return nil, duplicate("Error creating subscriber: %s - the subscriber already exists.", s.Address)
	}
	list = append(slices.Clone(list), s)
	return list, checkRoom(list)
}

func checkRoom(list []budgeting.Subscriber) error {
	topics := 0
	for _, s := range list {
		if s.Kind == string(api.SubscriptionTypeSns) {
			topics++
		}
	}
	if topics > maxTopics || len(list)-topics > maxEmails {
		return tooMany("Unable to create subscriber - a notification can have at most %d SNS topic and %d email subscribers.", maxTopics, maxEmails)
	}
	return nil
}

func showSubscribers(list []budgeting.Subscriber) []api.Subscriber {
	out := make([]api.Subscriber, len(list))
	for i, s := range list {
		out[i] = api.Subscriber{SubscriptionType: api.SubscriptionType(s.Kind), Address: s.Address}
	}
	return out
}

// CreateSubscriber adds somebody to those who are told of a notification.
func (s *Server) CreateSubscriber(ctx context.Context, c *awswire.Call, in *api.CreateSubscriberRequest) (*api.CreateSubscriberResponse, error) {
	who, err := subscriberOf(in.Subscriber)
	if err != nil {
		return nil, err
	}
	return &api.CreateSubscriberResponse{}, s.changeNotice(ctx, c, in.AccountID, in.BudgetName, "create subscriber", in.Notification, func(n *budgeting.Notice, _ []budgeting.Notice) error {
		list, err := addSubscriber(n.Subscribers, who)
		n.Subscribers = list
		return err
	})
}

// UpdateSubscriber puts one subscriber in the place of another.
func (s *Server) UpdateSubscriber(ctx context.Context, c *awswire.Call, in *api.UpdateSubscriberRequest) (*api.UpdateSubscriberResponse, error) {
	old := budgeting.Subscriber{Kind: string(in.OldSubscriber.SubscriptionType), Address: in.OldSubscriber.Address}
	who, err := subscriberOf(in.NewSubscriber)
	if err != nil {
		return nil, err
	}
	return &api.UpdateSubscriberResponse{}, s.changeNotice(ctx, c, in.AccountID, in.BudgetName, "update subscriber", in.Notification, func(n *budgeting.Notice, _ []budgeting.Notice) error {
		at := slices.Index(n.Subscribers, old)
		switch {
		case at < 0:
			return noSubscriber("update")
		case old == who:
			return nil
		case slices.Contains(n.Subscribers, who):
			return duplicate("Error updating subscriber: %s - the subscriber already exists.", who.Address)
		}
		n.Subscribers = slices.Clone(n.Subscribers)
		n.Subscribers[at] = who
		return checkRoom(n.Subscribers)
	})
}

func noSubscriber(verb string) error {
	return notFound("Unable to %s subscriber - the subscriber doesn't exist.", verb)
}

// DeleteSubscriber removes a subscriber, and with the last one the notification.
func (s *Server) DeleteSubscriber(ctx context.Context, c *awswire.Call, in *api.DeleteSubscriberRequest) (*api.DeleteSubscriberResponse, error) {
	old := budgeting.Subscriber{Kind: string(in.Subscriber.SubscriptionType), Address: in.Subscriber.Address}
	return &api.DeleteSubscriberResponse{}, s.changeNotice(ctx, c, in.AccountID, in.BudgetName, "delete subscriber", in.Notification, func(n *budgeting.Notice, _ []budgeting.Notice) error {
		at := slices.Index(n.Subscribers, old)
		if at < 0 {
			return noSubscriber("delete")
		}
		n.Subscribers = slices.Delete(slices.Clone(n.Subscribers), at, at+1)
		return nil
	})
}

// DescribeSubscribersForNotification lists those who are told of a notification.
func (s *Server) DescribeSubscribersForNotification(_ context.Context, c *awswire.Call, in *api.DescribeSubscribersForNotificationRequest) (*api.DescribeSubscribersForNotificationResponse, error) {
	k, err := key(c, in.AccountID, in.BudgetName)
	if err != nil {
		return nil, err
	}
	b, ok := s.budgets.Budget(k)
	if !ok {
		return nil, notFound("Unable to get subscribers - the budget doesn't exist.")
	}
	at := findNotice(b.Notices, notification(in.Notification))
	if at < 0 {
		return nil, notFound("Unable to get subscribers - the notification doesn't exist.")
	}
	const usual = 100
	part, next, err := pageInOrder(showSubscribers(b.Notices[at].Subscribers), in.NextToken, in.MaxResults, usual, nameOfSubscriber)
	return &api.DescribeSubscribersForNotificationResponse{Subscribers: part, NextToken: next}, err
}

func nameOfSubscriber(s api.Subscriber) string { return string(s.SubscriptionType) + " " + s.Address }
