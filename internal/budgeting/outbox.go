package budgeting

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/store"
)

// Outbox is what has to be told or done, for whoever delivers it.
type Outbox interface {
	// Posted gets a value when there are messages that were not there before.
	Posted() <-chan struct{}
	// Messages are those that are not delivered yet, the oldest first.
	Messages() []*Message
	// Delivered forgets a message. Of one with a command to carry out, failure says why it could not be, and the action
	// goes on to its next status.
	Delivered(ctx context.Context, id string, failure error) error
	// Postpone keeps a message that could not be delivered for another try.
	Postpone(ctx context.Context, id string, until time.Time) error
}

var _ Outbox = (*Keeper)(nil)

func (k *Keeper) post() {
	select {
	case k.posted <- struct{}{}:
	default:
	}
}

// Posted implements Outbox.
func (k *Keeper) Posted() <-chan struct{} { return k.posted }

// Messages implements Outbox.
func (k *Keeper) Messages() []*Message {
	k.reading.RLock()
	all := slices.Collect(maps.Values(k.messages))
	k.reading.RUnlock()
	slices.SortFunc(all, func(a, b *Message) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Delivered implements Outbox.
func (k *Keeper) Delivered(ctx context.Context, id string, failure error) error {
	return k.withMessage(ctx, id, func(m *Message) (map[budget.Key]*Budget, []store.DocumentChange, error) {
		changes := []store.DocumentChange{remove(kindMessage, id)}
		if m.Command != budget.Execute && m.Command != budget.Undo {
			return nil, changes, nil
		}
		b, _ := k.Budget(m.Budget)
		next := carried(b, m, failure, k.opt.Now().UTC())
		if next == nil {
			return nil, changes, nil
		}
		doc, err := write(kindBudget, next.Key.String(), next)
		return map[budget.Key]*Budget{next.Key: next}, append(changes, doc), err
	})
}

// carried is the budget when a command to one of its actions was carried out; nil when the action is gone.
func carried(b *Budget, m *Message, failure error, now time.Time) *Budget {
	if b == nil {
		return nil
	}
	next := b.clone()
	at := slices.IndexFunc(next.Actions, func(a Action) bool { return a.ID == m.Action })
	if at < 0 {
		return nil
	}
	a := &next.Actions[at]
	event, message := budget.Done, "The action was carried out."
	if m.Command == budget.Undo {
		message = "The action was undone."
	}
	if failure != nil {
		event, message = budget.Failed, fmt.Sprintf("The action could not be carried out: %s", failure)
	}
	status, _, err := a.Status.Step(event, a.Rules)
	if err != nil { // its status was changed since
		return nil
	}
	a.Note(now, "SYSTEM", status, message)
	return next
}

// Postpone implements Outbox.
func (k *Keeper) Postpone(ctx context.Context, id string, until time.Time) error {
	return k.withMessage(ctx, id, func(m *Message) (map[budget.Key]*Budget, []store.DocumentChange, error) {
		later := *m
		later.Tries, later.Next = m.Tries+1, until
		doc, err := write(kindMessage, id, &later)
		return nil, []store.DocumentChange{doc}, err
	})
}

// withMessage makes the changes that come of a message; none when it is gone.
func (k *Keeper) withMessage(ctx context.Context, id string, decide func(*Message) (map[budget.Key]*Budget, []store.DocumentChange, error)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	if k.stale {
		if err := k.recover(ctx); err != nil {
			return err
		}
	}
	k.reading.RLock()
	m := k.messages[id]
	k.reading.RUnlock()
	if m == nil {
		return nil
	}
	puts, changes, err := decide(m)
	if err != nil {
		return err
	}
	return k.commit(ctx, puts, func() {}, changes...)
}

// Command makes an action do what one of its users asks for: budget.Approve, Retry, Reverse or Reset. The error is a
// *budget.LockedError when the action's status does not allow it. It reports false when there is no such action.
func (k *Keeper) Command(ctx context.Context, key budget.Key, action string, event budget.ActionEvent) (found bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	if k.stale {
		if err := k.recover(ctx); err != nil {
			return false, err
		}
	}
	b, _ := k.Budget(key)
	if b == nil {
		return false, nil
	}
	next := b.clone()
	at := slices.IndexFunc(next.Actions, func(a Action) bool { return a.ID == action })
	if at < 0 {
		return false, nil
	}
	a, now := &next.Actions[at], k.opt.Now().UTC()
	status, command, err := a.Status.Step(event, a.Rules)
	if err != nil {
		return true, err
	}
	a.Note(now, "EXECUTE_ACTION", status, fmt.Sprintf("%s was asked for.", event))
	var messages []Message
	if command != budget.Nothing {
		s, _ := k.pool.Look(key, now, true)
		m := next.message(a.Threshold, a.Alarm, &s, now)
		m.ID = fmt.Sprintf("%s/%s/%s", m.ID, action, command)
		m.Action, m.Command, m.Subscribers = action, command, a.Subscribers
		messages = append(messages, m)
	}
	changes, err := documents(next, messages)
	if err != nil {
		return true, err
	}
	return true, k.commit(ctx, map[budget.Key]*Budget{key: next}, func() {}, changes...)
}
