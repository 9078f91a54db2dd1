package dialect_test

import (
	"testing"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestCanCheck(t *testing.T) {
	holding := func(b chat.Block) *chat.Request {
		return &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("x"), b}}}}
	}
	image := chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{}}
	for name, c := range map[string]struct {
		r       *chat.Request
		without func(*dialect.Can)
		stream  bool
		want    string
	}{
		"tools":            {&chat.Request{Tools: &chat.ToolConfig{}}, func(c *dialect.Can) { c.Tools = false }, false, "This model doesn't support tool use."},
		"streaming tools":  {&chat.Request{Tools: &chat.ToolConfig{}}, func(c *dialect.Can) { c.StreamingTools = false }, true, "This model doesn't support tool use in streaming mode."},
		"system":           {&chat.Request{System: []chat.Block{chat.Text("x")}}, func(c *dialect.Can) { c.System = false }, false, "This model doesn't support system messages. Try again without a system message or use a model that supports system messages."},
		"reasoning":        {&chat.Request{Thinking: &chat.Thinking{}}, func(c *dialect.Can) { c.Reasoning = false }, false, "This model doesn't support reasoning. Try again without a reasoning configuration or use a model that supports reasoning."},
		"top k":            {&chat.Request{Inference: chat.Inference{TopK: new(1)}}, func(c *dialect.Can) { c.TopK = false }, false, "This model doesn't support the topK field. Remove topK and try again."},
		"stop":             {&chat.Request{Inference: chat.Inference{Stop: []string{"x"}}}, func(c *dialect.Can) { c.Stop = false }, false, "This model doesn't support the stopSequences field. Remove stopSequences and try again."},
		"schema":           {&chat.Request{Output: &chat.OutputSchema{}}, func(c *dialect.Can) { c.Schema = false }, false, "This model doesn't support the outputConfig field. Remove outputConfig and try again."},
		"serial":           {&chat.Request{Tools: &chat.ToolConfig{Choice: chat.ToolChoice{Serial: true}}}, func(c *dialect.Can) { c.Serial = false }, false, "This model doesn't support the disable_parallel_tool_use field. Remove disable_parallel_tool_use and try again."},
		"strict":           {&chat.Request{Tools: &chat.ToolConfig{Tools: []chat.Tool{{Strict: new(true)}}}}, func(c *dialect.Can) { c.Strict = false }, false, "This model doesn't support the strict field. Remove strict and try again."},
		"image":            {holding(image), func(c *dialect.Can) { c.Images = false }, false, blockSentence("image")},
		"document":         {holding(chat.Block{Kind: chat.DocumentBlock}), func(c *dialect.Can) { c.Documents = false }, false, blockSentence("document")},
		"video":            {holding(chat.Block{Kind: chat.VideoBlock}), func(c *dialect.Can) { c.Video = false }, false, blockSentence("video")},
		"audio":            {holding(chat.Block{Kind: chat.AudioBlock}), func(c *dialect.Can) { c.Audio = false }, false, blockSentence("audio")},
		"a tool's history": {holding(chat.Block{Kind: chat.ToolUseBlock}), func(c *dialect.Can) { c.Tools = false }, false, "This model doesn't support tool use."},
		"an image in a tool result": {
			holding(chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{Content: []chat.Block{image}}}),
			func(c *dialect.Can) { c.Images = false }, false, blockSentence("image"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := dialect.Everything().Check(c.r, c.stream); err != nil {
				t.Errorf("a model that can do everything: %v", err)
			}
			can := dialect.Everything()
			c.without(&can)
			if err := can.Check(c.r, c.stream); !fault.Is(err, fault.Validation) || fault.Public(err).Message != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err := can.Check(holding(chat.Text("y")), c.stream); err != nil {
				t.Errorf("plain text: %v", err)
			}
		})
	}
}

func blockSentence(kind string) string {
	return "This model doesn't support the " + kind + " content block that you provided. Use a different content block or a model that supports it."
}
