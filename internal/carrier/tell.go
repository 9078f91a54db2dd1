package carrier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/notify"
)

// topSpenders is how many of each kind a message names.
const topSpenders = 3

// tell hands a message to everybody who is to be told. When it returns nil it arrives sooner or later, whatever happens
// here.
func (c *Carrier) tell(ctx context.Context, m *budgeting.Message, failure error) error {
	if m.Action != "" && c.action(m) == nil { // nobody has been told that it was deleted, and nobody waits for it
		return nil
	}
	l := letter{Message: m, action: c.action(m), failure: failure}
	if b, ok := c.opt.Budgets.Budget(m.Budget); ok {
		l.unit, l.enforcement = b.Unit, enforcement(b)
		ranks, err := c.opt.Budgets.Spenders(ctx, m.Budget, budget.Period{Start: m.Figures.PeriodStart, End: m.Figures.PeriodEnd}, topSpenders)
		if err != nil {
			return err
		}
		l.spenders = ranks
	}
	subject, text := l.subject(), l.text()
	deliveries := c.opt.Webhooks.deliveries(m, subject, text)
	for _, s := range m.Subscribers {
		if s.Kind == "SNS" {
			if err := c.announce(ctx, m, s.Address, subject, text); err != nil {
				return err
			}
			continue
		}
		deliveries = append(deliveries, notify.Delivery{
			ID: deliveryID(m, s.Kind, s.Address), Kind: notify.Email, Address: s.Address, Subject: subject, Body: text, Created: m.At,
		})
	}
	return c.opt.Outbox.Put(ctx, deliveries...)
}

// announce publishes to a topic. One that is not there, or does not take the message, is no reason to wait.
func (c *Carrier) announce(ctx context.Context, m *budgeting.Message, topic, subject, text string) error {
	err := c.opt.Topics.Announce(ctx, string(m.Budget.Account), topic, plain(subject), text, deliveryID(m, "SNS", topic))
	if fault.Is(err, fault.ResourceNotFound) || fault.Is(err, fault.AccessDenied) || fault.Is(err, fault.Validation) {
		c.opt.Log.Error("a budget's notification was given up", "budget", m.Budget.String(), "topic", topic, "err", err)
		return nil
	}
	return err
}

// deliveryID is the same for the same message to the same address, so that nobody gets it twice after a crash.
func deliveryID(m *budgeting.Message, kind, address string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", m.ID, kind, address))
	return "budget-" + hex.EncodeToString(sum[:16])
}

func enforcement(b *budgeting.Budget) budget.Enforcement {
	e, _ := b.Enforcement() // a tag that means nothing was refused when it was set
	return e
}
