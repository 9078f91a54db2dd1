package simulator

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// cue is one answer of a rule on its way to a caller. A nil cue is no rule at all.
type cue struct {
	*Answer
	values values
}

// speaks reports whether the rule has content of its own; if not the built-in content is given.
func (c *cue) speaks() bool {
	return c != nil && (c.Text != "" || c.Reasoning != "" || len(c.Tools) > 0)
}

// compose is the answer the rule gives, its content in the order of a model: reasoning, text, tools.
func (c *cue) compose(p *prompt, streamed bool) (*answer, error) {
	a := &answer{stop: chat.EndTurn}
	if c.Reasoning != "" {
		a.blocks = append(a.blocks, chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{
			Text: expand(c.Reasoning, c.values, plain), Signature: p.digest.roll("signature").code(signatureLength),
		}})
	}
	if c.Text != "" {
		a.blocks = append(a.blocks, chat.Text(expand(c.Text, c.values, plain)))
	}
	for i := range c.Tools {
		b, err := c.tool(i, p, streamed)
		if err != nil {
			return nil, err
		}
		a.blocks, a.stop = append(a.blocks, b), chat.StopToolUse
	}
	return a, nil
}

// malformedTool is what Bedrock says when a model breaks off the JSON of a tool use.
const malformedTool = "Model produced invalid sequence as part of ToolUse. Please refer to the model tool use troubleshooting guide."

// tool makes the i-th tool use. Input that is no JSON can only be streamed.
func (c *cue) tool(i int, p *prompt, streamed bool) (chat.Block, error) {
	t := &c.Tools[i]
	if t.Malformed && !streamed {
		e := fault.New(fault.ModelError, malformedTool)
		e.Resource = c.values.model
		return chat.Block{}, e
	}
	input := expand(t.Input, c.values, escaped)
	if t.Input == "" {
		input = "{}"
	}
	id := t.ID
	if id == "" {
		id = "tooluse_" + add(p.digest.word(uint64(i)).word(uint64(c.values.n)), t.Name).roll("scripted tool").code(22)
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: id, Name: t.Name, Input: jsontext.Value(input)}}, nil
}

// stop is why the rule says the model stopped, or otherwise.
func (c *cue) stop(otherwise chat.StopReason) chat.StopReason {
	if c == nil || c.Stop == "" {
		return otherwise
	}
	return c.Stop
}

// chunk is how many characters the rule wants in a content event, 0 when that is left open.
func (c *cue) chunk() int {
	if c == nil {
		return 0
	}
	return c.Chunk
}

// tempo is when the parts of an answer come: as a deployment's pace says, or one event after the other.
type tempo struct {
	Pace
	perEvent time.Duration
	byEvent  bool // perEvent counts, not the tokens
}

// tempo is the deployment's pace as the rule changes it.
func (c *cue) tempo(p Pace) tempo {
	t := tempo{Pace: p}
	if c.FirstToken != nil {
		t.FirstToken = *c.FirstToken
	}
	if c.PerEvent != nil {
		t.perEvent, t.byEvent = *c.PerEvent, true
	}
	return t
}

// event is when a content event comes: the n-th from 1, which completes so many tokens.
func (t tempo) event(n int, tokens int64) time.Duration {
	if t.byEvent {
		return t.FirstToken + time.Duration(max(n-1, 0))*t.perEvent
	}
	return t.due(tokens)
}

// length is about how long an answer of so many tokens takes.
func (t tempo) length(tokens int64) time.Duration {
	return t.event(int(tokens/eventTokens)+1, tokens)
}
