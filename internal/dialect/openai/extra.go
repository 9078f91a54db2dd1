package openai

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/fault"
)

// extraMember is one of the caller's own fields: its name in quotes and its value, both as they go out.
type extraMember struct{ name, value []byte }

// parseExtra takes additionalModelRequestFields apart. Fields that decide which model answers and how the answer is
// read are not the caller's to set.
func parseExtra(raw jsontext.Value) ([]extraMember, error) {
	if len(raw) == 0 || raw.Kind() == 'n' {
		return nil, nil
	}
	if raw.Kind() != '{' {
		return nil, fault.New(fault.Validation, "additionalModelRequestFields must be a JSON object.")
	}
	var members []extraMember
	d := jsontext.NewDecoder(bytes.NewBuffer(raw))
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() == '"' {
		var name, value jsontext.Value
		if name, err = d.ReadValue(); err != nil {
			break
		}
		plain, _ := jsontext.AppendUnquote(nil, name)
		switch string(plain) {
		case "model", "messages", "stream", "stream_options", "n":
			return nil, fault.New(fault.Validation, "additionalModelRequestFields cannot set '%s'.", plain)
		}
		quoted, _ := jsontext.AppendQuote(nil, plain) // one spelling, to be compared
		if value, err = d.ReadValue(); err == nil && !claudes(string(plain), value) {
			members = append(members, extraMember{quoted, bytes.Clone(value)})
		}
	}
	if err == nil {
		_, err = d.ReadToken()
	}
	if err != nil {
		return nil, fault.New(fault.Validation, "additionalModelRequestFields is not valid JSON: %v", err)
	}
	return members, nil
}

// claudes reports whether a field belongs to Claude's dialect, in which a caller may speak to a model that a server of
// this one runs. What chat has words for has been said with them; the rest steers features that only Anthropic's own
// servers have, or tells them who the user is. Servers of this dialect refuse such fields, or misread them.
func claudes(name string, value jsontext.Value) bool {
	switch name {
	case "anthropic_version", "anthropic_beta", "cache_control", "container", "context_management", "inference_geo",
		"mcp_servers", "metadata", "output_config", "reasoning_config", "thinking":
		return true
	case "service_tier":
		return string(value) == `"standard_only"`
	case "tools":
		var tools []struct {
			Function jsontext.Value `json:"function"`
		}
		return json.Unmarshal(value, &tools, lenient()) == nil && len(tools) > 0 && len(tools[0].Function) == 0
	}
	return false
}
