package responses

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

// AppendResponse adds a whole answer: the response object with one item for each block of content.
func AppendResponse(b []byte, r *chat.Response, env dialect.Envelope, e Echo) ([]byte, error) {
	w := object{env: env, echo: e}
	status := ending(r.Stop)
	var items []byte
	for i := range r.Content {
		it := out{number: i, status: "completed"}
		if i == len(r.Content)-1 {
			it.status = status
		}
		if err := it.fill(&r.Content[i]); err != nil {
			return b, err
		}
		if i > 0 {
			items = append(items, ',')
		}
		items = it.append(items, env.Request)
	}
	return w.append(b, status, items, r.Stop, &r.Usage), nil
}

// object is a response object.
type object struct {
	env  dialect.Envelope
	echo Echo
}

// append adds the object in one of its states. Usage is nil while it is not known.
func (o *object) append(b []byte, status string, items []byte, stop chat.StopReason, u *chat.Usage) []byte {
	b = append(append(b, `{"id":"resp_`...), plain(o.env.Request)...)
	b = append(b, `","object":"response","created_at":`...)
	b = strconv.AppendInt(b, o.env.Created, 10)
	b = append(append(b, `,"status":"`...), status...)
	b = append(b, `","background":false,"error":null,"incomplete_details":`...)
	if reason := shortfall(stop); status == "incomplete" && reason != "" {
		b = append(append(append(b, `{"reason":"`...), reason...), `"}`...)
	} else {
		b = append(b, `null`...)
	}
	b = quote(append(b, `,"model":`...), o.env.Model)
	b = append(append(append(b, `,"output":[`...), items...), ']')
	b = append(b, o.echo.members...)
	if u == nil {
		return append(b, `,"usage":null}`...)
	}
	return append(appendUsage(append(b, `,"usage":`...), *u), '}')
}

// appendUsage counts as OpenAI does: the input with what came from a cache or went into one.
func appendUsage(b []byte, u chat.Usage) []byte {
	b = strconv.AppendInt(append(b, `{"input_tokens":`...), u.Total()-u.Output, 10)
	b = strconv.AppendInt(append(b, `,"input_tokens_details":{"cached_tokens":`...), u.CacheRead, 10)
	b = strconv.AppendInt(append(b, `},"output_tokens":`...), u.Output, 10)
	b = strconv.AppendInt(append(b, `,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":`...), u.Total(), 10)
	return append(b, '}')
}

// ending is the status that a reason for the end gives an answer.
func ending(s chat.StopReason) string {
	if shortfall(s) != "" {
		return "incomplete"
	}
	return "completed"
}

// shortfall is why an answer is not all that it could have been.
func shortfall(s chat.StopReason) string {
	switch s {
	case chat.MaxTokens, chat.ContextExceeded:
		return "max_output_tokens"
	case chat.ContentFiltered, chat.GuardrailIntervened:
		return "content_filter"
	}
	return ""
}

// plain is a request's id without its hyphens.
func plain(id string) string { return strings.ReplaceAll(id, "-", "") }

// out is one item of an answer.
type out struct {
	kind   chat.BlockKind // TextBlock, ToolUseBlock or ReasoningBlock
	number int            // its place in the output
	status string

	text              []byte // or a tool's arguments
	callID, name      string
	signature, hidden string
}

// fill takes over a block of an answer.
func (it *out) fill(b *chat.Block) error {
	it.kind = b.Kind
	switch b.Kind {
	case chat.TextBlock, chat.GuardBlock:
		it.kind, it.text = chat.TextBlock, []byte(b.Text)
	case chat.ToolUseBlock:
		it.callID, it.name, it.text = b.ToolUse.ID, b.ToolUse.Name, b.ToolUse.Input
	case chat.ReasoningBlock:
		it.text, it.signature, it.hidden = []byte(b.Reasoning.Text), b.Reasoning.Signature, string(b.Reasoning.Redacted)
	case chat.CitationsBlock:
		var cited struct {
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		}
		if err := json.Unmarshal(b.Raw, &cited); err != nil {
			return fault.Wrap(fault.ModelError, err, "The model's answer has cited text that could not be read.")
		}
		it.kind = chat.TextBlock
		for _, c := range cited.Content {
			it.text = append(it.text, c.Text...)
		}
	default:
		return fault.New(fault.ModelError, "The model's answer has content that the Responses API cannot carry.")
	}
	return nil
}

// appendID adds the item's id in quotes. It tells the kind, the call and the place.
func (it *out) appendID(b []byte, request string) []byte {
	switch it.kind {
	case chat.ToolUseBlock:
		b = append(b, `"fc_`...)
	case chat.ReasoningBlock:
		b = append(b, `"rs_`...)
	default:
		b = append(b, `"msg_`...)
	}
	for i := range len(request) {
		if request[i] != '-' {
			b = append(b, request[i])
		}
	}
	b = append(b, '_')
	b = strconv.AppendInt(b, int64(it.number), 10)
	return append(b, '"')
}

// append adds the item as it is now.
func (it *out) append(b []byte, request string) []byte {
	b = it.appendID(append(b, `{"id":`...), request)
	switch it.kind {
	case chat.ToolUseBlock:
		b = append(append(b, `,"type":"function_call","status":"`...), it.status...)
		b = quote(append(b, `","call_id":`...), it.callID)
		b = quote(append(b, `,"name":`...), it.name)
		b = quote(append(b, `,"arguments":`...), it.text)
		return append(b, '}')
	case chat.ReasoningBlock:
		b = append(append(b, `,"type":"reasoning","status":"`...), it.status...)
		b = append(b, `","summary":[],"content":[`...)
		if len(it.text) > 0 {
			b = it.appendPart(b)
		}
		b = append(b, `],"encrypted_content":`...)
		return append(it.appendSeal(b), '}')
	}
	b = append(append(b, `,"type":"message","status":"`...), it.status...)
	b = append(b, `","role":"assistant","content":[`...)
	if it.status != "in_progress" {
		b = it.appendPart(b)
	}
	return append(b, `]}`...)
}

// appendPart adds the one part that a message or a reasoning has.
func (it *out) appendPart(b []byte) []byte {
	if it.kind == chat.ReasoningBlock {
		return append(quote(append(b, `{"type":"reasoning_text","text":`...), it.text), '}')
	}
	return append(quote(append(b, `{"type":"output_text","annotations":[],"logprobs":[],"text":`...), it.text), '}')
}

// appendSeal adds what proves or holds the reasoning, for the model that reads it again.
func (it *out) appendSeal(b []byte) []byte {
	switch {
	case it.hidden != "":
		b = append(append(b, '"'), redacted...)
		b = base64.StdEncoding.AppendEncode(b, []byte(it.hidden))
		return append(b, '"')
	case it.signature != "":
		return quote(b, signed+it.signature)
	}
	return append(b, `null`...)
}
