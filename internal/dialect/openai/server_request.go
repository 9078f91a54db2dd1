package openai

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// Ask is a request as a server of the dialect gets it.
type Ask struct {
	Chat *chat.Request
	// Model is the model the body names, "" when it names none.
	Model string
	// Stream is what the body says of streaming, nil when it says nothing.
	Stream *bool
	// Usage is set when the caller wants the chunk with the usage at the end of a stream.
	Usage bool
}

// asked is the body of a request. Members that chat has no word for, such as seed and logit_bias, stay in Rest and
// become chat.Request.Extra.
type asked struct {
	Model         string            `json:"model"`
	Messages      []askedMessage    `json:"messages"`
	MaxTokens     *int              `json:"max_tokens"`
	MaxCompletion *int              `json:"max_completion_tokens"`
	Temperature   *float64          `json:"temperature"`
	TopP          *float64          `json:"top_p"`
	TopK          *int              `json:"top_k"`
	Stop          stopList          `json:"stop"`
	N             *int              `json:"n"`
	Stream        *bool             `json:"stream"`
	StreamOptions *streamOptions    `json:"stream_options"`
	Tools         []askedTool       `json:"tools"`
	ToolChoice    jsontext.Value    `json:"tool_choice"`
	Parallel      *bool             `json:"parallel_tool_calls"`
	Format        jsontext.Value    `json:"response_format"`
	Effort        *string           `json:"reasoning_effort"`
	Tier          *string           `json:"service_tier"`
	Metadata      map[string]string `json:"metadata"`
	Logprobs      *bool             `json:"logprobs"`
	Functions     jsontext.Value    `json:"functions"`
	FunctionCall  jsontext.Value    `json:"function_call"`
	Modalities    []string          `json:"modalities"`
	Rest          jsontext.Value    `json:",embed"`
}

type streamOptions struct {
	Usage bool           `json:"include_usage"`
	Rest  jsontext.Value `json:",embed"`
}

// DecodeRequest reads the body of a chat completions request as a server gets it. System and developer messages become
// the system text, wherever they stand; turns of one role that follow each other become one. Fields that chat has no
// word for are in Chat.Extra under their own names. Every error is a *fault.Error with the code Validation.
func DecodeRequest(body []byte) (*Ask, error) {
	var w asked
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := w.chat()
	if err != nil {
		return nil, malformed.Fault(err)
	}
	return &Ask{Chat: r, Model: w.Model, Stream: w.Stream, Usage: w.StreamOptions != nil && w.StreamOptions.Usage}, nil
}

func (w *asked) chat() (*chat.Request, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	r := &chat.Request{
		Inference: chat.Inference{MaxTokens: w.MaxCompletion, Temperature: w.Temperature, TopP: w.TopP, TopK: w.TopK, Stop: w.Stop},
		Metadata:  w.Metadata, Extra: w.Rest,
	}
	if w.MaxCompletion == nil {
		r.Inference.MaxTokens = w.MaxTokens
	}
	if w.Tier != nil && *w.Tier != "auto" {
		r.Tier = *w.Tier
	}
	var err error
	if r.System, r.Messages, err = turns(w.Messages); err != nil {
		return nil, malformed.Under(err, "messages")
	}
	if err := w.tools(r); err != nil {
		return nil, err
	}
	w.effort(r)
	return r, malformed.Under(w.format(r), "response_format")
}

