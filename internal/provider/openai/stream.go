package openai

import (
	"context"
	"io"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// decoder turns bytes into events, as dialect.StreamDecoder does.
type decoder interface {
	Room() ([]byte, error)
	Filled(n int)
	Next() (*chat.Event, error)
	End() error
}

// stream reads an answer on its caller's goroutine.
type stream struct {
	ctx     context.Context // of the call, which outlives the function that began it
	resp    *upstream.Response
	request *provider.Request // to estimate its tokens, if the server does not count them
	decoder decoder
	content bool  // the caller has seen part of the answer
	ended   error // what every further Next returns
}

// Next returns the next event.
func (s *stream) Next() (*chat.Event, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	e, err := s.next()
	switch {
	case err == nil && e.Kind == chat.Metadata && e.Usage.Estimated:
		e.Usage.Input = inputOf(s.request)
	case err == nil:
		s.content = s.content || e.IsContent()
	case err == io.EOF: // not errors.Is: a failure may have an EOF for its cause
		s.ended = io.EOF
		s.resp.Finish()
	default:
		s.ended = err
		s.resp.Body.Close()
	}
	return e, err
}

func (s *stream) next() (*chat.Event, error) {
	for {
		e, err := s.decoder.Next()
		if e != nil || err != nil {
			return e, err
		}
		if err := s.read(); err != nil {
			return nil, err
		}
	}
}

// read gives the decoder what has come.
func (s *stream) read() error {
	room, err := s.decoder.Room()
	if err != nil {
		return err
	}
	n, err := s.resp.Body.Read(room)
	s.decoder.Filled(n)
	switch {
	case n > 0 || err == nil:
		return nil // an error comes again
	case err == io.EOF:
		return s.decoder.End()
	}
	return upstream.StreamFault(s.ctx, err, s.content)
}

// Close releases the connection.
func (s *stream) Close() error {
	if s.ended == nil {
		s.ended = io.ErrClosedPipe
	}
	return s.resp.Body.Close()
}
