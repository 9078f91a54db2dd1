// Package notify delivers messages to people and to other programs: mail, and HTTP posts. What is put into its outbox
// is delivered once it can be, over restarts too.
package notify

import (
	"context"
	"errors"
	"time"
)

// Kind is how a delivery travels.
type Kind string

// The kinds.
const (
	Email Kind = "email"
	HTTP  Kind = "http" // a POST, over HTTPS too
)

// Delivery is one message to one address.
type Delivery struct {
	// ID tells deliveries apart: one that was put into the outbox before is not put again. Mail carries it as its
	// Message-ID, so that who gets a message twice can know.
	ID      string `json:"id"`
	Kind    Kind   `json:"kind"`
	Address string `json:"address"` // a mail address, or a URL
	Subject string `json:"subject,omitzero"`
	// Body is plain text in mail; in a post it is of ContentType.
	Body        string            `json:"body"`
	ContentType string            `json:"contentType,omitzero"`
	Header      map[string]string `json:"header,omitzero"` // of a post, besides
	Created     time.Time         `json:"created"`
}

// Transport takes one kind of delivery to its address. It is safe for concurrent use, and ends with ctx.
type Transport interface {
	Deliver(ctx context.Context, d *Delivery) error
}

// errRefused marks a failure that no other try will mend.
var errRefused = errors.New("refused for good")

// Refused is err as one that no other try will mend: who makes a Transport says so with it.
func Refused(err error) error { return errors.Join(errRefused, err) }
