package simulator

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

const weatherSchema = `{"type":"object","properties":{"city":{"type":"string"},"unit":{"enum":["C","F"]}},"required":["city","unit"]}`

func askWithTools(text string, choice chat.ToolChoice) *provider.Request {
	r := ask(text)
	r.Chat.Tools = &chat.ToolConfig{Choice: choice, Tools: []chat.Tool{
		{Name: "get_weather", Description: "The weather", Schema: jsontext.Value(weatherSchema)},
		{CachePoint: &chat.CachePoint{}},
		{Name: "get_time", Schema: jsontext.Value(`{"type":"object"}`)},
		{Name: "ping"},
	}}
	return r
}

func TestToolChoice(t *testing.T) {
	anyTool, auto := chat.ToolChoice{Mode: chat.ChoiceAny}, chat.ToolChoice{}
	for _, test := range []struct {
		name, text string
		choice     chat.ToolChoice
		want       []string // the tools used; "…" stands for text
	}{
		{"any takes the first", "hello", anyTool, []string{"get_weather"}},
		{"any takes the one mentioned", "Please use get_time now", anyTool, []string{"get_time"}},
		{"a named one", "hello", chat.ToolChoice{Mode: chat.ChoiceTool, Name: "ping"}, []string{"ping"}},
		{"auto without a mention", "hello", auto, []string{"…"}},
		{"auto with a mention", "call get_weather for Rome", auto, []string{"…", "get_weather"}},
		{"auto in plain words", "Get weather, and get time.", auto, []string{"…", "get_weather", "get_time"}},
		{"one at a time", "Get weather, and get time.", chat.ToolChoice{Serial: true}, []string{"…", "get_weather"}},
		{"at the end of a long text", strings.Repeat("tide ", 10_000) + "get_time", auto, []string{"…", "get_time"}},
		{"a part of a word is no mention", "shopping", auto, []string{"…"}},
		{"none", "call get_weather", chat.ToolChoice{Mode: chat.ChoiceNone}, []string{"…"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProvider(t, Settings{})
			r := askWithTools(test.text, test.choice)
			got := answerTo(t, p, r)
			var used []string
			stop := chat.EndTurn
			for _, b := range got.Content {
				if b.Kind == chat.TextBlock {
					used = append(used, "…")
					continue
				}
				stop = chat.StopToolUse
				used = append(used, b.ToolUse.Name)
				if !regexp.MustCompile(`^tooluse_[A-Za-z0-9_-]{22}$`).MatchString(b.ToolUse.ID) {
					t.Errorf("id %q is not of Bedrock's form", b.ToolUse.ID)
				}
				if b.ToolUse.Name == "get_weather" {
					if err := validate(weatherSchema, b.ToolUse.Input); err != nil {
						t.Error(err)
					}
				}
			}
			if diff := cmp.Diff(test.want, used); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
			if got.Stop != stop {
				t.Errorf("stop %q, want %q", got.Stop, stop)
			}
			if diff := cmp.Diff(got, gather(t, p, r)); diff != "" {
				t.Errorf("stream differs (-whole +stream):\n%s", diff)
			}
		})
	}
}

func TestToolInputComesInFragments(t *testing.T) {
	p := newProvider(t, Settings{})
	s, err := p.Stream(context.Background(), askWithTools("hello", chat.ToolChoice{Mode: chat.ChoiceAny}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fragments := 0
	for {
		e, err := s.Next()
		if err != nil {
			break
		}
		if e.Kind == chat.BlockDelta {
			fragments++
		}
	}
	if fragments < 2 {
		t.Errorf("the input came in %d pieces, want several", fragments)
	}
}

func TestAnswerToToolResults(t *testing.T) {
	r := askWithTools("", chat.ToolChoice{})
	r.Chat.Messages = append(r.Chat.Messages,
		chat.Message{Role: chat.Assistant, Content: []chat.Block{{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: "tooluse_1", Name: "get_weather", Input: jsontext.Value(`{}`)}}}},
		chat.Message{Role: chat.User, Content: []chat.Block{
			{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "tooluse_1", Content: []chat.Block{{Raw: jsontext.Value(`{"sky":"clear"}`)}, chat.Text("line\nbreak")}}},
			{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{ID: "tooluse_2", Error: true}},
			chat.Text("So get_weather says what?"),
		}},
	)
	got := answerTo(t, newProvider(t, Settings{}), r)
	for _, want := range []string{`The tool behind tooluse_1 answered: {"sky":"clear"}, line break.`, "The tool behind tooluse_2 failed with: nothing."} {
		if !strings.Contains(textOf(got), want) {
			t.Errorf("%q does not say %q", textOf(got), want)
		}
	}
	if got.Stop != chat.EndTurn {
		t.Errorf("stop %q, want end_turn", got.Stop)
	}
}

func TestToolUseThatDoesNotFit(t *testing.T) {
	p := newProvider(t, Settings{})
	r := askWithTools("hello", chat.ToolChoice{Mode: chat.ChoiceAny})
	whole := answerTo(t, p, r)
	for n := 1; n <= int(whole.Usage.Output); n++ {
		r.Chat.Inference.MaxTokens = &n
		got := answerTo(t, p, r)
		fits := int64(n) == whole.Usage.Output
		if got.Usage.Output != int64(n) || (len(got.Content) == 1) != fits || (got.Stop == chat.StopToolUse) != fits {
			t.Fatalf("maxTokens %d of %d: %+v", n, whole.Usage.Output, got)
		}
		if diff := cmp.Diff(got.Usage, gather(t, p, r).Usage); diff != "" {
			t.Fatalf("maxTokens %d: stream differs (-whole +stream):\n%s", n, diff)
		}
	}
}

func TestToolRefusals(t *testing.T) {
	unknown := askWithTools("hello", chat.ToolChoice{Mode: chat.ChoiceTool, Name: "nobody"})
	broken := askWithTools("hello", chat.ToolChoice{Mode: chat.ChoiceAny})
	broken.Chat.Tools.Tools[0].Schema = jsontext.Value(`{"type":"object","properties":7}`)
	for name, r := range map[string]*provider.Request{"unknown tool": unknown, "broken schema": broken} {
		t.Run(name, func(t *testing.T) {
			_, err := newProvider(t, Settings{}).Chat(context.Background(), r)
			if !fault.Is(err, fault.Validation) || !strings.HasPrefix(err.Error(), "The model returned the following errors: ") {
				t.Errorf("got %v, want a validation error in the model's name", err)
			}
		})
	}
}

func TestMentions(t *testing.T) {
	for _, test := range []struct {
		text, name string
		want       bool
	}{
		{"use find_it", "find_it", true},
		{"Find it!", "find_it", true},
		{"find-it", "find_it", true},
		{"refind it", "find_it", false},
		{"find items", "find_it", false},
		{"", "find", false},
		{"anything", "", false},
		{"éfind", "find", false},
	} {
		if got := mentions(test.text, test.name); got != test.want {
			t.Errorf("mentions(%q, %q) = %v", test.text, test.name, got)
		}
	}
}
