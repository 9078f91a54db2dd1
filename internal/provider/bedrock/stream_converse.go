package bedrock

import (
	"bytes"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// eventReader passes the events of ConverseStream on. Of the payloads it reads the usage and the stop reason; of a
// delta it only finds out how long it is.
type eventReader struct{ stopped bool }

func (r *eventReader) event(f *awswire.Frame, e *chat.Event) (bool, error) {
	e.NativeType, e.Native = eventName(f), f.Payload
	switch e.NativeType {
	case "messageStart":
		e.Kind = chat.MessageStart
	case "contentBlockStart":
		e.Kind = chat.BlockStart
	case "contentBlockDelta":
		e.Kind, e.Size = chat.BlockDelta, deltaSize(f.Payload)
	case "messageStop":
		r.stopped = true
		e.Kind, e.Stop = chat.MessageStop, chat.StopReason(bytes.Trim(member(f.Payload, "stopReason"), `"`))
	case "metadata":
		e.Kind = chat.Metadata
		var ok bool
		if e.Usage, ok = converseUsage(member(f.Payload, "usage")); !ok {
			e.Usage.Estimated = true
		}
	default: // contentBlockStop, and what is not known yet
		e.Kind = chat.BlockStop
	}
	return true, nil
}

func (r *eventReader) end() (chat.Usage, bool) { return chat.Usage{Estimated: true}, r.stopped }

// eventName is the event's name, without an allocation when it is one of those that are known.
func eventName(f *awswire.Frame) string {
	for i := range f.Headers {
		if h := &f.Headers[i]; h.Name == ":event-type" {
			for _, name := range [...]string{"contentBlockDelta", "chunk", "messageStart", "contentBlockStart", "contentBlockStop", "messageStop", "metadata"} {
				if string(h.Value) == name {
					return name
				}
			}
			return string(h.Value)
		}
	}
	return ""
}

// member finds a member of an object.
func member(body []byte, name string) []byte {
	for o := jsonscan.New(body); o.Next(); {
		if string(o.Name) == name {
			return o.Value
		}
	}
	return nil
}

// deltaSize is about how many bytes of content a delta adds: what stands around the text is left out.
func deltaSize(payload []byte) int {
	const around = len(`{"text":""}`)
	return max(0, len(member(payload, "delta"))-around)
}

// translator reads the events of ConverseStream for a caller who speaks something else.
type translator struct {
	decoder dialect.StreamDecoder
	stopped bool
}

func (t *translator) event(f *awswire.Frame, e *chat.Event) (bool, error) {
	read, err := t.decoder.Decode(eventName(f), f.Payload)
	if err != nil || read == nil {
		return false, err
	}
	*e = *read
	t.stopped = t.stopped || e.Kind == chat.MessageStop
	return true, nil
}

func (t *translator) end() (chat.Usage, bool) { return chat.Usage{Estimated: true}, t.stopped }
