package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"

	"github.com/outcrop/outcrop/internal/carrier"
	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/notify"
)

// Notifications say how the server tells people and programs of budgets and topics.
type Notifications struct {
	// PublicURL is where subscribers of topics reach this server, for the links in their messages. Empty: the address it
	// listens on.
	PublicURL string    `yaml:"public-url"`
	SMTP      *SMTP     `yaml:"smtp"` // left out: no mail is sent
	Webhooks  []Webhook `yaml:"webhooks"`
}

// SMTP is where mail is handed in.
type SMTP struct {
	Host     string          `yaml:"host"`
	Port     int             `yaml:"port"` // 0: the usual one of Security
	Security notify.Security `yaml:"security"`
	Username string          `yaml:"username"`
	Password identity.Secret `yaml:"password"` // usually as ${NAME}, or file:PATH
	From     string          `yaml:"from"`     // "Outcrop <outcrop@example.com>"
}

// Webhook is an address that takes messages in Slack's form.
type Webhook struct {
	URL     identity.Secret `yaml:"url"`     // what is in it is the right to post; ${NAME} or file:PATH keep it out of the file
	Budgets []string        `yaml:"budgets"` // globs of budgets' names; left out: all
}

// Budgets say how budgets behave that do not say it themselves.
type Budgets struct {
	// UndoActions undoes and arms the actions of a budget again when a new period begins. AWS never does.
	UndoActions bool `yaml:"undo-actions-at-new-period"`
}

// fill completes what the file left to be derived.
func (n *Notifications) fill(doc *strict.Document, dir string) {
	n.PublicURL = strings.TrimRight(n.PublicURL, "/")
	follow := func(at string, s *identity.Secret) {
		text, err := secret(dir, *s)
		if err != nil {
			doc.Fault(at, "%v", err)
		}
		*s = text
	}
	if n.SMTP != nil {
		if !doc.Has("notifications.smtp.security") {
			n.SMTP.Security = notify.StartTLS
		}
		follow("notifications.smtp.password", &n.SMTP.Password)
	}
	for i := range n.Webhooks {
		follow(fmt.Sprintf("notifications.webhooks[%d].url", i), &n.Webhooks[i].URL)
	}
}

func (k checker) notifications(n *Notifications) {
	if n.PublicURL != "" {
		if why := badURL(n.PublicURL, "https://outcrop.example.com"); why != "" {
			k.Fault("notifications.public-url", "%s", why)
		}
	}
	if n.SMTP != nil {
		k.smtp(n.SMTP)
	}
	for i := range n.Webhooks {
		k.webhook(fmt.Sprintf("notifications.webhooks[%d]", i), &n.Webhooks[i])
	}
}

func (k checker) smtp(s *SMTP) {
	const at = "notifications.smtp"
	if s.Host == "" || strings.ContainsAny(s.Host, ":/@ ") {
		k.Fault(at+".host", "want the name or the address of a mail server without a port, found %q", s.Host)
	}
	k.within(at+".port", s.Port, 0, 65535)
	k.oneOf(at+".security", string(s.Security), string(notify.StartTLS), string(notify.TLS), string(notify.Plain))
	if _, err := mail.ParseAddress(s.From); err != nil {
		k.Fault(at+".from", "want the sender's address, such as Outcrop <outcrop@example.com>, found %q", s.From)
	}
	if (s.Username == "") != s.Password.IsZero() {
		k.Fault(at, "username and password go together")
	}
	if s.Security == notify.Plain && s.Username != "" {
		k.Fault(at+".security", "a password is not sent without TLS; use starttls or tls, or leave out username and password")
	}
}

// webhook checks one address, and says nothing of what is in it.
func (k checker) webhook(at string, w *Webhook) {
	u, err := url.Parse(w.URL.Reveal())
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		k.Fault(at+".url", "want an http or https URL with a host, such as ${SLACK_WEBHOOK}")
	}
	for i, glob := range w.Budgets {
		k.wellFormed(fmt.Sprintf("%s.budgets[%d]", at, i), glob)
	}
}

// Mail is how mail is handed in, and whether it is sent at all.
func (n *Notifications) Mail() (notify.MailOptions, bool) {
	s := n.SMTP
	if s == nil {
		return notify.MailOptions{}, false
	}
	return notify.MailOptions{Host: s.Host, Port: s.Port, Security: s.Security, Username: s.Username, Password: s.Password, From: s.From}, true
}

// Hooks are the webhooks in the carrier's own words.
func (n *Notifications) Hooks() []carrier.Webhook {
	out := make([]carrier.Webhook, len(n.Webhooks))
	for i, w := range n.Webhooks {
		out[i] = carrier.Webhook{URL: w.URL, Budgets: w.Budgets}
	}
	return out
}
