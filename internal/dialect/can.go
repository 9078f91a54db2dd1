package dialect

import (
	"slices"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Can is what a model, or the body of a family, has words for beyond text.
type Can struct {
	System, Tools, StreamingTools, Reasoning bool
	Images, Documents, Video, Audio          bool
	TopK, Stop, Schema                       bool
	Serial, Strict                           bool // tools one at a time, and tools with exact inputs
}

// Everything is what a model can do of which nothing is known.
func Everything() Can {
	return Can{true, true, true, true, true, true, true, true, true, true, true, true, true}
}

// The refusals, in AWS's words where these are known.
const (
	noTools          = "This model doesn't support tool use."
	noStreamingTools = "This model doesn't support tool use in streaming mode."
	noSystem         = "This model doesn't support system messages. Try again without a system message or use a model that supports system messages."
	noReasoning      = "This model doesn't support reasoning. Try again without a reasoning configuration or use a model that supports reasoning."
	noSuchField      = "This model doesn't support the %s field. Remove %s and try again."
	noSuchBlock      = "This model doesn't support the %s content block that you provided. Use a different content block or a model that supports it."
)

// Check refuses a request that asks for more, with a *fault.Error of the code Validation.
func (c Can) Check(r *chat.Request, stream bool) error {
	switch {
	case r.Tools != nil && !c.Tools:
		return fault.New(fault.Validation, noTools)
	case r.Tools != nil && stream && !c.StreamingTools:
		return fault.New(fault.Validation, noStreamingTools)
	case r.Thinking != nil && !c.Reasoning:
		return fault.New(fault.Validation, noReasoning)
	case len(r.System) > 0 && !c.System:
		return fault.New(fault.Validation, noSystem)
	}
	if err := c.parameters(r); err != nil || c == Everything() {
		return err
	}
	for i := range r.Messages {
		if err := c.blocks(r.Messages[i].Content); err != nil {
			return err
		}
	}
	return nil
}

func (c Can) parameters(r *chat.Request) error {
	name := ""
	switch {
	case r.Inference.TopK != nil && !c.TopK:
		name = "topK"
	case len(r.Inference.Stop) > 0 && !c.Stop:
		name = "stopSequences"
	case r.Output != nil && !c.Schema:
		name = "outputConfig"
	case r.Tools != nil && r.Tools.Choice.Serial && !c.Serial:
		name = "disable_parallel_tool_use"
	case r.Tools != nil && !c.Strict && slices.ContainsFunc(r.Tools.Tools, strict):
		name = "strict"
	default:
		return nil
	}
	return fault.New(fault.Validation, noSuchField, name, name)
}

func strict(t chat.Tool) bool { return t.Strict != nil && *t.Strict }

func (c Can) blocks(blocks []chat.Block) error {
	for i := range blocks {
		b := &blocks[i]
		if err := c.block(b.Kind); err != nil {
			return err
		}
		if b.Kind == chat.ToolResultBlock {
			if err := c.blocks(b.ToolResult.Content); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c Can) block(k chat.BlockKind) error {
	name := ""
	switch {
	case k == chat.ImageBlock && !c.Images:
		name = "image"
	case k == chat.DocumentBlock && !c.Documents:
		name = "document"
	case k == chat.VideoBlock && !c.Video:
		name = "video"
	case k == chat.AudioBlock && !c.Audio:
		name = "audio"
	case (k == chat.ToolUseBlock || k == chat.ToolResultBlock) && !c.Tools:
		return fault.New(fault.Validation, noTools)
	default:
		return nil
	}
	return fault.New(fault.Validation, noSuchBlock, name)
}
