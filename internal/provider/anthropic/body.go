package anthropic

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// rewrite appends body with those members in place of its own that Anthropic's API wants there: the model, and whether
// to stream. The version, which InvokeModel has in the body, is a header here, and so are the betas, which are returned.
// All else stays as it is.
func rewrite(dst, body []byte, model string, streamed bool) (out []byte, betas []string, err error) {
	return assemble(dst, body, model, streamed, func(name string) bool {
		return name != "model" && name != "stream" && name != "anthropic_version"
	})
}

// countable are the members that count_tokens takes.
var countable = [...]string{"messages", "system", "tools", "tool_choice", "thinking", "output_config", "context_management", "mcp_servers"}

// onlyCountable appends a body of Messages as count_tokens takes it.
func onlyCountable(dst, body []byte, model string) (out []byte, betas []string, err error) {
	return assemble(dst, body, model, false, func(name string) bool { return slices.Contains(countable[:], name) })
}

// liftBetas takes the betas out of a body that was written here; they stand there when the caller had them in the
// fields of the model's own.
func liftBetas(body []byte) (out []byte, betas []string, err error) {
	for o := jsonscan.New(body); o.Next(); {
		if string(o.Name) != betaMember {
			continue
		}
		if betas, err = readBetas(o.Value); err != nil {
			return nil, nil, err
		}
		// It is never the first member: model stands before it.
		return append(slices.Clone(body[:commaBefore(body, o.Start)]), body[o.End:]...), betas, nil
	}
	return body, nil, nil
}

func commaBefore(body []byte, at int) int {
	for at > 0 && body[at] != ',' {
		at--
	}
	return at
}

// betaMember is where bodies for Bedrock name the betas they use.
const betaMember = "anthropic_beta"

func assemble(dst, body []byte, model string, streamed bool, keep func(name string) bool) (out []byte, betas []string, err error) {
	dst = slices.Grow(dst, len(body)+len(model)+32)
	dst = append(dst, `{"model":`...)
	dst, _ = jsontext.AppendQuote(dst, model)
	if streamed {
		dst = append(dst, `,"stream":true`...)
	}
	o := jsonscan.New(body)
	for o.Next() {
		name := string(o.Name)
		if name == betaMember {
			if betas, err = readBetas(o.Value); err != nil {
				return dst, nil, err
			}
			continue
		}
		if keep(name) {
			dst = append(append(dst, ','), body[o.Start:o.End]...)
		}
	}
	if len(o.Rest()) == 0 || o.Rest()[0] != '}' {
		return dst, nil, fault.New(fault.Validation, "Malformed input request: the body is not a JSON object, please reformat your input and try again.")
	}
	return append(dst, '}'), betas, nil
}

func readBetas(raw jsontext.Value) (betas []string, err error) {
	if json.Unmarshal(raw, &betas) != nil {
		return nil, fault.New(fault.Validation, "Malformed input request: #/anthropic_beta: expected type: JSONArray of strings, please reformat your input and try again.")
	}
	for _, b := range betas {
		for _, c := range []byte(b) {
			if c <= ' ' || c == ',' || c >= 0x7f {
				return nil, fault.New(fault.Validation, "Malformed input request: #/anthropic_beta: %q is not the name of a beta, please reformat your input and try again.", b)
			}
		}
	}
	return betas, nil
}
