package config

import (
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/notify"
)

func TestNotifications(t *testing.T) {
	c, err := Parse("x.yaml", []byte(`
notifications:
  public-url: https://outcrop.example.com/
  smtp: {host: smtp.example.com, username: outcrop, password: "${SMTP_PASSWORD}", from: "Outcrop <o@example.com>"}
  webhooks: [{url: "https://hooks.example.com/T/B/x", budgets: ["team-*"]}]
budgets: {undo-actions-at-new-period: true}
`), environment)
	if err != nil {
		t.Fatal(err)
	}
	mail, wanted := c.Notifications.Mail()
	if !wanted || mail.Security != notify.StartTLS || mail.Password.Reveal() != "letters" || mail.From != "Outcrop <o@example.com>" {
		t.Errorf("mail is sent: %t, with %+v", wanted, mail)
	}
	if h := c.Notifications.Hooks(); len(h) != 1 || h[0].URL.Reveal() != "https://hooks.example.com/T/B/x" || h[0].Budgets[0] != "team-*" {
		t.Errorf("webhooks %+v", h)
	}
	if c.Notifications.PublicURL != "https://outcrop.example.com" || !c.Budgets.UndoActions {
		t.Errorf("%+v, %+v", c.Notifications, c.Budgets)
	}
	if _, wanted := Default().Notifications.Mail(); wanted {
		t.Error("mail is sent without a server")
	}
}

func TestNotificationsThatCannotBeSent(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no sender":          {"smtp: {host: h}", "want the sender's address"},
		"a port in the host": {"smtp: {host: 'h:25', from: a@example.com}", "without a port"},
		"a port too high":    {"smtp: {host: h, port: 70000, from: a@example.com}", "want 0 to 65535"},
		"another security":   {"smtp: {host: h, security: ssl, from: a@example.com}", "want starttls, tls or none"},
		"half a login":       {"smtp: {host: h, username: u, from: a@example.com}", "username and password go together"},
		"a login in clear":   {"smtp: {host: h, security: none, username: u, password: sesame, from: a@example.com}", "a password is not sent without TLS"},
		"a webhook nowhere":  {"webhooks: [{url: sesame}]", "want an http or https URL with a host"},
		"a bad glob":         {"webhooks: [{url: 'https://h/sesame', budgets: ['[']}]", "is not a well-formed glob"},
		"a bad address":      {"public-url: outcrop", "is not an http or https URL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte("notifications: {"+test.text+"}"), environment)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, want %q", err, test.want)
			}
		})
	}
}
