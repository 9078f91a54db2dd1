package budgeting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/store"
)

// A call that gives no sign of life for so many sweeps holds nothing any more.
const (
	sweepEvery = time.Minute
	lease      = 60
)

// watch looks at every threshold again and again.
func (k *Keeper) watch(ctx context.Context) {
	defer close(k.stopped)
	tick, sweep := time.NewTicker(k.opt.Every), time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			for _, id := range k.pool.Sweep(lease) {
				k.opt.Log.Error("a call has held something of a budget for an hour without a sign of life, and no longer does; please report this", "request", id)
			}
		case <-tick.C:
			if err := k.Look(ctx); err != nil && ctx.Err() == nil {
				k.opt.Log.Warn("budgets' thresholds cannot be kept; they are looked at again in a moment", "err", err)
			}
		}
	}
}

// Look holds every budget against its thresholds, and stores what has changed together with the messages that come of
// it. Budgets that have ended are removed.
func (k *Keeper) Look(ctx context.Context) error {
	now := k.opt.Now().UTC()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stale {
		if err := k.recover(ctx); err != nil {
			return err
		}
	}
	k.reading.RLock()
	budgets := k.budgets
	k.reading.RUnlock()
	puts := map[budget.Key]*Budget{}
	var changes []store.DocumentChange
	var ended []budget.Key
	for key, b := range budgets {
		if !now.Before(b.End) {
			ended = append(ended, key)
			changes = append(changes, remove(kindBudget, key.String()))
			continue
		}
		next, messages := k.step(b, now)
		if next == nil {
			continue
		}
		puts[key] = next
		more, err := documents(next, messages)
		if err != nil {
			return err
		}
		changes = append(changes, more...)
	}
	if len(changes) == 0 {
		return nil
	}
	return k.commit(ctx, puts, func() {
		for _, key := range ended {
			k.pool.Remove(key)
		}
	}, changes...)
}

// documents are the changes that keep a budget and its messages.
func documents(b *Budget, messages []Message) ([]store.DocumentChange, error) {
	first, err := write(kindBudget, b.Key.String(), b)
	changes := []store.DocumentChange{first}
	for i := range messages {
		c, err := write(kindMessage, messages[i].ID, &messages[i])
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, err
}

// step is a budget whose thresholds have been looked at, and what comes of it; nil when nothing has changed.
func (k *Keeper) step(b *Budget, now time.Time) (*Budget, []Message) {
	if len(b.Notices) == 0 && len(b.Actions) == 0 {
		return nil, nil
	}
	s, ok := k.pool.Look(b.Key, now, b.foresees())
	if !ok {
		return nil, nil
	}
	next, changed := b.clone(), false
	var out []Message
	for i := range next.Notices {
		n := &next.Notices[i]
		alarm, fires := n.Alarm.Step(n.Notification, &s)
		changed = changed || alarm != n.Alarm
		if n.Alarm = alarm; fires {
			m := next.message(n.Notification, alarm, &s, now)
			m.Subscribers = n.Subscribers
			out = append(out, m)
		}
	}
	for i := range next.Actions {
		messages, moved := next.stepAction(&next.Actions[i], &s, now, k.opt.UndoActions)
		changed = changed || moved
		out = append(out, messages...)
	}
	if !changed {
		return nil, nil
	}
	return next, out
}

// foresees reports whether some threshold is held against a forecast, which takes milliseconds to make.
func (b *Budget) foresees() bool {
	return slices.ContainsFunc(b.Notices, func(n Notice) bool { return n.Against == budget.Forecasted }) ||
		slices.ContainsFunc(b.Actions, func(a Action) bool { return a.Threshold.Against == budget.Forecasted })
}

// stepAction looks at the threshold of one action. undo is whether actions are undone when a period begins, unless the
// budget says otherwise.
func (b *Budget) stepAction(a *Action, s *budget.Status, now time.Time, undo bool) (out []Message, changed bool) {
	rules := a.Rules
	rules.Renews, _ = b.UndoesActions(undo)
	alarm, fires := a.Alarm.Step(a.Threshold, s)
	if a.Status == budget.Standby && s.Active && alarm.On && !fires { // it was armed again behind its threshold
		alarm.Times, fires = alarm.Times+1, true
	}
	var events []budget.ActionEvent
	if !a.Alarm.Period.IsZero() && !alarm.Period.Equal(a.Alarm.Period) {
		events = append(events, budget.PeriodBegan)
	}
	if fires {
		events = append(events, budget.ThresholdCrossed)
	}
	changed = alarm != a.Alarm
	a.Alarm = alarm
	for _, e := range events {
		status, command, err := a.Status.Step(e, rules)
		if err != nil || status == a.Status {
			continue
		}
		a.Note(now, "SYSTEM", status, fmt.Sprintf("The status became %s, because of the event: %s.", status, e))
		if command != budget.Nothing {
			m := b.message(a.Threshold, alarm, s, now)
			m.ID, m.Action, m.Command, m.Subscribers = m.ID+"/"+a.ID+"/"+string(command), a.ID, command, a.Subscribers
			out = append(out, m)
		}
	}
	return out, changed
}

// maxHistory bounds what is kept of an action's past.
const maxHistory = 100

// Note moves an action to a status, and remembers why: event is in the API's words, such as "CREATE_ACTION".
func (a *Action) Note(at time.Time, event string, status budget.ActionStatus, message string) {
	a.Status = status
	a.History = append(a.History, ActionStep{at, event, status, message})
	if n := len(a.History); n > maxHistory {
		a.History = a.History[n-maxHistory:]
	}
}

// message is what a crossing has to say. The moment is in its ID, because a budget may be deleted and made anew.
func (b *Budget) message(n budget.Notification, a budget.Alarm, s *budget.Status, now time.Time) Message {
	return Message{
		ID:     fmt.Sprintf("%s/%s/%s/%d/%d", b.Key, n, a.Period.Format(time.DateOnly), a.Times, now.UnixNano()),
		Budget: b.Key, At: now, Notification: n, Figures: figuresOf(s),
	}
}

// clone is a budget whose lists may be changed.
func (b *Budget) clone() *Budget {
	next := *b
	next.Notices, next.Actions = slices.Clone(b.Notices), slices.Clone(b.Actions)
	for i := range next.Actions {
		next.Actions[i].History = slices.Clone(next.Actions[i].History)
	}
	return &next
}