// check refuses what no answer could honour, and numbers out of range.
func (w *asked) check() error {
	switch {
	case w.Messages == nil:
		return malformed.Missing("messages")
	case len(w.Messages) == 0:
		return malformed.At("messages", "expected minimum item count: 1, found: 0")
	case w.N != nil && *w.N != 1:
		return malformed.At("n", "%d choices are not supported, only 1", *w.N)
	case w.Logprobs != nil && *w.Logprobs:
		return malformed.At("logprobs", "log probabilities are not supported")
	case given(w.Functions), given(w.FunctionCall):
		return malformed.New("extraneous key [functions] is not permitted, use [tools]")
	case slices.ContainsFunc(w.Modalities, func(m string) bool { return m != "text" }):
		return malformed.At("modalities", "only text is supported")
	case w.MaxTokens != nil && *w.MaxTokens < 1:
		return malformed.At("max_tokens", "%d is not greater or equal to 1", *w.MaxTokens)
	case w.MaxCompletion != nil && *w.MaxCompletion < 1:
		return malformed.At("max_completion_tokens", "%d is not greater or equal to 1", *w.MaxCompletion)
	case w.TopK != nil && *w.TopK < -1:
		return malformed.At("top_k", "%d is not greater or equal to -1", *w.TopK)
	}
	if err := between("temperature", w.Temperature, 2); err != nil {
		return err
	}
	return between("top_p", w.TopP, 1)
}

// between refuses a number that is negative or above most.
func between(name string, v *float64, most float64) error {
	switch {
	case v != nil && *v < 0:
		return malformed.At(name, "%v is not greater or equal to 0", *v)
	case v != nil && *v > most:
		return malformed.At(name, "%v is not less or equal to %v", *v, most)
	}
	return nil
}

// given reports whether an optional value is there; null is as good as nothing.
func given(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

// effort reads reasoning_effort. Efforts beyond chat's three go on under their own name.
func (w *asked) effort(r *chat.Request) {
	if w.Effort == nil {
		return
	}
	switch *w.Effort {
	case "low", "medium", "high":
		r.Thinking = &chat.Thinking{Effort: *w.Effort}
	default:
		r.Extra = withExtra(r.Extra, "reasoning_effort", quoted(*w.Effort))
	}
}

// format reads response_format. The form that demands any JSON object goes on under its own name.
func (w *asked) format(r *chat.Request) error {
	if !given(w.Format) {
		return nil
	}
	var f struct {
		Type   string `json:"type"`
		Schema *struct {
			Name        string         `json:"name"`
			Description string         `json:"description"`
			Strict      *bool          `json:"strict"`
			Schema      jsontext.Value `json:"schema"`
		} `json:"json_schema"`
	}
	if err := json.Unmarshal(w.Format, &f); err != nil {
		return malformed.Seen(err)
	}
	switch f.Type {
	case "text":
	case "json_object":
		r.Extra = withExtra(r.Extra, "response_format", w.Format)
	case "json_schema":
		if f.Schema == nil || f.Schema.Schema.Kind() != '{' {
			return malformed.Missing("json_schema")
		}
		r.Output = &chat.OutputSchema{Name: f.Schema.Name, Description: f.Schema.Description, Schema: string(f.Schema.Schema)}
	default:
		return malformed.At("type", "%s is not a valid enum value", f.Type)
	}
	return nil
}

// withExtra adds a member to the fields of the caller's own.
func withExtra(extra jsontext.Value, name string, value jsontext.Value) jsontext.Value {
	out := append([]byte(nil), extra...)
	if len(extra) == 0 {
		out = append(out, '{')
	} else if out = out[:len(out)-1]; len(extra) > len("{}") {
		out = append(out, ',')
	}
	out = append(append(out, quoted(name)...), ':')
	return append(append(out, value...), '}')
}

func quoted(s string) jsontext.Value {
	v, _ := jsontext.AppendQuote(nil, s)
	return v
}

// stopList is one stop sequence or several.
type stopList []string

// UnmarshalJSONFrom reads either form.
func (s *stopList) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '"' {
		return json.UnmarshalDecode(d, (*[]string)(s))
	}
	var one string
	err := json.UnmarshalDecode(d, &one)
	*s = stopList{one}
	return err
}

// unsupported is a fault for a part of a request that no model behind this API could be given.
func unsupported(format string, args ...any) error {
	return fault.New(fault.Validation, format, args...)
}
