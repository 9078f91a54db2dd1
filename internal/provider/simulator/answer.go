package simulator

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

// answer is a whole answer, known before its first token is sent.
type answer struct {
	blocks       []chat.Block
	stop         chat.StopReason
	stopSequence string
	output       int64 // tokens
}

// signatureLength is near what the signatures of real reasoning have, in characters.
const signatureLength = 192

// compose writes the answer to the call: what its rule says, or the built-in one.
func (c *call) compose(seed uint64, p *prompt, r *provider.Request) (*answer, error) {
	p.digest = p.digest.word(seed)
	var a *answer
	var err error
	if c.cue.speaks() {
		a, err = c.cue.compose(p, c.streamed)
	} else {
		a, err = invent(c.at, p, r)
	}
	if err != nil {
		return nil, err
	}
	a.fit(p.words, limit(r), r.Chat.Inference.Stop)
	a.stop = c.cue.stop(a.stop)
	return a, nil
}

// invent writes the built-in answer. It depends on the deployment's names, the request and the
// prompt's digest alone.
func invent(at deploymentKey, p *prompt, r *provider.Request) (*answer, error) {
	tools, err := choose(r.Chat, p)
	if err != nil {
		return nil, err
	}
	a := &answer{stop: chat.EndTurn, blocks: make([]chat.Block, 0, 2+len(tools))}
	if t := r.Chat.Thinking; t != nil {
		a.blocks = append(a.blocks, chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{
			Text: thought(p, t.Budget), Signature: p.digest.roll("signature").code(signatureLength),
		}})
	}
	if err := a.say(at, p, r.Chat, tools); err != nil {
		return nil, err
	}
	for i, t := range tools {
		b, err := toolUse(t, p, i)
		if err != nil {
			return nil, err
		}
		a.blocks, a.stop = append(a.blocks, b), chat.StopToolUse
	}
	return a, nil
}

// reserve is how much output the call is charged for when it begins: what the caller allows, or else
// what the answer has.
func (a *answer) reserve(r *provider.Request) int64 {
	if r.Chat.Inference.MaxTokens != nil {
		return max(limit(r), a.output)
	}
	return a.output
}

// say adds the text: JSON when a schema demands it, nothing when a tool is forced, one sentence in
// front of tools used freely, and prose otherwise.
func (a *answer) say(at deploymentKey, p *prompt, r *chat.Request, tools []*chat.Tool) error {
	switch {
	case len(tools) > 0 && r.Tools.Choice.Mode != chat.ChoiceAuto:
		return nil
	case len(tools) > 0:
		var b strings.Builder
		introduce(&b, at, p, r)
		a.blocks = append(a.blocks, chat.Text(b.String()))
	case r.Output != nil:
		text, err := generate(jsontext.Value(r.Output.Schema), p.digest.roll("output"), kindObject)
		if err != nil {
			return modelSays("output schema: no answer fits it: %v", err)
		}
		a.blocks = append(a.blocks, chat.Text(string(text)))
	default:
		a.blocks = append(a.blocks, chat.Text(prose(at, p, r)))
	}
	return nil
}

// limit is the most output tokens the answer may have, 0 when nothing bounds it.
func limit(r *provider.Request) int64 {
	limit := int64(r.MaxOutput)
	if asked := r.Chat.Inference.MaxTokens; asked != nil && *asked > 0 && (limit == 0 || int64(*asked) < limit) {
		limit = int64(*asked)
	}
	return limit
}

// fit cuts the answer at the first stop sequence in its text and at the limit, whichever comes
// first, and counts it. A tool use has no meaning in part: the tokens of one that does not fit are
// spent, and the block is left out.
func (a *answer) fit(words *tokens.Vocabulary, limit int64, stops []string) {
	for i := range a.blocks {
		b := &a.blocks[i]
		stopped := ""
		if b.Kind == chat.TextBlock {
			b.Text, stopped = cutAt(b.Text, stops)
		}
		n := words.Block(b)
		if limit > 0 && a.output+n > limit {
			a.blocks = a.blocks[:i+cutBlock(b, words, limit-a.output)]
			a.output, a.stop = limit, chat.MaxTokens
			return
		}
		a.output += n
		if stopped != "" {
			a.stop, a.stopSequence = chat.StopSequence, stopped
			if b.Text != "" {
				i++
			}
			a.blocks = a.blocks[:i]
			return
		}
	}
}

// cutBlock shortens a block to n tokens and returns how many blocks are left of it: 1 or 0.
func cutBlock(b *chat.Block, words *tokens.Vocabulary, n int64) int {
	switch {
	case n == 0 || b.Kind == chat.ToolUseBlock:
		return 0
	case b.Kind == chat.ReasoningBlock:
		b.Reasoning.Text, b.Reasoning.Signature = words.Prefix(b.Reasoning.Text, n), ""
	default:
		b.Text = words.Prefix(b.Text, n)
	}
	return 1
}

// cutAt returns what stands before the first stop sequence in text, and which one it is: of two at
// one place the longer.
func cutAt(text string, stops []string) (before, stop string) {
	end := len(text)
	for _, s := range stops {
		if s == "" {
			continue
		}
		if i := strings.Index(text, s); i >= 0 && (i < end || i == end && len(s) > len(stop)) {
			end, stop = i, s
		}
	}
	return text[:end], stop
}
