package sns

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/store"
)

// tokenLife is how long a subscription may be confirmed, as on AWS.
const tokenLife = 3 * 24 * time.Hour

// pendingARN stands in lists for the ARN of a subscription that is not confirmed.
const pendingARN = "PendingConfirmation"

// rawDelivery is the one attribute of a subscription that counts here.
const rawDelivery = "RawMessageDelivery"

// Subscribe asks an endpoint whether it wants a topic's messages, and tells the ARN only when that was asked for or the
// subscription is there already.
func (s *Server) Subscribe(ctx context.Context, c *awswire.Call, in *api.SubscribeInput) (*api.SubscribeResponse, error) {
	if in.Endpoint == nil {
		return nil, invalid("Endpoint")
	}
	if err := checkEndpoint(in.Protocol, *in.Endpoint); err != nil {
		return nil, err
	}
	raw, err := rawOf(in.Protocol, in.Attributes)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(c, "Subscribe", in.TopicARN)
	if err != nil {
		return nil, err
	}
	next := &subscription{
		ARN: t.ARN + ":" + uuid.NewString(), Topic: t.ARN, Owner: t.Owner, Protocol: in.Protocol, Endpoint: *in.Endpoint, Created: s.opt.Now().UTC(),
	}
	for _, old := range s.state.of(t.ARN) {
		if old.Protocol == in.Protocol && old.Endpoint == *in.Endpoint {
			if old.Confirmed {
				return &api.SubscribeResponse{SubscriptionARN: &old.ARN}, nil
			}
			*next = *old // which is asked once more
		}
	}
	next.Raw, next.Token, next.Expires = raw, newToken(), s.opt.Now().Add(tokenLife).UTC()
	if err := s.keep(ctx, next); err != nil {
		return nil, err
	}
	if err := s.opt.Outbox.Put(ctx, s.confirmation(t, next)); err != nil {
		return nil, err
	}
	told := "pending confirmation"
	if in.ReturnSubscriptionARN != nil && *in.ReturnSubscriptionARN {
		told = next.ARN
	}
	return &api.SubscribeResponse{SubscriptionARN: &told}, nil
}

// checkEndpoint refuses what nothing here can reach.
func checkEndpoint(protocol, endpoint string) error {
	switch protocol {
	case "http", "https":
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != protocol || u.Host == "" {
			return invalid("Unsupported endpoint: an endpoint of %s is a URL that begins with %s://", protocol, protocol)
		}
	case "email", "email-json":
		if a, err := mail.ParseAddress(endpoint); err != nil || a.Address != endpoint {
			return invalid("Email address")
		}
	case "sqs", "sms", "lambda", "application", "firehose":
		return invalid("Does not support this protocol string: %s. Topics here reach http, https, email and email-json", protocol)
	default:
		return invalid("Does not support this protocol string: %s", protocol)
	}
	return nil
}

// rawOf reads the attributes of a new subscription.
func rawOf(protocol string, attributes map[string]string) (raw bool, err error) {
	for name, value := range attributes {
		if raw, err = rawAttribute(protocol, name, value); err != nil {
			return false, err
		}
	}
	return raw, nil
}

func rawAttribute(protocol, name, value string) (bool, error) {
	if name != rawDelivery {
		return false, invalid("AttributeName: %s is not supported here, only %s", name, rawDelivery)
	}
	raw, err := strconv.ParseBool(value)
	switch {
	case err != nil:
		return false, invalid("Attributes Reason: RawMessageDelivery: Invalid value [%s]. Must be true or false.", value)
	case raw && strings.HasPrefix(protocol, "email"):
		return false, invalid("Attributes Reason: Delivery protocol [%s] does not support raw message delivery.", protocol)
	}
	return raw, nil
}

