package bedrock

import (
	"context"
	"io"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// Stream returns once the upstream has begun to answer.
func (p *Provider) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	o, read, err := prepare(r)
	if err != nil {
		return nil, err
	}
	resp, err := p.call(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := upstream.Streamed(resp, typeStream); err != nil {
		return nil, err
	}
	return &stream{Reading: upstream.Reading{Response: resp}, ctx: ctx, request: r, frames: awswire.NewFrameReader(resp.Body), read: read}, nil
}

// prepare is the request, and how the events of its answer are read.
func prepare(r *provider.Request) (*outgoing, reader, error) {
	switch {
	case native(r, chat.InvokeDialect):
		o := newOutgoing(r, invokeStream, typeStream, r.Native.Body)
		o.invokeHeader(r.Native.Invoke)
		return o, new(chunkReader), nil
	case native(r, chat.ConverseDialect):
		return newOutgoing(r, converseStream, typeStream, r.Native.Body), new(eventReader), nil
	}
	body, err := dialect.EncodeRequest(r.Model, r.Chat, true)
	if err != nil {
		return nil, nil, err
	}
	return newOutgoing(r, converseStream, typeStream, body), new(translator), nil
}

// reader makes events of frames.
type reader interface {
	// event reads one frame into e, which is empty, and reports whether there is anything to tell.
	event(f *awswire.Frame, e *chat.Event) (tell bool, err error)
	// end is what to do when the upstream has closed the stream without telling the usage: complete reports
	// whether the answer was, and u is what is known of the usage.
	end() (u chat.Usage, complete bool)
}

// stream reads an answer on its caller's goroutine.
type stream struct {
	upstream.Reading
	ctx     context.Context // of the call, which outlives the function that began it
	request *provider.Request
	frames  *awswire.FrameReader
	read    reader

	event   chat.Event
	size    int  // bytes of content so far
	content bool // the caller has seen part of the answer
	counted bool // the usage has been told
}

// Next returns the next event.
func (s *stream) Next() (*chat.Event, error) {
	if s.Ended != nil {
		return nil, s.Ended
	}
	if err := s.next(); err != nil {
		return nil, s.End(err)
	}
	s.note()
	return &s.event, nil
}

func (s *stream) note() {
	e := &s.event
	s.content = s.content || e.IsContent()
	s.size += len(e.Text) + e.Size
	if e.Kind == chat.Metadata {
		s.counted = true
		if e.Usage.Estimated {
			e.Usage = s.request.Estimate(s.size)
		}
	}
}

func (s *stream) next() error {
	for {
		if s.counted && s.closes() {
			return io.EOF
		}
		f, err := s.frames.Next()
		if err == io.EOF {
			return s.end()
		}
		if err != nil {
			return s.failed(err)
		}
		if err := s.failure(f); err != nil {
			return err
		}
		s.event = chat.Event{}
		tell, err := s.read.event(f, &s.event)
		if err != nil {
			return s.failed(err)
		}
		if tell {
			return nil
		}
	}
}

// closes reports whether nothing follows the usage. Behind the last chunk of InvokeModel may come others.
func (s *stream) closes() bool {
	_, more := s.read.(*chunkReader)
	return !more
}

// end is the upstream's end of the stream. A complete answer without usage gets an estimated one.
func (s *stream) end() error {
	if s.counted {
		return io.EOF
	}
	u, complete := s.read.end()
	if !complete {
		return s.failed(io.ErrUnexpectedEOF)
	}
	s.event = chat.Event{Kind: chat.Metadata, Usage: u}
	return nil
}

// failure is the error that a frame carries, if it does.
func (s *stream) failure(f *awswire.Frame) error {
	if f.Is(":message-type", "event") {
		return nil
	}
	if name := f.Exception(); name != "" {
		return exception(name, f.Payload)
	}
	if f.Is(":message-type", "error") {
		said := said{Message: upstream.Clip(f.Get(":error-message"))}
		return said.fault(f.Get(":error-code"), 0)
	}
	return nil
}

func (s *stream) failed(err error) error { return upstream.StreamFault(s.ctx, err, s.content) }
