package audit

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// hidden is what stands for a member that the trail does not keep, in CloudTrail's words.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// sensitive are the members, without regard to case, that are somebody's secret or free text.
var sensitive = map[string]bool{
	"description": true, "webidentitytoken": true, "tokencode": true, "password": true, "secretaccesskey": true,
	"servicepassword": true, "servicecredentialsecret": true, "sessiontoken": true, "token": true, "message": true,
	"clientrequesttoken": true,
}

// parameters are what a call asked for: its path, its query and its body, but of inference only the model. Nil is
// written as null.
func parameters(c *awswire.Call, operation string) jsontext.Value {
	p := members{}
	for name, value := range c.Match.Labels() {
		p.add(name, value)
	}
	if isInference(operation) || operation == "CountTokens" || operation == "CountMessageTokens" {
		if len(p) == 0 { // a door's body names the model
			p.model(c.Body)
		}
		return p.encode()
	}
	p.query(c.Request.URL.RawQuery)
	switch {
	case strings.HasPrefix(c.Request.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		p.query(string(c.Body))
	case len(c.Body) > 0:
		p.object(c.Body)
	}
	return p.encode()
}

// members are the parameters by name.
type members map[string]any

func (p members) add(name string, value any) {
	if sensitive[strings.ToLower(name)] {
		value = hidden
	} else if text, ok := value.(string); ok {
		value = clip(text)
	}
	p[lowerFirst(name)] = value
}

// query adds the parameters of a query or a form, without those that sign it or name the operation.
func (p members) query(raw string) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return // the service has refused it
	}
	for name, list := range values {
		if name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		p.add(name, list[0])
	}
}

// model adds the model that a body of OpenAI's or Anthropic's shape names.
func (p members) model(body []byte) {
	for o := jsonscan.New(body); o.Next(); {
		if string(o.Name) != "model" {
			continue
		}
		var id string
		if json.Unmarshal(o.Value, &id) == nil {
			p.add("modelId", id)
		}
		return
	}
}

// object adds the members of a JSON body. What cannot be read the service has refused.
func (p members) object(body []byte) {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return
	}
	for name, value := range all {
		p.add(name, veil(value))
	}
}

// veil hides the sensitive members within a value, and clips its texts.
func veil(value any) any {
	switch v := value.(type) {
	case string:
		return clip(v)
	case []any:
		for i := range v {
			v[i] = veil(v[i])
		}
	case map[string]any:
		for name := range v {
			if sensitive[strings.ToLower(name)] {
				v[name] = hidden
			} else {
				v[name] = veil(v[name])
			}
		}
	}
	return value
}

func (p members) encode() jsontext.Value {
	if len(p) == 0 {
		return nil
	}
	out, err := json.Marshal(map[string]any(p), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil
	}
	return out
}

// lowerFirst is a member's name as CloudTrail writes it: userName for UserName.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}
