// Package responses reads requests of OpenAI's Responses API and writes its answers and streams.
//
// Only what needs no memory between two calls is spoken: a request holds the whole conversation, and what refers to
// something kept is refused. Reasoning of a model that signs it travels in encrypted_content, so that a caller
// who sends an item back sends the signature, too.
package responses

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
	"github.com/outcrop/outcrop/internal/fault"
)

// request is the body of POST /responses.
type request struct {
	Model        string            `json:"model"`
	Input        input             `json:"input"`
	Instructions *string           `json:"instructions"`
	MaxOutput    *int              `json:"max_output_tokens"`
	Temperature  *float64          `json:"temperature"`
	TopP         *float64          `json:"top_p"`
	Tools        []jsontext.Value  `json:"tools"`
	ToolChoice   jsontext.Value    `json:"tool_choice"`
	Parallel     *bool             `json:"parallel_tool_calls"`
	Reasoning    *reasoning        `json:"reasoning"`
	Text         *text             `json:"text"`
	Tier         *string           `json:"service_tier"`
	Metadata     map[string]string `json:"metadata"`
	User         *string           `json:"user"`
	Include      []string          `json:"include"`
	Truncation   *string           `json:"truncation"`
	Stream       *bool             `json:"stream"`

	// What needs a memory.
	Store        *bool          `json:"store"`
	Previous     *string        `json:"previous_response_id"`
	Background   *bool          `json:"background"`
	Conversation jsontext.Value `json:"conversation"`
	Prompt       jsontext.Value `json:"prompt"`

	TopLogprobs *int `json:"top_logprobs"`

	// What an answer does not depend on: hints for caches, for abuse detection, and for tools that are not here.
	CacheKey         jsontext.Value `json:"prompt_cache_key"`
	CacheRetention   jsontext.Value `json:"prompt_cache_retention"`
	SafetyIdentifier jsontext.Value `json:"safety_identifier"`
	StreamOptions    jsontext.Value `json:"stream_options"`
	MaxToolCalls     jsontext.Value `json:"max_tool_calls"`

	// Rest are fields that the API does not have. They become chat.Request.Extra.
	Rest jsontext.Value `json:",embed"`
}

type reasoning struct {
	Effort  *string        `json:"effort"`
	Summary *string        `json:"summary"`
	Rest    jsontext.Value `json:",embed"`
}

type text struct {
	Format *format        `json:"format"`
	Rest   jsontext.Value `json:",embed"` // verbosity
}

type format struct {
	Type        string         `json:"type"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Schema      jsontext.Value `json:"schema"`
	Strict      *bool          `json:"strict"`
}

// Ask is a request as it was read.
type Ask struct {
	Chat *chat.Request
	// Echo is what the answer says again of the request.
	Echo Echo
}

// DecodeRequest reads a body. Every error is a *fault.Error with the code Validation.
func DecodeRequest(body []byte) (*Ask, error) {
	var w request
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed.Fault(err)
	}
	if err := w.check(); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := w.chat()
	if err != nil {
		return nil, malformed.Fault(err)
	}
	return &Ask{Chat: r, Echo: echo(&w)}, nil
}

// check refuses what has no memory to be kept in, what no model here could honour, and numbers out of range.
func (w *request) check() error {
	if err := w.stateless(); err != nil {
		return err
	}
	switch {
	case w.Input == nil:
		return malformed.Missing("input")
	case len(w.Input) == 0:
		return malformed.At("input", "expected minimum item count: 1, found: 0")
	case w.MaxOutput != nil && *w.MaxOutput < 1:
		return malformed.At("max_output_tokens", "%d is not greater or equal to 1", *w.MaxOutput)
	case w.TopLogprobs != nil && *w.TopLogprobs > 0, slices.Contains(w.Include, "message.output_text.logprobs"):
		return refuse("Log probabilities are not supported.")
	case w.Truncation != nil && *w.Truncation == "auto":
		return refuse("truncation: only disabled is supported; nothing is dropped from a conversation.")
	}
	if err := between("temperature", w.Temperature, 2); err != nil {
		return err
	}
	return between("top_p", w.TopP, 1)
}

// stateless refuses what refers to something kept, or asks to keep something.
func (w *request) stateless() error {
	const send = " Responses are not stored here: send the whole conversation in input."
	switch {
	case w.Store != nil && *w.Store:
		return refuse("store: only false is supported." + send)
	case w.Previous != nil && *w.Previous != "":
		return refuse("previous_response_id is not supported." + send)
	case w.Background != nil && *w.Background:
		return refuse("background: only false is supported." + send)
	case given(w.Conversation):
		return refuse("conversation is not supported." + send)
	case given(w.Prompt):
		return refuse("prompt is not supported: prompts are not stored here. Send its text in instructions.")
	}
	return nil
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

// chat turns a checked body into chat's words.
func (w *request) chat() (*chat.Request, error) {
	r := &chat.Request{
		Inference: chat.Inference{MaxTokens: w.MaxOutput, Temperature: w.Temperature, TopP: w.TopP},
		Metadata:  w.Metadata, Extra: w.Rest,
	}
	if w.Instructions != nil && *w.Instructions != "" {
		r.System = append(r.System, chat.Text(*w.Instructions))
	}
	if w.Tier != nil && *w.Tier != "auto" {
		r.Tier = *w.Tier
	}
	system, messages, err := w.Input.turns()
	if err != nil {
		return nil, malformed.Under(err, "input")
	}
	r.System, r.Messages = append(r.System, system...), messages
	if r.Tools, err = w.tools(); err != nil {
		return nil, err
	}
	if w.Reasoning != nil && w.Reasoning.Effort != nil {
		if r.Thinking, err = effort(*w.Reasoning.Effort); err != nil {
			return nil, malformed.Under(err, "reasoning")
		}
	}
	if w.Text != nil && w.Text.Format != nil {
		if r.Output, err = w.Text.Format.schema(); err != nil {
			return nil, malformed.Under(err, "text", "format")
		}
	}
	return r, nil
}

// effort reads reasoning.effort. Less than low is no reasoning, more than high is high.
func effort(word string) (*chat.Thinking, error) {
	switch word {
	case "none", "minimal":
		return nil, nil
	case "low", "medium", "high":
		return &chat.Thinking{Effort: word}, nil
	case "xhigh", "max":
		return &chat.Thinking{Effort: "high"}, nil
	}
	return nil, malformed.At("effort", "%s is not a valid enum value", word)
}

func (f *format) schema() (*chat.OutputSchema, error) {
	switch f.Type {
	case "text", "":
		return nil, nil
	case "json_schema":
		if f.Schema.Kind() != '{' {
			return nil, malformed.Missing("schema")
		}
		return &chat.OutputSchema{Name: f.Name, Description: f.Description, Schema: string(f.Schema)}, nil
	case "json_object":
		return &chat.OutputSchema{Schema: `{"type":"object"}`}, nil
	}
	return nil, malformed.At("type", "%s is not a valid enum value", f.Type)
}

// given reports whether an optional value is there; null is as good as nothing.
func given(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

func refuse(sentence string) error { return fault.New(fault.Validation, "%s", sentence) }
