package upstream

import (
	"errors"
	"net"
	"time"
)

// Step is how far a call had come.
type Step string

// The steps of a call, in their order.
const (
	Prepare Step = "prepare the request"
	Dial    Step = "connect"
	Send    Step = "send the request"
	Head    Step = "read the response's head"
	Body    Step = "read the response's body"
)

// Error is a call that failed on the way, as opposed to one that was answered with an error.
type Error struct {
	Step    Step
	Address string // host and port
	Err     error
}

// Error names the step and the server.
func (e *Error) Error() string {
	return "cannot " + string(e.Step) + " (" + e.Address + "): " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether the server was too slow, as opposed to absent or wrong.
func (e *Error) Timeout() bool {
	var t net.Error
	return errors.As(e.Err, &t) && t.Timeout()
}

// protocolError is an answer that is not HTTP, or HTTP that could be read in two ways.
type protocolError string

func (e protocolError) Error() string { return "malformed response: " + string(e) }

// slow is a net.Error that names the limit.
type slow struct {
	what  string
	limit time.Duration
}

func (e slow) Error() string { return "no " + e.what + " within " + e.limit.String() }
func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }
