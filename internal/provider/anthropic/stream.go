package anthropic

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	dialects "github.com/outcrop/outcrop/internal/dialect"
	dialect "github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/sse"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// Stream returns once the server has begun to answer.
func (p *Provider) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	began := time.Now()
	resp, err := p.send(ctx, r, true)
	if err != nil {
		return nil, err
	}
	if err := upstream.Streamed(resp, typeStream); err != nil {
		return nil, err
	}
	s := &stream{Reading: upstream.Reading{Response: resp}, ctx: ctx, request: r, events: sse.NewReader(resp.Body), began: began}
	if passes(r) {
		s.passer = new(passer)
	}
	return s, nil
}

// stream reads an answer on its caller's goroutine.
type stream struct {
	upstream.Reading
	ctx     context.Context // of the call, which outlives the function that began it
	request *provider.Request
	events  *sse.Reader
	passer  *passer // nil for a caller who speaks something else

	decoder dialect.StreamDecoder
	waiting []chat.Event // decoded and not yet given out
	event   chat.Event   // the last one of a stream that is passed on
	last    dialects.Chunks

	began, first time.Time
	size         int  // bytes of content so far
	content      bool // the caller has seen part of the answer
	done         bool // the usage has been told
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
	s.note(e)
	return e, nil
}

func (s *stream) note(e *chat.Event) {
	if e.IsContent() && !s.content {
		s.content, s.first = true, time.Now()
	}
	s.size += len(e.Text) + e.Size
	if e.Kind != chat.Metadata {
		return
	}
	s.done = true
	if e.Usage.Total() == 0 {
		e.Usage = s.request.Estimate(s.size)
	}
	if s.passer != nil && s.request.Native.Dialect == chat.InvokeDialect {
		e.Native = s.metrics(e)
	}
}

func (s *stream) next() (*chat.Event, error) {
	for {
		if len(s.waiting) > 0 {
			e := &s.waiting[0]
			s.waiting = s.waiting[1:]
			return e, nil
		}
		if s.done {
			return nil, io.EOF
		}
		got, err := s.events.Next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // a whole answer ends with the usage
		}
		if err != nil {
			return nil, s.failed(err)
		}
		if got.Name == "error" || isError(got.Data) {
			return nil, parse(got.Data, 0).fault()
		}
		if s.passer == nil {
			if s.waiting, err = s.decoder.Decode(got.Data); err != nil {
				return nil, s.failed(err)
			}
			continue
		}
		tell, err := s.passer.event(got, &s.event)
		if err != nil {
			return nil, s.failed(err)
		}
		if tell {
			return &s.event, nil
		}
	}
}

// isError knows an error without the name of its event.
func isError(data []byte) bool {
	return strings.HasPrefix(string(data[:min(len(data), 16)]), `{"type":"error"`)
}

func (s *stream) failed(err error) error { return upstream.StreamFault(s.ctx, err, s.content) }

// metrics is the last chunk as Bedrock has it, with the counts and the time that the answer took.
func (s *stream) metrics(e *chat.Event) []byte {
	now := time.Now()
	t := dialects.Timing{Invocation: now.Sub(s.began).Milliseconds()}
	if !s.first.IsZero() {
		t.FirstByte = s.first.Sub(s.began).Milliseconds()
	}
	s.last.Reset()
	s.last.Raw(`{"type":"message_stop"`)
	s.last.Metrics(e.Usage, "", false, t)
	s.last.End(`}`)
	return s.last.Cut()[0]
}
