package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/outcrop/outcrop/internal/identity"
)

// Security is how the connection to a mail server is protected.
type Security string

// The ways.
const (
	StartTLS Security = "starttls" // demanded, on the usual port 587
	TLS      Security = "tls"      // from the first byte, on the usual port 465
	Plain    Security = "none"     // for a relay on the same machine
)

// MailOptions say where mail is handed in.
type MailOptions struct {
	Host     string
	Port     int // 0: the usual one of Security
	Security Security
	Username string // empty: none is asked for
	Password identity.Secret
	From     string // "Outcrop <outcrop@example.com>"
	TLS      *tls.Config
}

// Mailer delivers by SMTP.
type Mailer struct{ opt MailOptions }

// NewMailer checks the options.
func NewMailer(o MailOptions) (*Mailer, error) {
	m := &Mailer{o}
	if _, err := m.client(); err != nil {
		return nil, err
	}
	if err := mail.NewMsg().From(o.From); err != nil {
		return nil, fmt.Errorf("cannot send mail from %q: %w", o.From, err)
	}
	return m, nil
}

// mailTimeout bounds one connection and each command on it.
const mailTimeout = 30 * time.Second

func (m *Mailer) client() (*mail.Client, error) {
	options := []mail.Option{mail.WithTimeout(mailTimeout)}
	switch m.opt.Security {
	case TLS:
		options = append(options, mail.WithSSL(), mail.WithPort(portOr(m.opt.Port, mail.DefaultPortSSL)))
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithPort(portOr(m.opt.Port, mail.DefaultPort)))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithPort(portOr(m.opt.Port, mail.DefaultPortTLS)))
	}
	if m.opt.TLS != nil {
		options = append(options, mail.WithTLSConfig(m.opt.TLS))
	}
	if m.opt.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.opt.Username), mail.WithPassword(m.opt.Password.Reveal()))
	}
	c, err := mail.NewClient(m.opt.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("cannot send mail through %s: %w", m.opt.Host, err)
	}
	return c, nil
}

func portOr(port, usual int) int {
	if port != 0 {
		return port
	}
	return usual
}

// Deliver implements Transport. What the server refuses for good is final.
func (m *Mailer) Deliver(ctx context.Context, d *Delivery) error {
	msg := mail.NewMsg()
	if err := msg.From(m.opt.From); err != nil {
		return Refused(err)
	}
	if err := msg.To(d.Address); err != nil {
		return Refused(fmt.Errorf("%q is no mail address: %w", d.Address, err))
	}
	msg.Subject(d.Subject)
	msg.SetMessageIDWithValue(messageID(d.ID))
	msg.SetDateWithValue(d.Created)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, d.Body)
	c, err := m.client()
	if err != nil {
		return err
	}
	err = c.DialAndSendWithContext(ctx, msg)
	var failed *mail.SendError
	if errors.As(err, &failed) && !failed.IsTemp() && failed.Reason != mail.ErrConnCheck {
		return Refused(err)
	}
	return err
}

// messageID is an ID as a Message-ID header may have it.
func messageID(id string) string {
	var b strings.Builder
	for _, r := range id {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "=%x", r)
		}
	}
	return b.String() + "@outcrop"
}
