// Package carrier takes what budgets have to say to those who are to be told, and has carried out what they are to do:
// mail, topics of SNS, webhooks, and actions. Everything happens once, over restarts too.
package carrier

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/notify"
)

// Budgets is where messages wait.
type Budgets interface {
	budgeting.Outbox
	Budget(key budget.Key) (*budgeting.Budget, bool)
	// Spenders are those who spent most of a budget in a period.
	Spenders(ctx context.Context, key budget.Key, in budget.Period, most int) ([]budgeting.Ranking, error)
}

// Outbox delivers mail and posts. One whose ID it knows is not sent again.
type Outbox interface {
	Put(ctx context.Context, all ...notify.Delivery) error
}

// Topics are those of SNS.
type Topics interface {
	// Announce sends a message of an account to a topic of that account, once for one id.
	Announce(ctx context.Context, owner, topicARN, subject, text, id string) error
}

// Hand carries actions out. It may be asked again for what it has done. An error that another try will not mend is a
// *fault.Error.
type Hand interface {
	Execute(ctx context.Context, k budget.Key, a *budgeting.Action) error
	Undo(ctx context.Context, k budget.Key, a *budgeting.Action) error
}

// Options are what a Carrier is made of.
type Options struct {
	Budgets  Budgets
	Outbox   Outbox
	Topics   Topics
	Hand     Hand
	Webhooks *Webhooks
	Log      *slog.Logger
}

// Carrier works through the messages of budgets, one after the other.
type Carrier struct {
	opt     Options
	stop    context.CancelFunc
	stopped chan struct{}
}

// Start begins with the messages that an earlier process has left.
func Start(o Options) *Carrier {
	c := &Carrier{opt: o, stopped: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go c.run(ctx)
	return c
}

// Close ends the work. What is not done yet is done after the next start.
func (c *Carrier) Close() {
	c.stop()
	<-c.stopped
}

// The waits between tries of a message, each twice the one before.
const first, longest = time.Second, 5 * time.Minute

func (c *Carrier) run(ctx context.Context) {
	defer close(c.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.opt.Budgets.Posted():
		case <-timer.C:
		}
		timer.Reset(c.round(ctx))
	}
}

// round carries every message that is due, and says how long it is until there may be another one.
func (c *Carrier) round(ctx context.Context) (next time.Duration) {
	next = longest
	for _, m := range c.opt.Budgets.Messages() {
		if ctx.Err() != nil {
			return next
		}
		if wait := time.Until(m.Next); wait > 0 {
			next = min(next, wait)
			continue
		}
		if wait, ok := c.carry(ctx, m); !ok {
			next = min(next, wait)
		}
	}
	return next
}

// carry does what a message asks for. When it cannot be done now it is put off, by a wait.
func (c *Carrier) carry(ctx context.Context, m *budgeting.Message) (wait time.Duration, ok bool) {
	failure, err := c.do(ctx, m)
	if err == nil {
		err = c.tell(ctx, m, failure)
	}
	if err == nil {
		err = c.opt.Budgets.Delivered(ctx, m.ID, failure)
	}
	if err == nil {
		return 0, true
	}
	if ctx.Err() != nil { // a try that was cut short says nothing
		return 0, false
	}
	wait = min(longest, first<<min(m.Tries, 16))
	c.opt.Log.Warn("what a budget has to say or to do is put off", "budget", m.Budget.String(), "wait", wait, "err", err)
	if err := c.opt.Budgets.Postpone(ctx, m.ID, time.Now().Add(wait)); err != nil {
		c.opt.Log.Warn("and that cannot be stored", "budget", m.Budget.String(), "err", err)
	}
	return wait, false
}

// do carries out the action that a message is about. failure is why it cannot be carried out; err is why nobody knows yet.
func (c *Carrier) do(ctx context.Context, m *budgeting.Message) (failure, err error) {
	a := c.action(m)
	if a == nil {
		return nil, nil
	}
	switch m.Command {
	case budget.Execute:
		err = c.opt.Hand.Execute(ctx, m.Budget, a)
	case budget.Undo:
		err = c.opt.Hand.Undo(ctx, m.Budget, a)
	}
	if why := (*fault.Error)(nil); errors.As(err, &why) && why.Code != fault.Internal {
		return why, nil
	}
	return nil, err
}

// action is the action that a message is about; nil when it is about none, or about one that is gone.
func (c *Carrier) action(m *budgeting.Message) *budgeting.Action {
	b, ok := c.opt.Budgets.Budget(m.Budget)
	if m.Action == "" || !ok {
		return nil
	}
	at := slices.IndexFunc(b.Actions, func(a budgeting.Action) bool { return a.ID == m.Action })
	if at < 0 {
		return nil
	}
	return &b.Actions[at]
}
