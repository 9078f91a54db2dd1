package sns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/store"
)

// collection is where topics and subscriptions are kept.
const collection = "sns"

// The kinds of documents.
const (
	topicKind        = "topic"
	subscriptionKind = "subscription"
	keyKind          = "signing-key"
)

// state is every topic and subscription by its ARN. A stored one is never written to: a change is a changed copy.
type state struct {
	topics        map[string]*topic
	subscriptions map[string]*subscription
	key           []byte // sealed
}

type topic struct {
	ARN        string            `json:"arn"`
	Owner      arn.Account       `json:"owner"`
	Attributes map[string]string `json:"attributes,omitzero"` // those that were set
	Tags       map[string]string `json:"tags,omitzero"`
	Created    time.Time         `json:"created"`
}

type subscription struct {
	ARN       string      `json:"arn"`
	Topic     string      `json:"topic"`
	Owner     arn.Account `json:"owner"`
	Protocol  string      `json:"protocol"`
	Endpoint  string      `json:"endpoint"`
	Confirmed bool        `json:"confirmed"`
	// Token confirms the subscription until Expires, and names it when it is confirmed again.
	Token   string    `json:"token,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
	// Guarded says that only its owner may end the subscription, and not whoever has the link.
	Guarded bool `json:"guarded,omitzero"`
	// Authenticated says that the subscription was confirmed by a signed call.
	Authenticated bool      `json:"authenticated,omitzero"`
	Raw           bool      `json:"raw,omitzero"` // messages go out without their envelope
	Created       time.Time `json:"created"`
}

// reload reads what is stored. The caller holds mu.
func (s *Server) reload(ctx context.Context) error {
	docs, revision, err := s.opt.Store.Documents(ctx, collection)
	if err != nil {
		return fmt.Errorf("cannot read the topics: %w", err)
	}
	next := state{topics: map[string]*topic{}, subscriptions: map[string]*subscription{}}
	for _, d := range docs {
		if err := next.read(d); err != nil {
			return fmt.Errorf("cannot read the %s %s in the store, which was changed by something else: %w", d.Kind, d.Key, err)
		}
	}
	s.state, s.revision = next, revision
	return nil
}

func (st *state) read(d store.Document) error {
	switch d.Kind {
	case topicKind:
		t := new(topic)
		st.topics[d.Key] = t
		return json.Unmarshal(d.Body, t)
	case subscriptionKind:
		sub := new(subscription)
		st.subscriptions[d.Key] = sub
		return json.Unmarshal(d.Body, sub)
	case keyKind:
		st.key = d.Body
		return nil
	}
	return fmt.Errorf("the kind %q is unknown", d.Kind)
}

// put is the change that keeps v, a *topic or a *subscription.
func put(v any) (store.DocumentChange, error) {
	body, err := json.Marshal(v)
	d := store.Document{Body: body}
	switch v := v.(type) {
	case *topic:
		d.Kind, d.Key = topicKind, v.ARN
	case *subscription:
		d.Kind, d.Key = subscriptionKind, v.ARN
	}
	return store.DocumentChange{Document: d}, err
}

func drop(kind, key string) store.DocumentChange {
	return store.DocumentChange{Document: store.Document{Kind: kind, Key: key}, Delete: true}
}

// commit stores changes and takes them into the state. The caller holds mu. A store whose answer was lost is read
// again, so that what it holds and the state are one.
func (s *Server) commit(ctx context.Context, changes ...store.DocumentChange) error {
	ctx = context.WithoutCancel(ctx) // a write cut off half way would leave it open what is stored
	revision, err := s.opt.Store.ChangeDocuments(ctx, collection, s.revision, changes)
	if err != nil {
		return errors.Join(err, s.reload(ctx))
	}
	s.revision = revision
	for _, c := range changes {
		if !c.Delete {
			if err := s.state.read(c.Document); err != nil {
				return err
			}
			continue
		}
		delete(s.state.topics, c.Key)
		delete(s.state.subscriptions, c.Key)
	}
	return nil
}

// keep stores topics and subscriptions as they are given. The caller holds mu.
func (s *Server) keep(ctx context.Context, all ...any) error {
	changes := make([]store.DocumentChange, len(all))
	for i, v := range all {
		var err error
		if changes[i], err = put(v); err != nil {
			return err
		}
	}
	return s.commit(ctx, changes...)
}

// of are the subscriptions of a topic in the order of their ARNs.
func (st *state) of(topic string) []*subscription {
	return st.some(func(sub *subscription) bool { return sub.Topic == topic })
}

// some are the subscriptions that want says, in the order of their ARNs.
func (st *state) some(want func(*subscription) bool) []*subscription {
	var out []*subscription
	for _, key := range slices.Sorted(maps.Keys(st.subscriptions)) {
		if sub := st.subscriptions[key]; want(sub) {
			out = append(out, sub)
		}
	}
	return out
}

// inPlace reports whether an ARN is of a region and an account.
func inPlace(name string, region arn.Region, account arn.Account) bool {
	return strings.Contains(name, ":sns:"+string(region)+":"+string(account)+":")
}
