package anthropic

import (
	"errors"

	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
	"github.com/outcrop/outcrop/internal/provider/sse"
)

// passer passes the events of a Messages stream on. It reads the usage, and of the rest only what kind it is.
type passer struct{ usage chat.Usage }

var errNoEvent = errors.New("an event that is no JSON object with a type")

// event reads one event into e, and reports whether the caller gets it: pings are for this connection alone.
func (p *passer) event(in *sse.Event, e *chat.Event) (tell bool, err error) {
	var kind, delta []byte
	for o := jsonscan.New(in.Data); o.Next(); {
		switch string(o.Name) {
		case "type":
			kind = o.Value
		case "delta":
			delta = o.Value
		case "usage":
			dialect.ReadUsage(o.Value, &p.usage)
		case "message":
			p.message(o.Value)
		}
	}
	*e = chat.Event{Native: in.Data}
	switch string(kind) {
	case `"ping"`:
		return false, nil
	case `"message_start"`:
		e.Kind, e.Usage = chat.MessageStart, p.usage
	case `"content_block_start"`:
		e.Kind = chat.BlockStart
	case `"content_block_delta"`:
		const around = len(`{"type":"text_delta","text":""}`)
		e.Kind, e.Size = chat.BlockDelta, max(0, len(delta)-around)
	case `"message_delta"`:
		e.Kind, e.Stop = chat.MessageStop, stopOf(delta)
	case `"message_stop"`:
		e.Kind, e.Usage = chat.Metadata, p.usage
	case "":
		return false, errNoEvent
	default: // content_block_stop, and what is not known yet
		e.Kind = chat.BlockStop
	}
	return true, nil
}

// message reads what the first event tells.
func (p *passer) message(raw []byte) {
	for o := jsonscan.New(raw); o.Next(); {
		if string(o.Name) == "usage" {
			dialect.ReadUsage(o.Value, &p.usage)
		}
	}
}

func stopOf(delta []byte) chat.StopReason {
	for o := jsonscan.New(delta); o.Next(); {
		if string(o.Name) == "stop_reason" {
			return dialect.ReadStop(o.Value)
		}
	}
	return ""
}
