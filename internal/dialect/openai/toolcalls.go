package openai

import "github.com/outcrop/outcrop/internal/fault"

// call is one tool call of a stream.
type call struct {
	index    int
	id, name string
	waiting  []byte // input that has come before its turn
	whole    completion
	begun    bool // its block has been started
	ended    bool // its block has been stopped
}

// toolCalls puts the fragments of several tool calls in order. Servers send calls one after another as a rule, but may
// mix them; readers of Converse streams rely on one block ending before the next begins. So one call at a time is
// live, and the input of the others waits until its input is a whole JSON value.
type toolCalls struct {
	calls []call
	live  int // index into calls of the first that has not ended
	held  int // bytes waiting in all calls
}

const (
	maxCalls = 1024     // tool calls in one answer
	maxHeld  = 16 << 20 // bytes of input waiting for their turn
)

// add finds the call that a fragment belongs to, or makes it, and returns its place among the calls.
func (t *toolCalls) add(f *fragment) (int, error) {
	at := len(t.calls) - 1
	if f.index >= 0 {
		for at >= 0 && t.calls[at].index != f.index {
			at--
		}
	}
	// A new id and a name make a new call, whatever the index: some servers count every call as number 0.
	fresh := at < 0 || f.name != "" && (f.index < 0 || f.id != "" && t.calls[at].id != "" && f.id != t.calls[at].id)
	if fresh {
		if len(t.calls) == maxCalls {
			return 0, fault.New(fault.ModelStreamError, "The model asked for more than %d tools at once.", maxCalls)
		}
		t.calls = append(t.calls, call{index: f.index})
		at = len(t.calls) - 1
	}
	c := &t.calls[at]
	if c.id == "" {
		c.id = f.id
	}
	if c.name == "" {
		c.name = f.name
	}
	return at, nil
}

// hold keeps input for later.
func (t *toolCalls) hold(at int, input string) error {
	t.held += len(input)
	if t.held > maxHeld {
		return fault.New(fault.ModelStreamError, "The model's tool inputs are larger than %d bytes.", maxHeld)
	}
	t.calls[at].waiting = append(t.calls[at].waiting, input...)
	return nil
}

// completion follows a JSON object as it grows, to see its end.
type completion struct {
	depth           int
	quoted, escaped bool
	done            bool
}

// add looks at the next piece and reports whether the object is whole.
func (c *completion) add(s string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case c.escaped:
			c.escaped = false
		case c.quoted:
			c.escaped = b == '\\'
			c.quoted = b != '"'
		case b == '"':
			c.quoted = true
		case b == '{' || b == '[':
			c.depth++
		case b == '}' || b == ']':
			c.depth--
			c.done = c.done || c.depth <= 0
		}
	}
	return c.done
}
