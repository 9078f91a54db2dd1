package nova

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

// can is what a body has words for.
var can = dialect.Can{
	System: true, Tools: true, Reasoning: true, Images: true, Documents: true, Video: true, Audio: true, TopK: true, Stop: true,
}

// EncodeRequest writes a body.
func (Codec) EncodeRequest(_ string, r *chat.Request) ([]byte, error) {
	if err := can.Check(r, false); err != nil {
		return nil, err
	}
	w := request{Schema: new(schema), Inference: inference{
		MaxTokens: r.Inference.MaxTokens, Temperature: r.Inference.Temperature,
		TopP: r.Inference.TopP, TopK: r.Inference.TopK, Stop: r.Inference.Stop,
	}}
	var err error
	if w.System, err = written(r.System); err != nil {
		return nil, err
	}
	w.Messages = make([]message, len(r.Messages))
	for i, m := range r.Messages {
		w.Messages[i].Role = string(m.Role)
		if w.Messages[i].Content, err = written(m.Content); err != nil {
			return nil, err
		}
	}
	w.Tools = toolsOf(r.Tools)
	if t := r.Thinking; t != nil {
		w.Reasoning = &reasoningConfig{Type: "enabled", Effort: t.Effort}
	}
	return dialect.WriteRequest(&w, r.Extra)
}

// toolsOf writes tools; a caller who forbids them all gets a body without them.
func toolsOf(c *chat.ToolConfig) *toolConfig {
	if c == nil || c.Choice.Mode == chat.ChoiceNone {
		return nil
	}
	out := &toolConfig{Tools: make([]tool, len(c.Tools))}
	for i, t := range c.Tools {
		if t.CachePoint != nil {
			out.Tools[i].CachePoint = &cachePoint{"default", t.CachePoint.TTL}
			continue
		}
		spec := &toolSpec{Name: t.Name, Description: t.Description}
		if spec.Input.JSON = t.Schema; len(t.Schema) == 0 {
			spec.Input.JSON = jsontext.Value(`{"type":"object"}`)
		}
		out.Tools[i].Spec = spec
	}
	switch c.Choice.Mode {
	case chat.ChoiceAny:
		out.Choice = &toolChoice{Any: &struct{}{}}
	case chat.ChoiceTool:
		out.Choice = &toolChoice{}
		out.Choice.Tool = &struct {
			Name string `json:"name"`
		}{c.Choice.Name}
	}
	return out
}
