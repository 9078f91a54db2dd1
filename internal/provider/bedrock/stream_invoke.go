package bedrock

import (
	"encoding/base64"
	"errors"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// chunkReader passes the chunks of InvokeModelWithResponseStream on, whatever family they are of. It looks into them
// for the usage, and for what Claude's chunks say of their kind.
type chunkReader struct {
	chunk   []byte // the last one, decoded
	usage   chat.Usage
	counted bool // usage was told by the chunks themselves
	metrics bool // usage was told by Bedrock
	any     bool
	stopped bool // a family that says when it stops has said so
	typed   bool // the family's chunks have types
}

// metricsMember is what Bedrock merges into the last chunk.
const metricsMember = "amazon-bedrock-invocationMetrics"

var errNoBytes = errors.New("a chunk without bytes")

func (r *chunkReader) event(f *awswire.Frame, e *chat.Event) (bool, error) {
	e.NativeType, e.Native = eventName(f), f.Payload
	if e.NativeType != "chunk" {
		e.Kind = chat.BlockStop
		return true, nil
	}
	coded := member(f.Payload, "bytes")
	if len(coded) < 2 || coded[0] != '"' {
		return false, errNoBytes
	}
	coded = coded[1 : len(coded)-1]
	var err error
	if r.chunk, err = base64.StdEncoding.AppendDecode(r.chunk[:0], coded); err != nil {
		return false, err
	}
	r.look(e)
	r.any = true
	return true, nil
}

// look finds what a chunk says. Without a type of its own it is content.
func (r *chunkReader) look(e *chat.Event) {
	e.Kind, e.Size = chat.BlockDelta, contentSize(r.chunk)
	for o := jsonscan.New(r.chunk); o.Next(); {
		switch string(o.Name) {
		case "type":
			r.typed = true
			e.Kind = chunkKind(o.Value)
		case "message":
			r.counted = anthropic.ReadUsage(member(o.Value, "usage"), &r.usage) || r.counted
		case "usage":
			r.counted = anthropic.ReadUsage(o.Value, &r.usage) || r.counted
		case metricsMember:
			r.note(o.Value)
		}
	}
	if e.Kind != chat.BlockDelta {
		e.Size = 0
	}
	r.stopped = r.stopped || e.Kind == chat.MessageStop
	if e.Kind == chat.MessageStart {
		e.Usage = r.usage
	}
}

// note takes Bedrock's own counts, which do not tell the lifetimes of what was cached: Claude's chunks do.
func (r *chunkReader) note(raw []byte) {
	u, ok := metricsUsage(raw)
	if !ok {
		return
	}
	if u.CacheWrite() == r.usage.CacheWrite() {
		u.CacheWrite5m, u.CacheWrite1h = r.usage.CacheWrite5m, r.usage.CacheWrite1h
	}
	r.usage, r.metrics = u, true
}

// chunkKind is what a chunk of Claude's is to routing.
func chunkKind(quoted []byte) chat.EventKind {
	switch string(quoted) {
	case `"content_block_start"`:
		return chat.BlockStart
	case `"content_block_delta"`:
		return chat.BlockDelta
	case `"message_start"`, `"ping"`:
		return chat.MessageStart
	case `"message_delta"`:
		return chat.MessageStop
	}
	return chat.BlockStop
}

// contentSize is about how many bytes of content a chunk has: the longest string in it, which is the text in every
// family's chunks but the shortest.
func contentSize(chunk []byte) int {
	longest, start := 0, -1
	for i, c := range chunk {
		if c != '"' || i > 0 && chunk[i-1] == '\\' {
			continue
		}
		if start >= 0 {
			longest, start = max(longest, i-start-1), -1
		} else {
			start = i
		}
	}
	return longest
}

// end is where the usage goes out: by then every chunk has been passed on. A family without types is complete when
// Bedrock has counted, or when it has said anything: its chunks do not tell.
func (r *chunkReader) end() (chat.Usage, bool) {
	u := r.usage
	u.Estimated = !r.metrics && !r.counted
	return u, r.metrics || r.stopped || r.any && !r.typed
}
