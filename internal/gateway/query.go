package gateway

import (
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/route"
)

// query is what routing needs to know of the call.
func (a *Answer) query(f *route.Fleet, c *Call, random uint64) route.Query {
	t := a.Target
	q := route.Query{
		Model: t.Model.ID, Source: t.Source, Destinations: t.Destinations, Settings: a.settings(f, c), Random: random,
	}
	if f.CountsTokens(t.Model.ID) {
		q.Tokens = a.most()
	}
	if len(t.Destinations) > 1 || len(f.Table().At(t.Model.ID, t.Source)) > 1 {
		q.Prompt = a.prompt()
	}
	return q
}

// settings are what the operator wants of the call.
func (a *Answer) settings(f *route.Fleet, c *Call) *route.Settings {
	var system, application string
	if a.Target.System != nil {
		system = a.Target.System.ID
	}
	if a.Target.Application != nil {
		application = a.Target.Application.ID
	}
	return f.Orders().For(system, application, a.Target.Model.ID, c.Principal.Account)
}

// most is how many tokens the call may use.
func (a *Answer) most() int64 {
	n, known := a.maxTokens()
	if !known && a.ask.Embed == nil && a.ask.Rerank == nil {
		n = int64(a.Target.Model.MaxOutput)
	}
	return a.input() + n
}

// prompt is the hash of how the call's prompt begins: of what stays the same from one turn of a conversation to the
// next. It is never another account's, and 0 for prompts that no cache would keep.
func (a *Answer) prompt() uint64 {
	var p route.Prefix
	p.Add(string(a.call.Principal.Account))
	switch r := a.ask.Chat; {
	case r != nil:
		addBlocks(&p, r.System)
		if len(r.Messages) > 0 {
			addBlocks(&p, r.Messages[0].Content)
		}
	case a.call.Native != nil:
		p.AddBytes(a.call.Native.Body[:min(len(a.call.Native.Body), nativePrefix)])
	default:
		return 0
	}
	return p.Sum()
}

// nativePrefix is how much of a body that nobody reads tells prompts apart: in every dialect but those of one prompt it
// begins with the settings, the system's text or the first turns.
const nativePrefix = 2 << 10

func addBlocks(p *route.Prefix, blocks []chat.Block) {
	for i := range blocks {
		p.Add(blocks[i].Text)
	}
}
