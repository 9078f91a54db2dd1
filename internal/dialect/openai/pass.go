package openai

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// AppendPassed adds the body of a chat completions request as another server of the dialect gets it: byte for byte, but
// for the name of the model, and for stream_options, which must ask for the usage that a stream is metered by. It reports
// whether the caller had asked for that too. Errors are *fault.Error with the code Validation.
func AppendPassed(b, body []byte, t Target) (out []byte, usage bool, err error) {
	model, options, err := spans(body)
	if err != nil {
		return b, false, malformed.Fault(err)
	}
	name := quoted(t.Model)
	if !t.Stream {
		return splice(b, body, edit{model, name}), false, nil
	}
	if options.to == 0 {
		return splice(b, body, edit{model, append(name, `,"stream_options":{"include_usage":true}`...)}), false, nil
	}
	var o streamOptions
	if err := json.Unmarshal(body[options.from:options.to], &o); err != nil {
		return b, false, malformed.Fault(malformed.Under(malformed.Seen(err), "stream_options"))
	}
	if o.Usage {
		return splice(b, body, edit{model, name}), true, nil
	}
	o.Usage = true
	asking, err := json.Marshal(&o)
	if err != nil {
		return b, false, malformed.Fault(err)
	}
	first, second := edit{model, name}, edit{options, asking}
	if options.from < model.from {
		first, second = second, first
	}
	return splice(b, body, first, second), false, nil
}

// span is a part of a body.
type span struct{ from, to int }

// edit is what a part of a body is replaced by.
type edit struct {
	span
	by []byte
}

// splice adds a body with its edits, which are in order.
func splice(b, body []byte, edits ...edit) []byte {
	at := 0
	for _, e := range edits {
		b = append(append(b, body[at:e.from]...), e.by...)
		at = e.to
	}
	return append(b, body[at:]...)
}

// spans finds the values of model, which must be there once, and of stream_options.
func spans(body []byte) (model, options span, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if d.PeekKind() != '{' {
		return model, options, malformed.New("expected type: JSONObject")
	}
	_, err = d.ReadToken()
	for err == nil && d.PeekKind() == '"' {
		var name jsontext.Token
		if name, err = d.ReadToken(); err != nil {
			break
		}
		var found *span
		switch name.String() {
		case "model":
			found = &model
		case "stream_options":
			found = &options
		default:
			err = d.SkipValue()
			continue
		}
		if found.to != 0 {
			return model, options, malformed.New("the keys [model] and [stream_options] may stand there once only")
		}
		var value jsontext.Value
		value, err = d.ReadValue()
		found.to = int(d.InputOffset())
		found.from = found.to - len(value)
	}
	if err == nil {
		_, err = d.ReadToken()
	}
	switch {
	case err != nil:
	case model.to == 0:
		err = malformed.Missing("model")
	case len(bytes.TrimSpace(body[d.InputOffset():])) > 0:
		err = errTrailing
	}
	return model, options, err
}

// DecodePassed reads of a whole answer that is passed on what it is metered by: why it ended, and its usage, which is
// estimated when the server reported none. Native is the answer itself. Errors are those of DecodeResponse.
func DecodePassed(data []byte) (*chat.Response, error) {
	var r struct {
		ID      string `json:"id"`
		Choices []struct {
			FinishReason string   `json:"finish_reason"`
			StopReason   sequence `json:"stop_reason"`
		} `json:"choices"`
		Usage *usage   `json:"usage"`
		Error apiError `json:"error"`
	}
	if err := json.Unmarshal(data, &r, lenient()); err != nil {
		return nil, unreadable(err)
	}
	u := r.Usage.chat()
	if r.Error.present || len(r.Choices) == 0 || u.Estimated {
		whole, err := DecodeResponse(data, newID)
		if err != nil {
			return nil, err
		}
		whole.Native = data
		return whole, nil
	}
	answer := &chat.Response{ID: r.ID, Usage: u, Native: data}
	answer.Stop, answer.StopSequence = stop(r.Choices[0].FinishReason, string(r.Choices[0].StopReason), false)
	return answer, nil
}
