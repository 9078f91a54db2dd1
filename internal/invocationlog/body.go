package invocationlog

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/awswire"
)

// inputBody is the request as it is logged, or nil.
func (k *call) inputBody() jsontext.Value {
	if !k.config.Text || len(k.input) == 0 {
		return nil
	}
	body, err := k.config.cutMedia(k.input)
	if err != nil {
		return nil // no JSON: the call failed with a sentence that says so
	}
	return body
}

// outputBody is the answer as it is logged, or nil. A stream is the list of what was sent.
func (k *call) outputBody() jsontext.Value {
	if k.answer == nil || k.errorCode != "" && !k.streamed() || !k.config.outputDelivered(k.record) {
		return nil
	}
	b := k.answer.buf.Bytes()
	if k.streamed() {
		return list(k.chunks(b))
	}
	body, err := k.config.cutMedia(b)
	if err != nil {
		return nil // cut off, or kept only in part
	}
	return body
}

const (
	eventStream = "application/vnd.amazon.eventstream"
	sse         = "text/event-stream"
)

func (k *call) streamed() bool {
	return k.answer.kind == eventStream || strings.HasPrefix(k.answer.kind, sse)
}

// chunks takes a stream apart. What was cut off at its end is left out.
func (k *call) chunks(b []byte) []jsontext.Value {
	if k.answer.kind == eventStream {
		return frameChunks(b)
	}
	var all []jsontext.Value
	for line := range bytes.Lines(b) {
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if v := jsontext.Value(bytes.TrimSpace(data)); ok && v.IsValid() {
			all = append(all, v)
		}
	}
	return all
}

// frameChunks are the events of an event stream: a family's own chunk as it is, any other under its name.
func frameChunks(b []byte) []jsontext.Value {
	var all []jsontext.Value
	r := awswire.NewFrameReader(bytes.NewReader(b))
	for {
		f, err := r.Next()
		if err != nil {
			return all
		}
		v, err := event(f)
		if err == nil && v.IsValid(lenient) {
			all = append(all, v)
		}
	}
}

// event is one frame as it is logged, without the letters that pad it.
func event(f *awswire.Frame) (jsontext.Value, error) {
	if f.Event() == "chunk" {
		var part struct {
			Bytes []byte `json:"bytes"`
		}
		err := json.Unmarshal(f.Payload, &part)
		return part.Bytes, err
	}
	name := f.Event()
	if name == "" {
		name = f.Exception()
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(f.Payload, &members); err != nil {
		return nil, err
	}
	delete(members, "p")
	return json.Marshal(map[string]any{name: members}, lenient, json.Deterministic(true))
}

// list is an array of values.
func list(values []jsontext.Value) jsontext.Value {
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']')
}
