package anthropic

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// DecodeMessages reads the body of Anthropic's own POST /v1/messages. It differs from InvokeModel's in what stands beside
// the conversation: the body names the model and says whether to stream, which are left to the caller, and the version
// and the betas are headers. A version in the body says nothing here, whatever it is. Betas are those of the header;
// they go where Bedrock has them. Every error is a *fault.Error with the code Validation.
func DecodeMessages(body []byte, betas []string) (*chat.Request, error) {
	return decodeMessages(body, betas, false)
}

// DecodeCount is DecodeMessages for POST /v1/messages/count_tokens, whose body has no max_tokens.
func DecodeCount(body []byte, betas []string) (*chat.Request, error) {
	return decodeMessages(body, betas, true)
}

func decodeMessages(body []byte, betas []string, unlimited bool) (*chat.Request, error) {
	var w request
	if err := json.Unmarshal(body, &w, json.RejectUnknownMembers(true)); err != nil {
		return nil, malformed.Fault(err)
	}
	w.Model, w.Stream, w.Version = nil, nil, new(string(Version))
	w.hoist()
	unlimited = unlimited && w.MaxTokens == nil
	if unlimited {
		w.MaxTokens = new(1) // for the check alone
	}
	if err := w.check(); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := w.chat()
	if err != nil {
		return nil, malformed.Fault(err)
	}
	if unlimited {
		r.Inference.MaxTokens = nil
	}
	if len(betas) > 0 && !hasMember(w.Rest, "anthropic_beta") {
		list, err := json.Marshal(betas)
		if err != nil {
			return nil, malformed.Fault(err)
		}
		r.Extra = withMember(r.Extra, "anthropic_beta", list)
	}
	return r, nil
}

// hoist moves what system messages between the turns say to the end of the system prompt: newer agents send them, and
// no other dialect has them. The turns they stood between become one when they are of one role.
func (w *request) hoist() {
	isSystem := func(m message) bool { return m.Role == "system" }
	if !slices.ContainsFunc(w.Messages, isSystem) {
		return
	}
	turns := make([]message, 0, len(w.Messages))
	for i, m := range w.Messages {
		last := len(turns) - 1
		switch {
		case isSystem(m):
			w.System = append(w.System, m.Content...)
		case last >= 0 && turns[last].Role == m.Role && isSystem(w.Messages[i-1]):
			turns[last].Content = slices.Concat(turns[last].Content, m.Content)
		default:
			turns = append(turns, m)
		}
	}
	w.Messages = turns
}

// hasMember reports whether an object, nil for the empty one, has a member.
func hasMember(object jsontext.Value, name string) bool {
	members := map[string]jsontext.Value{}
	return len(object) > 0 && json.Unmarshal(object, &members) == nil && members[name] != nil
}

// Betas are the features that the values of the header anthropic-beta name.
func Betas(header []string) []string {
	var out []string
	for _, value := range header {
		for beta := range strings.SplitSeq(value, ",") {
			if beta = strings.TrimSpace(beta); beta != "" {
				out = append(out, beta)
			}
		}
	}
	return out
}
