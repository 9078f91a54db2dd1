package openai

import (
	"strconv"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

// EncodeResponse writes a whole answer as a chat completion. Signatures of reasoning have no place in it.
func EncodeResponse(r *chat.Response, env dialect.Envelope, shape Shape) ([]byte, error) {
	e := encoder{b: make([]byte, 0, 512)}
	e.raw(`{`)
	if !shape.Mistral {
		e.head(r.ID, env, `chat.completion`)
		e.raw(`,`)
	}
	e.raw(`"choices":[{"index":0,"message":{"role":"assistant"`)
	if err := e.answer(r.Content, shape); err != nil {
		return nil, err
	}
	e.raw(`},"`)
	e.raw(shape.finishName())
	e.raw(`":"`)
	e.raw(finishReason(r.Stop))
	e.raw(`"}]`)
	if !shape.Mistral {
		e.raw(`,`)
		e.usage(r.Usage)
	}
	if r.Stop == chat.GuardrailIntervened && shape.Metrics {
		e.raw(`,"amazon-bedrock-guardrailAction":"INTERVENED"`)
	}
	return append(e.b, '}'), nil
}

func (s Shape) finishName() string {
	if s.Mistral {
		return "stop_reason"
	}
	return "finish_reason"
}

// head writes the members that every answer begins with.
func (e *encoder) head(id string, env dialect.Envelope, object string) {
	e.raw(`"id":`)
	e.text(completionID(id, env.Request))
	e.raw(`,"object":"`)
	e.raw(object)
	e.raw(`","created":`)
	e.b = strconv.AppendInt(e.b, env.Created, 10)
	e.raw(`,"model":`)
	e.text(env.Model)
}

// completionID is the model's id of an answer, or one made from the request's id.
func completionID(own, request string) string {
	if own != "" {
		return own
	}
	return "chatcmpl-" + request
}

// answer writes the message of an answer: text, reasoning and tool calls.
func (e *encoder) answer(blocks []chat.Block, shape Shape) error {
	var text, thought string
	for i := range blocks {
		switch b := &blocks[i]; b.Kind {
		case chat.TextBlock, chat.GuardBlock:
			text += b.Text
		case chat.ReasoningBlock:
			thought += b.Reasoning.Text
		case chat.ToolUseBlock: // comes behind the text
		case chat.CitationsBlock:
			s, err := quotedText(b.Raw)
			if err != nil {
				return fault.Wrap(fault.ModelError, err, "The model's answer has cited text that could not be read.")
			}
			text += s
		default:
			return fault.New(fault.ModelError, "The model's answer has content that its own format cannot carry.")
		}
	}
	if thought != "" && shape.Tagged {
		text, thought = openTag+thought+closeTag+text, ""
	}
	e.content(text, blocks)
	if thought != "" {
		e.raw(`,"reasoning_content":`)
		e.text(thought)
	}
	e.calls(blocks)
	return nil
}

// usage counts as OpenAI does: the prompt with what came from a cache or went into one.
func (e *encoder) usage(u chat.Usage) {
	e.raw(`"usage":{`)
	e.member64(`"prompt_tokens":`, u.Total()-u.Output)
	e.member64(`,"completion_tokens":`, u.Output)
	e.member64(`,"total_tokens":`, u.Total())
	if u.CacheRead > 0 || u.CacheWrite() > 0 {
		e.member64(`,"prompt_tokens_details":{"cached_tokens":`, u.CacheRead)
		e.raw("}")
	}
	e.raw("}")
}

func (e *encoder) member64(name string, n int64) {
	e.raw(name)
	e.b = strconv.AppendInt(e.b, n, 10)
}

// finishReason is the reverse of stop.
func finishReason(s chat.StopReason) string {
	switch s {
	case chat.MaxTokens, chat.ContextExceeded:
		return "length"
	case chat.StopToolUse:
		return "tool_calls"
	case chat.ContentFiltered, chat.GuardrailIntervened:
		return "content_filter"
	default:
		return "stop"
	}
}
