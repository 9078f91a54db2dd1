package converse

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// DecodeResponse reads a whole answer that another server gave to Converse. Errors have the code ModelError.
func DecodeResponse(body []byte) (*chat.Response, error) {
	var w brt.ConverseResponse
	if err := w.ReadJSON(new(awswire.Reader), body); err != nil {
		return nil, unreadable(err)
	}
	if w.Output == nil || w.Output.Message == nil {
		return nil, fault.New(fault.ModelError, "The model's answer has no message.")
	}
	out := &chat.Response{Stop: chat.StopReason(w.StopReason), Extra: w.AdditionalModelResponseFields, Usage: usageOf(w.Usage)}
	for i := range w.Output.Message.Content {
		b, err := answerBlock(&w.Output.Message.Content[i])
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, b)
	}
	out.StopSequence = stopSequenceIn(w.AdditionalModelResponseFields)
	return out, nil
}

func unreadable(err error) error {
	return fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
}

// answerBlock reads one block of an answer.
func answerBlock(b *brt.ContentBlock) (chat.Block, error) {
	switch {
	case b.Text != nil:
		return chat.Text(*b.Text), nil
	case b.ToolUse != nil:
		return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{
			ID: b.ToolUse.ToolUseID, Name: b.ToolUse.Name, Input: bytes.Clone(b.ToolUse.Input),
		}}, nil
	case b.ReasoningContent != nil:
		return reasoning(b.ReasoningContent), nil
	case b.Image != nil && b.Image.Source != nil:
		return chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{
			Format: string(b.Image.Format), Bytes: b.Image.Source.Bytes, S3: s3(b.Image.Source.S3Location),
		}}, nil
	case b.Video != nil:
		return chat.Block{Kind: chat.VideoBlock, Media: video(b.Video)}, nil
	case b.Audio != nil:
		return chat.Block{Kind: chat.AudioBlock, Media: audio(b.Audio)}, nil
	case b.CitationsContent != nil:
		return chat.Block{Kind: chat.CitationsBlock, Raw: b.CitationsContent.AppendJSON(nil)}, nil
	}
	return chat.Block{}, fault.New(fault.ModelError, "The model's answer has a content block of a kind that isn't known.")
}

// usageOf counts what was written to the cache without a lifetime as written for five minutes, the default.
func usageOf(u *brt.TokenUsage) chat.Usage {
	if u == nil {
		return chat.Usage{Estimated: true}
	}
	out := chat.Usage{Input: int64(u.InputTokens), Output: int64(u.OutputTokens)}
	if u.CacheReadInputTokens != nil {
		out.CacheRead = int64(*u.CacheReadInputTokens)
	}
	if u.CacheWriteInputTokens != nil {
		out.CacheWrite5m = int64(*u.CacheWriteInputTokens)
	}
	for _, d := range u.CacheDetails {
		if d.TTL == brt.CacheTTL1h {
			out.CacheWrite1h += int64(d.InputTokens)
		}
	}
	out.CacheWrite5m = max(0, out.CacheWrite5m-out.CacheWrite1h)
	return out
}

// stopSequenceIn finds the sequence that was met, which Claude's fields tell when they are asked for.
func stopSequenceIn(fields jsontext.Value) string {
	object, err := members(fields)
	if err != nil || object["stop_sequence"].Kind() != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, object["stop_sequence"])
	if err != nil {
		return ""
	}
	return string(text)
}
