package load

import (
	"bytes"
	"encoding/binary"
)

// minFrame is the length of an AWS event-stream frame with neither headers nor payload.
const minFrame = 16

// countEvents counts the events that carry text: "data:" lines with a delta's content, or frames of
// the type contentBlockDelta. Both dialects send exactly one for each piece of the answer.
func countEvents(body []byte, frames bool) int {
	if !frames {
		return bytes.Count(body, []byte(`"content":`))
	}
	n := 0
	for len(body) >= minFrame {
		size := int(binary.BigEndian.Uint32(body))
		if size < minFrame || size > len(body) {
			break
		}
		if bytes.Contains(body[:size], []byte("contentBlockDelta")) {
			n++
		}
		body = body[size:]
	}
	return n
}
