package doortest

import (
	"context"
	"io"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

// Script is a provider that answers as it is told. Its zero value answers with nothing.
type Script struct {
	Response *chat.Response
	Events   []chat.Event
	Err      error // instead of an answer, or behind the last event
	Passes   chat.Dialect
	// Hold keeps a stream from going on behind its last event until it is closed; it tells Held of that.
	Hold bool
	Held chan struct{}

	Asked *provider.Request // the last request
}

var _ provider.Speaker = (*Script)(nil)

// Speaks implements provider.Speaker.
func (s *Script) Speaks(d chat.Dialect, _ string) bool { return d == s.Passes }

// Chat implements provider.Provider.
func (s *Script) Chat(_ context.Context, r *provider.Request) (*chat.Response, error) {
	s.Asked = r
	return s.Response, s.Err
}

// Stream implements provider.Provider.
func (s *Script) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	s.Asked = r
	if len(s.Events) == 0 {
		return nil, s.Err
	}
	return &scripted{script: s, ctx: ctx}, nil
}

// CountTokens implements provider.Provider.
func (s *Script) CountTokens(_ context.Context, r *provider.Request) (int64, bool, error) {
	s.Asked = r
	return 42, true, s.Err
}

// Embed implements provider.Provider.
func (s *Script) Embed(context.Context, *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	return nil, errNoVectors()
}

// Rerank implements provider.Provider.
func (s *Script) Rerank(context.Context, *provider.RerankRequest) (*chat.RerankResponse, error) {
	return nil, errNoVectors()
}

func errNoVectors() error { return fault.New(fault.Validation, "A script has no vectors.") }

type scripted struct {
	script *Script
	ctx    context.Context
	next   int
}

func (s *scripted) Next() (*chat.Event, error) {
	if s.next < len(s.script.Events) {
		s.next++
		return &s.script.Events[s.next-1], nil
	}
	if s.script.Hold {
		s.script.Held <- struct{}{}
		<-s.ctx.Done()
		s.script.Held <- struct{}{}
		return nil, context.Cause(s.ctx)
	}
	if s.script.Err != nil {
		return nil, s.script.Err
	}
	return nil, io.EOF
}

func (*scripted) Close() error { return nil }
