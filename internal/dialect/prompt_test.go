package dialect_test

import (
	"testing"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

var marks = dialect.Template{
	Begin: "^", SystemBegin: "<s>", SystemEnd: "</s>", UserBegin: "<u>", UserEnd: "</u>", AssistantBegin: "<a>", AssistantEnd: "</a>", Image: "*",
}

func turn(role chat.Role, blocks ...chat.Block) chat.Message {
	return chat.Message{Role: role, Content: blocks}
}

func TestTemplate(t *testing.T) {
	image := chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{}}
	inUser := marks
	inUser.SystemInUser = true
	for name, c := range map[string]struct {
		template dialect.Template
		r        *chat.Request
		want     string
	}{
		"a question":   {marks, &chat.Request{Messages: []chat.Message{turn(chat.User, chat.Text("x"))}}, "^<u>x</u><a>"},
		"a system":     {marks, &chat.Request{System: []chat.Block{chat.Text("s")}, Messages: []chat.Message{turn(chat.User, chat.Text("x"))}}, "^<s>s</s><u>x</u><a>"},
		"inside":       {inUser, &chat.Request{System: []chat.Block{chat.Text("s")}, Messages: []chat.Message{turn(chat.User, chat.Text("x"))}}, "^<s>s</s>x</u><a>"},
		"turns":        {marks, &chat.Request{Messages: []chat.Message{turn(chat.User, chat.Text("x")), turn(chat.Assistant, chat.Text("y")), turn(chat.User, chat.Text("z"))}}, "^<u>x</u><a>y</a><u>z</u><a>"},
		"a prefill":    {marks, &chat.Request{Messages: []chat.Message{turn(chat.User, chat.Text("x")), turn(chat.Assistant, chat.Text("y"))}}, "^<u>x</u><a>y"},
		"an image":     {marks, &chat.Request{Messages: []chat.Message{turn(chat.User, image, chat.Text("x"))}}, "^<u>*x</u><a>"},
		"a prompt":     {marks, &chat.Request{Prompt: true, Messages: []chat.Message{turn(chat.User, chat.Text("x"), image)}}, "x"},
		"cache points": {marks, &chat.Request{Messages: []chat.Message{turn(chat.User, chat.Text("x"), chat.Block{Kind: chat.CachePointBlock})}}, "^<u>x</u><a>"},
	} {
		if got, err := c.template.Write(c.r); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
	}
	for _, k := range []chat.BlockKind{chat.DocumentBlock, chat.CitationsBlock, chat.SearchResultBlock, chat.GuardBlock, chat.ToolUseBlock} {
		r := &chat.Request{Messages: []chat.Message{turn(chat.User, chat.Block{Kind: k})}}
		if _, err := marks.Write(r); !fault.Is(err, fault.Validation) {
			t.Errorf("kind %d: %v, want a validation error", k, err)
		}
	}
}

func TestImageFormat(t *testing.T) {
	for data, want := range map[string]string{
		"\x89PNG\r\n\x1a\nrest": "png", "\xff\xd8\xff\xe0": "jpeg", "GIF89a": "gif", "RIFF....WEBPVP8 ": "webp", "RIFF": "", "": "", "BM": "",
	} {
		if got := dialect.ImageFormat([]byte(data)); got != want {
			t.Errorf("%q: got %q, want %q", data, got, want)
		}
	}
}
