package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// The sentences for a caller, who can do nothing about a server that fails.
const (
	Unavailable = "The model's server is not available. Try your request again."
	TooSlow     = "The model took too long to answer. Try your request again."
	TooMany     = "Too many requests, please wait before trying again."
	Refused     = "The model's server refused this gateway."
	Broken      = "The model stream broke before its answer was complete. Try your request again."
)

// Fault sorts failures on the way to a server into what a caller may learn: ModelTimeout when it was too slow,
// ServiceUnavailable otherwise. A context that has ended stays what it is.
func Fault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var e *Error
	if errors.As(err, &e) && e.Timeout() && e.Step != Dial {
		return fault.Wrap(fault.ModelTimeout, err, TooSlow)
	}
	return fault.Wrap(fault.ServiceUnavailable, err, Unavailable)
}

// StreamFault is Fault for a stream that cannot be read on. Once the caller has seen content no other server may be
// tried, and it is a ModelStreamError; until then an error that is a *fault.Error already stays what it is.
func StreamFault(ctx context.Context, err error, content bool) error {
	var e *fault.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case content:
		return fault.Wrap(fault.ModelStreamError, err, Broken)
	case errors.As(err, &e):
		return err
	}
	return Fault(ctx, err)
}

// Bytes read at most of an answer, and of an answer that is an error.
const (
	mostAnswer = 64 << 20
	mostError  = 64 << 10
)

// Whole reads and closes the body of r, in one buffer when its length is known. Errors are those of Fault.
func Whole(ctx context.Context, r *Response) ([]byte, error) {
	defer r.Body.Close()
	var body []byte
	var err error
	switch {
	case r.Length > mostAnswer:
		err = fmt.Errorf("the answer has %d bytes, the most that is read is %d", r.Length, mostAnswer)
	case r.Length >= 0:
		body = make([]byte, r.Length)
		_, err = io.ReadFull(r.Body, body)
	default:
		if body, err = io.ReadAll(io.LimitReader(r.Body, mostAnswer+1)); len(body) > mostAnswer {
			err = fmt.Errorf("the answer has more than %d bytes", mostAnswer)
		}
	}
	if err != nil {
		return nil, Fault(ctx, err)
	}
	return body, nil
}

// RetryAfter reads HTTP's header of that name, seconds or a date. Nonsense, and what is longer than a day, is no advice.
func RetryAfter(h Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds < mostRetry.Seconds() {
		wait = time.Duration(seconds * float64(time.Second))
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(now)
	}
	if wait < 0 || wait > mostRetry {
		return 0
	}
	return wait
}

const mostRetry = 24 * time.Hour

// Refusal turns an answer with an error status into what a caller may learn; said is its body, as far as it came and no
// further than 64 KiB.
type Refusal func(r *Response, said []byte, now time.Time) error

// Accept returns an answer whose status is 200. Of any other it reads and closes the body, and returns the refusal.
func Accept(ctx context.Context, r *Response, refusal Refusal) (*Response, error) {
	if r.Status == http.StatusOK {
		return r, nil
	}
	defer r.Body.Close()
	said, err := io.ReadAll(io.LimitReader(r.Body, mostError))
	if err != nil && ctx.Err() != nil {
		return nil, Fault(ctx, err)
	}
	return nil, refusal(r, said, time.Now())
}

// Streamed refuses an answer to a streamed call that is no stream of the type, and closes its body then.
func Streamed(r *Response, mediaType string) error {
	kind := r.Header.Get("Content-Type")
	if strings.HasPrefix(kind, mediaType) {
		return nil
	}
	r.Body.Close()
	return fault.Wrap(fault.ServiceUnavailable, fmt.Errorf("a streamed call was answered with Content-Type %q, not %s", kind, mediaType), Unavailable)
}
