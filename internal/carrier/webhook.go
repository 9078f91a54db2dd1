package carrier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"path"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/notify"
)

// WebhookKind is how deliveries to webhooks travel.
const WebhookKind notify.Kind = "webhook"

// Webhook is an address that takes messages in Slack's form: {"text": "…"}.
type Webhook struct {
	URL     identity.Secret // what is in it is the right to post
	Budgets []string        // globs of budgets' names; empty: all
}

// Webhooks are where the operator wants to be told of all budgets. Their addresses are in no store and in no log: a
// delivery names its webhook by a digest.
type Webhooks struct {
	all  []Webhook
	to   map[string]string // URLs by their digests
	post notify.Transport
}

// NewWebhooks makes the transport of WebhookKind. Posts go through post.
func NewWebhooks(all []Webhook, post notify.Transport) *Webhooks {
	w := &Webhooks{all, make(map[string]string, len(all)), post}
	for _, h := range all {
		w.to[digest(h.URL)] = h.URL.Reveal()
	}
	return w
}

func digest(s identity.Secret) string {
	sum := sha256.Sum256([]byte(s.Reveal()))
	return "webhook " + hex.EncodeToString(sum[:6])
}

// Deliver implements notify.Transport.
func (w *Webhooks) Deliver(ctx context.Context, d *notify.Delivery) error {
	to, ok := w.to[d.Address]
	if !ok {
		return notify.Refused(errors.New("the webhook is not configured any more"))
	}
	next := *d
	next.Address = to
	err := w.post.Deliver(ctx, &next)
	if failed := (*url.Error)(nil); errors.As(err, &failed) { // its text has the address
		return failed.Err
	}
	return err
}

// deliveries are those of one message.
func (w *Webhooks) deliveries(m *budgeting.Message, subject, text string) (out []notify.Delivery) {
	if w == nil {
		return nil
	}
	body, err := json.Marshal(struct {
		Text string `json:"text"`
	}{"*" + subject + "*\n```\n" + text + "```"})
	if err != nil {
		return nil // a text that is not UTF-8, which no API takes
	}
	for _, h := range w.all {
		if !h.wants(m.Budget.Name) {
			continue
		}
		to := digest(h.URL)
		out = append(out, notify.Delivery{
			ID: deliveryID(m, string(WebhookKind), to), Kind: WebhookKind, Address: to, Subject: subject,
			Body: string(body), ContentType: "application/json", Created: m.At,
		})
	}
	return out
}

func (h *Webhook) wants(name string) bool {
	if len(h.Budgets) == 0 {
		return true
	}
	for _, glob := range h.Budgets {
		if ok, err := path.Match(glob, name); ok && err == nil {
			return true
		}
	}
	return false
}
