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
	upstream.Reading
	ctx     context.Context   // of the call, which outlives the function that began it
	request *provider.Request // to estimate its tokens, if the server does not count them
	decoder decoder
	content bool // the caller has seen part of the answer
}

// Next returns the next event.
func (s *stream) Next() (*chat.Event, error) {
	if s.Ended != nil {
		return nil, s.Ended
	}
	e, err := s.next()
	if err != nil {
		return nil, s.End(err)
	}
	if e.Kind == chat.Metadata && e.Usage.Estimated {
		e.Usage.Input = inputOf(s.request)
	}
	s.content = s.content || e.IsContent()
	return e, nil
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
	n, err := s.Body.Read(room)
	s.decoder.Filled(n)
	switch {
	case n > 0 || err == nil:
		return nil // an error comes again
	case err == io.EOF:
		return s.decoder.End()
	}
	return upstream.StreamFault(s.ctx, err, s.content)
}
