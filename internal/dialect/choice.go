package dialect

import "github.com/outcrop/outcrop/internal/chat"

// Choices is an answer, or one chunk of it, as DeepSeek and Mistral write it: a list of one. Tokens are counted in headers
// and metrics alone.
type Choices []Choice

// Choice is one answer of the list.
type Choice struct {
	Text string  `json:"text"`
	Stop *string `json:"stop_reason"` // null in every chunk but the last
}

// NewChoices is a whole answer. Reasoning goes as in Answer.
func NewChoices(r *chat.Response, thoughtEnd string) (Choices, error) {
	text, err := Answer(r.Content, thoughtEnd)
	if err != nil {
		return nil, err
	}
	return Choices{{text, new(StopName(r.Stop))}}, nil
}

// Response reads a whole answer.
func (c Choices) Response() (*chat.Response, error) {
	if len(c) == 0 || c[0].Stop == nil {
		return nil, Unanswered()
	}
	return &chat.Response{Content: Said(c[0].Text), Stop: StopOf(*c[0].Stop)}, nil
}

// Piece reads a chunk.
func (c Choices) Piece(p *Piece) {
	if len(c) == 0 {
		return
	}
	p.Text = c[0].Text
	if stop := c[0].Stop; stop != nil {
		p.Last, p.Stop = true, StopOf(*stop)
	}
}

// Choices adds a chunk's list of one.
func (c *Chunks) Choices(p *Piece) {
	c.Raw(`[{"text":`)
	c.Text(p.Text)
	if p.Last {
		c.Raw(`,"stop_reason":"` + StopName(p.Stop) + `"}]`)
	} else {
		c.Raw(`,"stop_reason":null}]`)
	}
}

// StopName is why a model stopped, in the words of families that tell two reasons: "length" and "stop".
func StopName(s chat.StopReason) string {
	if s == chat.MaxTokens || s == chat.ContextExceeded {
		return "length"
	}
	return "stop"
}

// StopOf is the reverse of StopName.
func StopOf(name string) chat.StopReason {
	if name == "length" {
		return chat.MaxTokens
	}
	return chat.EndTurn
}
