package simulator

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/profile"
)

func TestMatch(t *testing.T) {
	yes, no := true, false
	turn := func(role chat.Role, blocks ...chat.Block) chat.Message {
		return chat.Message{Role: role, Content: blocks}
	}
	result := chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "t"}}
	asked := &chat.Request{
		System:   []chat.Block{chat.Text("You are terse.")},
		Messages: []chat.Message{turn(chat.User, chat.Text("What is"), chat.Text("the weather?"))},
		Metadata: map[string]string{"suite": "drill", "path": "a/b"},
	}
	answered := &chat.Request{Messages: []chat.Message{
		turn(chat.User, chat.Text("What is the weather?")),
		turn(chat.Assistant, chat.Text("Let me look.")),
		turn(chat.User, result),
	}}
	team := &profile.Application{ID: "abcdef123456", Name: "team-search"}
	for _, test := range []struct {
		name    string
		match   Match
		request *chat.Request
		want    bool
	}{
		{"everything", Match{}, asked, true},
		{"an empty conversation", Match{}, &chat.Request{}, true},
		{"nothing was said", Match{TextContains: "a"}, &chat.Request{}, false},
		{"model", Match{Model: "anthropic.*"}, asked, true},
		{"another model", Match{Model: "amazon.*"}, asked, false},
		{"region", Match{Region: "us-east-2"}, asked, true},
		{"another region", Match{Region: "eu-*"}, asked, false},
		{"profile by name", Match{Profile: "team-*"}, asked, true},
		{"profile by id", Match{Profile: "abcdef123456"}, asked, true},
		{"another profile", Match{Profile: "team-billing"}, asked, false},
		{"streamed", Match{Stream: &yes}, asked, true},
		{"not streamed", Match{Stream: &no}, asked, false},
		{"text", Match{TextContains: "the weather"}, asked, true},
		{"text over two blocks", Match{TextMatches: `(?s)^What.*weather\?$`}, asked, true},
		{"another text", Match{TextContains: "The weather"}, asked, false},
		{"text that does not match", Match{TextMatches: "^weather"}, asked, false},
		{"what the assistant said is not the user's", Match{TextContains: "look"}, answered, false},
		{"the text before a tool result", Match{TextContains: "weather", ToolResult: &yes}, answered, true},
		{"no tool result wanted", Match{ToolResult: &no}, answered, false},
		{"no tool result there", Match{ToolResult: &yes}, asked, false},
		{"system", Match{SystemContains: "terse"}, asked, true},
		{"no system", Match{SystemContains: "terse"}, answered, false},
		{"metadata", Match{Metadata: map[string]string{"suite": "dr*", "path": "*"}}, asked, true},
		{"other metadata", Match{Metadata: map[string]string{"suite": "load"}}, asked, false},
		{"missing metadata", Match{Metadata: map[string]string{"team": ""}}, asked, false},
		{"one field of many", Match{Model: "anthropic.*", TextContains: "weather", Region: "eu-*"}, asked, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			book, err := newRuleBook([]Rule{{When: test.match, Answer: &Answer{Text: "yes"}}}, 0)
			if err != nil {
				t.Fatal(err)
			}
			s := subject{at: deploymentKey{"us-east-2", sonnet}, profile: team, stream: true, chat: test.request, last: lastText(test.request)}
			if got := book.consult(&s).rule != nil; got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if s.profile = nil; test.match.Profile != "" && book.consult(&s).rule != nil {
				t.Error("a call without a profile was taken for one with it")
			}
		})
	}
}

func TestExpand(t *testing.T) {
	v := values{model: "m", region: "r", last: `say "hi"` + "\n{{n}}", n: 3}
	for _, test := range []struct{ template, want, quoted string }{
		{"", "", ""},
		{"plain", "plain", "plain"},
		{"{{n}}. {{ model }} in {{region}}", "3. m in r", "3. m in r"},
		{"{{last}}", `say "hi"` + "\n{{n}}", `say \"hi\"\n{{n}}`},
		{"{{n", "{{n", "{{n"},
		{"}} {{n}} {{", "}} 3 {{", "}} 3 {{"},
		{"{{who}}", "{{who}}", "{{who}}"},
	} {
		if got := expand(test.template, v, plain); got != test.want {
			t.Errorf("%q: got %q, want %q", test.template, got, test.want)
		}
		if got := expand(test.template, v, escaped); got != test.quoted {
			t.Errorf("%q in JSON: got %q, want %q", test.template, got, test.quoted)
		}
	}
	if name, ok := unknownName("{{n}} {{who}}"); ok || name != "who" {
		t.Errorf("got %q, %v", name, ok)
	}
}

// A tool's input that passes the check is JSON in every call, whatever the caller says.
func TestCheckedInputIsAlwaysJSON(t *testing.T) {
	pieces := []string{`{`, `}`, `"`, `"a":`, `,`, `[`, `]`, `\`, `\u00`, `0`, `1`, `-`, `.`, `e`, `{{model}}`, `{{region}}`, `{{last}}`, `{{n}}`, ` `, `true`}
	rapid.Check(t, func(t *rapid.T) {
		var input string
		if rapid.Bool().Draw(t, "likely") {
			hole := rapid.StringMatching(`[\\u0a]{0,3}(\{\{(model|region|last|n)\}\}){1,2}[0a]?`).Draw(t, "hole")
			input = rapid.SampledFrom([]string{`{"a":"` + hole + `"}`, `{"a":` + hole + `}`, `["` + hole + `",` + hole + `]`}).Draw(t, "input")
		} else {
			input = strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8).Draw(t, "pieces"), "")
		}
		faults := 0
		ruleCheck{func(string, string) { faults++ }, "tool"}.tool(&ScriptedTool{Name: "find", Input: input})
		if faults > 0 {
			return
		}
		v := values{
			model: rapid.String().Draw(t, "model"), region: rapid.SampledFrom([]string{"us-east-1", "eu-west-1", "n", "b"}).Draw(t, "region"),
			last: rapid.String().Draw(t, "last"), n: rapid.Int64Range(1, 1e6).Draw(t, "n"),
		}
		if got := expand(input, v, escaped); !valid(got) {
			t.Fatalf("%q became %q", input, got)
		}
	})
}
