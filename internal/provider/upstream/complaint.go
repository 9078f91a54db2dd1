package upstream

import (
	"strconv"
	"strings"
)

// Complaint is the operator's view of an error that a server told, in an answer or inside a stream.
type Complaint struct {
	Status        int    // 0 inside a stream
	Name, Message string // as the server named and worded it
	Hint          string // what the operator can mend
}

// Error repeats what the server said.
func (c *Complaint) Error() string {
	text := "the upstream said"
	if c.Status != 0 {
		text += " " + strconv.Itoa(c.Status)
	}
	text += " " + c.Name + ": " + c.Message
	if c.Hint != "" {
		text += " (" + c.Hint + ")"
	}
	return text
}

// mostMessage bounds what is repeated of a server's words.
const mostMessage = 2048

// Clip bounds a server's words and makes them fit to stand in JSON.
func Clip(s string) string {
	if len(s) > mostMessage {
		s = s[:mostMessage] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
