package inference

import (
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/money"
)

// costMember is the header of whole answers, as a member of a stream's last event.
const costMember = `,"x-outcrop-cost-usd":"`

// WithCost appends a JSON object to dst, with what the call costs as its last member. Streams say it so in their last
// event, when the call is settled; SDKs pass over members they do not know.
func WithCost(dst, object []byte, cost money.Amount) []byte {
	dst = append(dst, object[:len(object)-1]...)
	dst = cost.Append(append(dst, costMember...))
	return append(dst, `"}`...)
}

// Costed puts what the call costs into the last chunk of a stream; other chunks are left as they are.
func Costed(a *gateway.Answer, e *chat.Event, chunks [][]byte) [][]byte {
	if last := len(chunks) - 1; last >= 0 && e.Kind == chat.Metadata {
		chunks[last] = WithCost(nil, chunks[last], a.Cost())
	}
	return chunks
}
