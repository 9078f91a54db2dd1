package bedrockruntime

import (
	"errors"
	"io"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
)

// relay hands every event of a stream to send. An error of the stream is returned for the writer to
// put into its last frame; an error of send means that the client has left.
func relay(s *gateway.Stream, send func(*chat.Event) error) error {
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := send(e); err != nil {
			return err
		}
	}
}
