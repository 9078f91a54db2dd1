package responses

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Echo is what an answer says again of its request: members of the response object.
type Echo struct{ members []byte }

// echo says what w asked for, and the defaults of what it did not.
func echo(w *request) Echo {
	b := appendOptional([]byte(`,"instructions":`), w.Instructions)
	b = append(b, `,"max_output_tokens":`...)
	if w.MaxOutput == nil {
		b = append(b, `null`...)
	} else {
		b = strconv.AppendInt(b, int64(*w.MaxOutput), 10)
	}
	b = append(b, `,"metadata":{`...)
	if len(w.Metadata) > 0 {
		object, _ := json.Marshal(w.Metadata, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)) // a map of strings always can be
		b = append(b[:len(b)-1], object[:len(object)-1]...)
	}
	b = append(b, `},"parallel_tool_calls":`...)
	b = strconv.AppendBool(b, w.Parallel == nil || *w.Parallel)
	b = append(b, `,"previous_response_id":null,"reasoning":{"effort":`...)
	if w.Reasoning == nil {
		w.Reasoning = new(reasoning)
	}
	b = appendOptional(b, w.Reasoning.Effort)
	b = appendOptional(append(b, `,"summary":`...), w.Reasoning.Summary)
	b = append(b, `},"store":false,"temperature":`...)
	b = appendNumber(b, w.Temperature)
	b = append(b, `,"text":{"format":`...)
	b = w.Text.appendFormat(b)
	b = append(b, `},"tool_choice":`...)
	if given(w.ToolChoice) {
		b = append(b, w.ToolChoice...)
	} else {
		b = append(b, `"auto"`...)
	}
	b = append(b, `,"tools":[`...)
	for i, t := range w.Tools {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, t...)
	}
	b = appendNumber(append(b, `],"top_p":`...), w.TopP)
	b = appendOptional(append(b, `,"truncation":"disabled","user":`...), w.User)
	return Echo{b}
}

// appendFormat appends text.format.
func (t *text) appendFormat(b []byte) []byte {
	if t == nil || t.Format == nil || t.Format.Type != "json_schema" {
		kind := "text"
		if t != nil && t.Format != nil && t.Format.Type != "" {
			kind = t.Format.Type
		}
		return append(quote(append(b, `{"type":`...), kind), '}')
	}
	f := t.Format
	b = quote(append(b, `{"type":"json_schema","name":`...), f.Name)
	b = append(append(b, `,"schema":`...), f.Schema...)
	if f.Description != "" {
		b = quote(append(b, `,"description":`...), f.Description)
	}
	b = append(b, `,"strict":`...)
	return append(strconv.AppendBool(b, f.Strict != nil && *f.Strict), '}')
}

// appendNumber appends a number whose default is 1.
func appendNumber(b []byte, v *float64) []byte {
	if v == nil {
		return append(b, `1.0`...)
	}
	return strconv.AppendFloat(b, *v, 'g', -1, 64)
}

func appendOptional(b []byte, s *string) []byte {
	if s == nil {
		return append(b, `null`...)
	}
	return quote(b, *s)
}

// quote appends a JSON string; bytes that are no UTF-8 are replaced.
func quote[T []byte | string](b []byte, s T) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
