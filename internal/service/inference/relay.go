package inference

import (
	"errors"
	"io"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
)

// Relay hands every event of a stream to pass when it carries the caller's own dialect, else to write. An error of the
// stream is returned for its last piece; an error of pass or write means that the client has left.
func Relay(s *gateway.Stream, pass, write func(*chat.Event) error) error {
	passed := false
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case e.Native != nil:
			passed = true
			err = pass(e)
		case !passed:
			err = write(e)
		}
		if err != nil {
			return err
		}
	}
}
