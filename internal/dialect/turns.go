package dialect

import "github.com/outcrop/outcrop/internal/chat"

// Join adds a turn to a conversation, to the last one when that is of the same role.
func Join(ms []chat.Message, role chat.Role, blocks []chat.Block) []chat.Message {
	if n := len(ms); n > 0 && ms[n-1].Role == role {
		ms[n-1].Content = append(ms[n-1].Content, blocks...)
		return ms
	}
	return append(ms, chat.Message{Role: role, Content: blocks})
}
