package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// firstRead is how much is set aside for a body whose length is not announced, and the most for
// one whose announced length has not yet begun to arrive.
const firstRead = 64 << 10

// readBody reads a whole request body within the limits. A client that announces more than the
// limit is refused before anything is read.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	limits := s.limits.Load()
	limit := limits.Body
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // what follows is not worth reading
		return nil, tooLarge(limit)
	}
	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(time.Now().Add(limits.BodyTimeout)); err != nil {
		return nil, err
	}
	body, err := readAll(http.MaxBytesReader(w, r.Body, limit), r.ContentLength)
	if err != nil {
		return nil, s.bodyFault(err)
	}
	// The connection is watched for a client that leaves: with the deadline still set, a long call
	// would look like one.
	return body, rc.SetReadDeadline(time.Time{})
}

// readAll is io.ReadAll with the announced length as a hint that a client cannot abuse.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	size := int64(firstRead)
	if announced >= 0 {
		size = min(size, announced+1) // one more byte, so that the end is seen without growing
	}
	b := make([]byte, 0, size)
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}

// bodyFault is what a client is told whose body could not be read.
func (s *Server) bodyFault(err error) error {
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return tooLarge(big.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fault.Wrap(fault.RequestTimeout, err, "The request body did not arrive within %s.", s.limits.Load().BodyTimeout)
	}
	return fault.Wrap(fault.Serialization, err, "The request body could not be read.")
}

func tooLarge(limit int64) error {
	return fault.New(fault.RequestTooLarge, "The request body is larger than %d bytes.", limit)
}
