package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/outcrop/outcrop/internal/fault"
)

// The sentences for a caller, who can do nothing about a server that fails.
const (
	Unavailable = "The model's server is not available. Try your request again."
	TooSlow     = "The model took too long to answer. Try your request again."
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

// Refusal reads and closes the body of an answer that is an error, as far as it comes and no further than 64 KiB.
func Refusal(ctx context.Context, r *Response) ([]byte, error) {
	defer r.Body.Close()
	said, err := io.ReadAll(io.LimitReader(r.Body, mostError))
	if err != nil && ctx.Err() != nil {
		return nil, Fault(ctx, err)
	}
	return said, nil
}