// newToken is what confirms a subscription: nobody guesses it.
func newToken() string {
	var raw [64]byte
	rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

// ConfirmSubscription begins to send messages to who was asked.
func (s *Server) ConfirmSubscription(ctx context.Context, c *awswire.Call, in *api.ConfirmSubscriptionInput) (*api.ConfirmSubscriptionResponse, error) {
	guarded := false
	if in.AuthenticateOnUnsubscribe != nil {
		var err error
		if guarded, err = strconv.ParseBool(*in.AuthenticateOnUnsubscribe); err != nil {
			return nil, invalid("AuthenticateOnUnsubscribe")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.topics[in.TopicARN] == nil {
		return nil, notFound("Topic")
	}
	for _, old := range s.state.of(in.TopicARN) {
		if old.Token != in.Token || old.Token == "" {
			continue
		}
		if !old.Confirmed && s.opt.Now().After(old.Expires) {
			break
		}
		next := *old
		next.Confirmed, next.Guarded = true, old.Guarded || guarded
		next.Authenticated = old.Authenticated || c.Principal.Account == old.Owner
		return &api.ConfirmSubscriptionResponse{SubscriptionARN: &next.ARN}, s.keep(ctx, &next)
	}
	return nil, invalid("Token")
}

// Unsubscribe ends a subscription: for its owner, and for whoever has the link, unless it was confirmed otherwise.
func (s *Server) Unsubscribe(ctx context.Context, c *awswire.Call, in *api.UnsubscribeInput) error {
	if strings.Count(in.SubscriptionARN, ":") < 6 {
		return invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not %d", elements(in.SubscriptionARN))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.state.subscriptions[in.SubscriptionARN]
	if sub == nil {
		return nil
	}
	if c.Principal.Account != sub.Owner && (c.Principal.Account != "" || sub.Guarded) {
		return denied(c, "Unsubscribe", sub.ARN)
	}
	return s.commit(ctx, drop(subscriptionKind, sub.ARN))
}

// ListSubscriptions lists the caller's subscriptions in the region.
func (s *Server) ListSubscriptions(_ context.Context, c *awswire.Call, in *api.ListSubscriptionsInput) (*api.ListSubscriptionsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, next, err := listed(s.state.some(func(sub *subscription) bool { return inPlace(sub.Topic, c.Region, c.Principal.Account) }), in.NextToken)
	return &api.ListSubscriptionsResponse{Subscriptions: list, NextToken: next}, err
}

// ListSubscriptionsByTopic lists the subscriptions of one topic.
func (s *Server) ListSubscriptionsByTopic(_ context.Context, c *awswire.Call, in *api.ListSubscriptionsByTopicInput) (*api.ListSubscriptionsByTopicResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(c, "ListSubscriptionsByTopic", in.TopicARN)
	if err != nil {
		return nil, err
	}
	list, next, err := listed(s.state.of(t.ARN), in.NextToken)
	return &api.ListSubscriptionsByTopicResponse{Subscriptions: list, NextToken: next}, err
}

func listed(all []*subscription, token *string) ([]api.Subscription, *string, error) {
	part, next, err := page(all, token, func(sub *subscription) string { return sub.ARN })
	out := []api.Subscription{}
	for _, sub := range part {
		name := sub.ARN
		if !sub.Confirmed {
			name = pendingARN
		}
		out = append(out, api.Subscription{
			SubscriptionARN: &name, Owner: new(string(sub.Owner)), Protocol: &sub.Protocol, Endpoint: &sub.Endpoint, TopicARN: &sub.Topic,
		})
	}
	return out, next, err
}

// subscription finds a subscription of the caller's. The caller holds mu.
func (s *Server) subscription(c *awswire.Call, action, name string) (*subscription, error) {
	sub := s.state.subscriptions[name]
	switch {
	case sub == nil:
		return nil, notFound("Subscription")
	case sub.Owner != c.Principal.Account:
		return nil, denied(c, action, name)
	}
	return sub, nil
}

// GetSubscriptionAttributes tells everything of a subscription.
func (s *Server) GetSubscriptionAttributes(_ context.Context, c *awswire.Call, in *api.GetSubscriptionAttributesInput) (*api.GetSubscriptionAttributesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.subscription(c, "GetSubscriptionAttributes", in.SubscriptionARN)
	if err != nil {
		return nil, err
	}
	return &api.GetSubscriptionAttributesResponse{Attributes: map[string]string{
		"SubscriptionArn": sub.ARN, "TopicArn": sub.Topic, "Owner": string(sub.Owner), "Protocol": sub.Protocol, "Endpoint": sub.Endpoint,
		"PendingConfirmation": strconv.FormatBool(!sub.Confirmed), "ConfirmationWasAuthenticated": strconv.FormatBool(sub.Authenticated),
		rawDelivery: strconv.FormatBool(sub.Raw),
	}}, nil
}

// SetSubscriptionAttributes changes whether messages go out without their envelope.
func (s *Server) SetSubscriptionAttributes(ctx context.Context, c *awswire.Call, in *api.SetSubscriptionAttributesInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.subscription(c, "SetSubscriptionAttributes", in.SubscriptionARN)
	if err != nil {
		return err
	}
	value := "false"
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	next := *sub
	if next.Raw, err = rawAttribute(sub.Protocol, in.AttributeName, value); err != nil {
		return err
	}
	return s.keep(ctx, &next)
}

// forgetExpired drops subscriptions that nobody confirmed in time. The caller holds mu.
func (s *Server) forgetExpired(ctx context.Context) error {
	now := s.opt.Now()
	var changes []store.DocumentChange
	for _, sub := range s.state.some(func(sub *subscription) bool { return !sub.Confirmed && now.After(sub.Expires) }) {
		changes = append(changes, drop(subscriptionKind, sub.ARN))
	}
	if len(changes) == 0 {
		return nil
	}
	return s.commit(ctx, changes...)
}
