package converse

import (
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
)

// takable returns a request without the cache points that the model's family does not take: Bedrock refuses such calls,
// and clients of other APIs mark every request, whatever the model. An answer does not depend on the points. Claude takes
// them everywhere, Nova in messages and the system prompt with the usual lifetime, others nowhere. The caller's request is
// left as it is.
func takable(model string, r *chat.Request) *chat.Request {
	if strings.Contains(model, claudeModels) || !r.Caches() {
		return r
	}
	keep := strings.Contains(model, novaModels)
	out := *r
	out.System = takableBlocks(r.System, keep)
	out.Messages = slices.Clone(r.Messages)
	for i := range out.Messages {
		out.Messages[i].Content = takableBlocks(r.Messages[i].Content, keep)
	}
	if r.Tools != nil {
		tools := *r.Tools
		tools.Tools = slices.DeleteFunc(slices.Clone(tools.Tools), func(t chat.Tool) bool { return t.CachePoint != nil })
		out.Tools = &tools
	}
	return &out
}

// takableBlocks are the blocks without their cache points, or with them and no lifetime of their own.
func takableBlocks(blocks []chat.Block, keep bool) []chat.Block {
	out := make([]chat.Block, 0, len(blocks))
	for i := range blocks {
		switch b := blocks[i]; {
		case b.Kind != chat.CachePointBlock:
			out = append(out, b)
		case keep:
			b.CachePoint = &chat.CachePoint{}
			out = append(out, b)
		}
	}
	return out
}
