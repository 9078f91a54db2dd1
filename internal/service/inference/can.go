package inference

import (
	"slices"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/dialect"
)

// IsText reports whether a model holds a conversation: it writes text, and is not one of those that do so by other
// operations only, such as reranking. A model whose operations are not known is held to have all.
func IsText(m *catalog.Model) bool {
	known := m.APIs.Invoke || m.APIs.Converse || m.APIs.Async || m.APIs.Bidirectional || m.APIs.Responses || m.APIs.ChatCompletions
	talks := m.APIs.Converse || m.APIs.Responses || m.APIs.ChatCompletions
	return slices.Contains(m.Output, catalog.Text) && (talks || !known)
}

// CanOf is what a model is known to do. A model of which nothing is known is held to do everything, and where the
// knowledge is drawn from its relatives it says nothing of reasoning.
func CanOf(m *catalog.Model) dialect.Can {
	can := dialect.Everything()
	f := &m.Features
	if f.Basis == "" {
		return can
	}
	can.System, can.Documents, can.Images = f.System, f.Documents, f.Vision || m.Accepts(catalog.Image)
	can.Tools, can.StreamingTools = f.Tools, f.StreamingTools
	can.Reasoning = f.Reasoning || f.Basis != fromTable
	can.Video, can.Audio = m.Accepts("VIDEO"), m.Accepts("AUDIO") || m.Accepts("SPEECH")
	return can
}

// fromTable is the basis of features that AWS documents for the model itself.
const fromTable = "table"
