package responses

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// input is a list of items; a plain string stands for one message of the user.
type input []item

// UnmarshalJSONFrom reads either form.
func (in *input) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '"' {
		return json.UnmarshalDecode(d, (*[]item)(in))
	}
	var text string
	err := json.UnmarshalDecode(d, &text)
	*in = input{{Role: "user", Content: parts{{Type: "input_text", Text: &text}}}}
	return err
}

// item is the union of all items; Type tells which fields count. An item without one is a message.
type item struct {
	Type string `json:"type"`

	Role    string `json:"role"`    // message
	Content parts  `json:"content"` // message, reasoning

	CallID    string `json:"call_id"`   // function_call, function_call_output
	Name      string `json:"name"`      // function_call
	Arguments string `json:"arguments"` // function_call
	Output    parts  `json:"output"`    // function_call_output

	Summary   parts  `json:"summary"`           // reasoning
	Encrypted string `json:"encrypted_content"` // reasoning
}

// turns reads the items: the system text, and the turns of the two sides.
func (in input) turns() (system []chat.Block, out []chat.Message, err error) {
	for i := range in {
		it := &in[i]
		role, blocks, err := it.blocks()
		switch {
		case err != nil:
			return nil, nil, malformed.Under(err, i)
		case role == "":
			system = append(system, blocks...)
		case len(blocks) > 0:
			out = dialect.Join(out, role, blocks)
		}
	}
	if len(out) == 0 {
		return nil, nil, malformed.New("expected at least one message of a user")
	}
	return system, out, nil
}

// blocks reads one item. System text has no role.
func (it *item) blocks() (role chat.Role, blocks []chat.Block, err error) {
	switch it.Type {
	case "message", "":
		return it.message()
	case "function_call":
		b, err := it.call()
		return chat.Assistant, []chat.Block{b}, err
	case "function_call_output":
		if it.CallID == "" {
			return "", nil, malformed.Missing("call_id")
		}
		content, err := it.Output.blocks("output")
		result := &chat.ToolResult{ID: it.CallID, Content: content}
		return chat.User, []chat.Block{{Kind: chat.ToolResultBlock, ToolResult: result}}, err
	case "reasoning":
		b, err := it.reasoning()
		return chat.Assistant, b, err
	case "item_reference":
		return "", nil, refuse("An item_reference is not supported: items are not stored here. Send the item itself in input.")
	}
	return "", nil, refuse("Items of the type " + clip(it.Type) + " are not supported. " +
		"Supported are message, function_call, function_call_output and reasoning.")
}

func (it *item) message() (chat.Role, []chat.Block, error) {
	blocks, err := it.Content.blocks("content")
	if err != nil {
		return "", nil, err
	}
	switch it.Role {
	case "user":
		return chat.User, blocks, nil
	case "assistant":
		return chat.Assistant, blocks, only(blocks)
	case "system", "developer":
		return "", blocks, only(blocks)
	case "":
		return "", nil, malformed.Missing("role")
	}
	return "", nil, malformed.At("role", "%s is not a valid enum value", it.Role)
}

// only refuses anything but text.
func only(blocks []chat.Block) error {
	for i := range blocks {
		if blocks[i].Kind != chat.TextBlock {
			return malformed.Under(malformed.At("type", "only text may stand in a message of this role"), "content", i)
		}
	}
	return nil
}

func (it *item) call() (chat.Block, error) {
	arguments := jsontext.Value(strings.TrimSpace(it.Arguments))
	switch {
	case it.CallID == "":
		return chat.Block{}, malformed.Missing("call_id")
	case it.Name == "":
		return chat.Block{}, malformed.Missing("name")
	case len(arguments) == 0:
		arguments = jsontext.Value("{}")
	case !arguments.IsValid():
		return chat.Block{}, malformed.At("arguments", "is not JSON")
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: it.CallID, Name: it.Name, Input: arguments}}, nil
}

// reasoning reads an item that an earlier answer had. What another server encrypted says nothing here, and a summary
// is for people.
func (it *item) reasoning() ([]chat.Block, error) {
	signature, redacted, err := unseal(it.Encrypted)
	if err != nil {
		return nil, err
	}
	var texts strings.Builder
	for i := range it.Content {
		if it.Content[i].Text != nil {
			texts.WriteString(*it.Content[i].Text)
		}
	}
	switch {
	case redacted != nil:
		return []chat.Block{{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Redacted: redacted}}}, nil
	case texts.Len() == 0:
		return nil, nil
	}
	return []chat.Block{{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: texts.String(), Signature: signature}}}, nil
}

// What encrypted_content begins with: a signature that goes with the text, or reasoning that nobody may read.
const (
	signed   = "outcrop.signed."
	redacted = "outcrop.redacted."
)

// unseal reads encrypted_content.
func unseal(text string) (signature string, hidden []byte, err error) {
	if signature, ok := strings.CutPrefix(text, signed); ok {
		return signature, nil, nil
	}
	rest, ok := strings.CutPrefix(text, redacted)
	if !ok {
		return "", nil, nil
	}
	hidden, err = base64.StdEncoding.DecodeString(rest)
	if err != nil || len(hidden) == 0 {
		return "", nil, malformed.At("encrypted_content", "is damaged")
	}
	return "", hidden, nil
}

// clip bounds what is repeated of a caller's words.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
