package openai

import (
	"bytes"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// chunk is one event of a stream.
type chunk struct {
	id        string // of the message; read from the first chunk only
	content   string
	refusal   string
	reasoning string
	finish    string
	met       string // the stop sequence, from servers that name it
	calls     []fragment
	usage     usage
	hasUsage  bool
	err       apiError
}

// fragment is a piece of a tool call.
type fragment struct {
	index           int // -1 when the server gave none
	id, name, input string
}

// chunkReader reads chunks token by token: a stream has thousands of them, and most of what each says is not needed.
type chunkReader struct {
	chunk
	in     bytes.Buffer
	dec    jsontext.Decoder
	skipID bool // the message's id is known

	frame      frame
	contentEnd int64 // where the content's string ended in the line
}

// read reads one chunk from a line of JSON, which it does not keep.
func (r *chunkReader) read(line []byte) error {
	r.chunk = chunk{calls: r.calls[:0]}
	if text, ok := r.frame.cut(line); ok {
		r.content = text
		return nil
	}
	r.in = *bytes.NewBuffer(line)
	r.dec.Reset(&r.in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if r.dec.PeekKind() != '{' {
		return errNoObject
	}
	if err := r.object(inChunk); err != nil {
		return err
	}
	if _, err := r.dec.ReadToken(); err != io.EOF {
		return errTrailing
	}
	r.frame.learn(line, &r.chunk, r.contentEnd)
	return nil
}

type chunkError string

func (e chunkError) Error() string { return string(e) }

const (
	errNoObject = chunkError("an event of the stream is not a JSON object")
	errTrailing = chunkError("an event of the stream has something behind its JSON object")
)

// place is an object of a chunk that has members worth reading.
type place uint8

const (
	inChunk place = iota
	inChoice
	inDelta
	inCall
	inFunction
	inUsage
	inDetails
)

// object reads the next value when that is an object, and skips any other.
func (r *chunkReader) object(at place) error {
	if r.dec.PeekKind() != '{' {
		return r.dec.SkipValue()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() == '"' {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := r.member(at, name[1:len(name)-1]); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// list reads each element of the next value when that is an array, and skips any other.
func (r *chunkReader) list(at place) error {
	if r.dec.PeekKind() != '[' {
		return r.dec.SkipValue()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for kind := r.dec.PeekKind(); kind != ']' && kind != 0; kind = r.dec.PeekKind() {
		if at == inCall {
			r.calls = append(r.calls, fragment{index: -1})
		}
		if err := r.object(at); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// member reads or skips the value of one member. The name is as it stands in the line, without its quotes; no name
// that counts has an escape.
func (r *chunkReader) member(at place, name []byte) error {
	switch at {
	case inChunk:
		return r.chunkMember(name)
	case inChoice:
		switch string(name) {
		case "delta":
			return r.object(inDelta)
		case "finish_reason":
			return r.text(&r.finish)
		case "stop_reason":
			return r.text(&r.met)
		}
	case inDelta:
		switch string(name) {
		case "content":
			err := r.text(&r.content)
			r.contentEnd = r.dec.InputOffset()
			return err
		case "refusal":
			return r.text(&r.refusal)
		case "reasoning_content":
			return r.text(&r.reasoning)
		case "reasoning":
			if r.reasoning == "" { // some servers send both names for one text
				return r.text(&r.reasoning)
			}
		case "tool_calls":
			return r.list(inCall)
		}
	case inCall, inFunction:
		return r.callMember(name, &r.calls[len(r.calls)-1])
	case inUsage, inDetails:
		return r.usageMember(name)
	}
	return r.dec.SkipValue()
}

func (r *chunkReader) chunkMember(name []byte) error {
	switch string(name) {
	case "id":
		if !r.skipID {
			return r.text(&r.id)
		}
	case "choices":
		return r.list(inChoice)
	case "usage":
		r.hasUsage = r.hasUsage || r.dec.PeekKind() == '{'
		return r.object(inUsage)
	case "error":
		raw, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		return r.err.parse(raw)
	}
	return r.dec.SkipValue()
}

func (r *chunkReader) callMember(name []byte, f *fragment) error {
	switch string(name) {
	case "index":
		n, err := r.number()
		f.index = int(n)
		return err
	case "id":
		return r.text(&f.id)
	case "function":
		return r.object(inFunction)
	case "name":
		return r.text(&f.name)
	case "arguments":
		return r.text(&f.input)
	}
	return r.dec.SkipValue()
}

func (r *chunkReader) usageMember(name []byte) (err error) {
	switch string(name) {
	case "prompt_tokens":
		r.usage.Prompt, err = r.number()
	case "completion_tokens":
		r.usage.Completion, err = r.number()
	case "prompt_tokens_details":
		err = r.object(inDetails)
	case "cached_tokens":
		r.usage.Details.Cached, err = r.number()
	default:
		err = r.dec.SkipValue()
	}
	return err
}

// text reads a string. An object stands for its JSON: some servers send a tool's input so. Anything else is no text.
func (r *chunkReader) text(s *string) error {
	switch r.dec.PeekKind() {
	case '"':
		t, err := r.dec.ReadToken()
		if err == nil {
			*s = t.String()
		}
		return err
	case '{':
		raw, err := r.dec.ReadValue()
		*s = string(raw)
		return err
	}
	return r.dec.SkipValue()
}

// number reads a whole number; what is none counts as -1.
func (r *chunkReader) number() (int64, error) {
	raw, err := r.dec.ReadValue()
	if err != nil {
		return -1, err
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return -1, nil
	}
	return n, nil
}
