package tokens

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
)

func TestBlock(t *testing.T) {
	for _, test := range []struct {
		name  string
		block chat.Block
		want  int64
	}{
		{"text is its own count", chat.Text("the cat sat"), 3},
		{"cache point", chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{}}, 0},
		{"tool use", chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{Name: "find", Input: jsontext.Value(`{"a":"b"}`)}}, perToolUse + 1 + 5},
		{
			"tool result with JSON",
			chat.Block{Kind: chat.ToolResultBlock, ToolResult: &chat.ToolResult{Content: []chat.Block{{Raw: jsontext.Value(`{"a":"b"}`)}, chat.Text("the cat")}}},
			perToolUse + 5 + 2,
		},
		{"reasoning", chat.Block{Kind: chat.ReasoningBlock, Reasoning: &chat.Reasoning{Text: "the cat", Signature: "not counted", Redacted: make([]byte, 40)}}, 2 + 10},
		{"document of text", document(&chat.Media{Format: "md", Name: "cat", Bytes: []byte("the cat sat")}), 4},
		{"document given as text", document(&chat.Media{Name: "cat", Text: "the cat sat"}), 4},
		{"packed document", document(&chat.Media{Format: "pdf", Name: "cat", Bytes: make([]byte, 40_000)}), 2_002},
		{"document elsewhere", document(&chat.Media{Format: "pdf", Name: "cat", S3: &chat.S3Location{}}), 1 + elsewhere},
		{"image elsewhere", chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{S3: &chat.S3Location{}}}, MaxImage},
		{"video", chat.Block{Kind: chat.VideoBlock, Media: &chat.Media{Bytes: make([]byte, 10_000)}}, 11},
		{"sound", chat.Block{Kind: chat.AudioBlock, Media: &chat.Media{Bytes: make([]byte, 10_000)}}, 21},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := general.Block(&test.block); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func document(m *chat.Media) chat.Block { return chat.Block{Kind: chat.DocumentBlock, Media: m} }

func TestRequestIsTheSumOfItsParts(t *testing.T) {
	r := &chat.Request{
		System: []chat.Block{chat.Text("be brief"), {Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{}}},
		Tools: &chat.ToolConfig{Tools: []chat.Tool{
			{Name: "find", Description: "finds cats", Schema: jsontext.Value(`{"a":"b"}`)},
			{CachePoint: &chat.CachePoint{TTL: "1h"}},
		}},
		Output: &chat.OutputSchema{Name: "cat", Schema: `{"a":"b"}`},
		Messages: []chat.Message{
			{Role: chat.User, Content: []chat.Block{chat.Text("the cat sat"), chat.Text("on")}},
			{Role: chat.Assistant, Content: []chat.Block{chat.Text("a mat")}},
			{Role: chat.User},
		},
	}
	want := int64(6) + (perTool + 1 + 2 + 5) + 2 + (perMessage + 3 + 1) + (perMessage + 2)
	if got := Request(r); got != want {
		t.Errorf("Request = %d, want %d", got, want)
	}
	var points, seen int
	for p := range general.Parts(r) {
		seen++
		if p.CachePoint() != nil {
			points++
		}
		if seen == 7 { // a consumer may stop early
			break
		}
	}
	if points != 2 || seen != 7 {
		t.Errorf("saw %d cache points in %d parts, want 2 in 7", points, seen)
	}
}

func TestImage(t *testing.T) {
	for _, test := range []struct {
		name string
		data []byte
		want int64
	}{
		{"png", encoded(t, "png", 300, 200), 81},
		{"jpeg", encoded(t, "jpeg", 300, 200), 81},
		{"gif", encoded(t, "gif", 300, 200), 81},
		{"webp lossy", webpFile("VP8 ", "\x00\x00\x00\x9d\x01\x2a\x2c\x01\xc8\x00"), 81},
		{"webp lossless", webpFile("VP8L", "\x2f\x2b\xc1\x31\x00\x00\x00\x00\x00\x00"), 81},
		{"webp extended", webpFile("VP8X", "\x00\x00\x00\x00\x2b\x01\x00\xc7\x00\x00"), 81},
		{"one pixel", encoded(t, "png", 1, 1), 1},
		{"wide images are scaled", encoded(t, "png", 3136, 300), 314},
		{"nothing costs more than the largest", encoded(t, "jpeg", 2000, 2000), MaxImage},
		{"absurd size", append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "\xff\xff\xff\xff\xff\xff\xff\xff"...), MaxImage},
		{"no area", append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 8)...), MaxImage},
		{"unknown", []byte("BM not an image we read"), MaxImage},
		{"nothing", nil, MaxImage},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Image(test.data); got != test.want {
				t.Errorf("got %d tokens, want %d", got, test.want)
			}
		})
	}
}

func webpFile(chunk, body string) []byte {
	return []byte("RIFF\x00\x00\x00\x00WEBP" + chunk + "\x0a\x00\x00\x00" + body)
}

func encoded(t testing.TB, format string, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch m := image.NewGray(image.Rect(0, 0, w, h)); format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzImage(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encoded(f, format, 3, 2))
	}
	f.Add(webpFile("VP8L", "\x2f\x2b\xc1\x31\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\xff\xd8\xff\xff\xd0\xff\xe0\x00\x00\xff\xc0\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n := Image(data); n < 1 || n > MaxImage {
			t.Errorf("an image cannot cost %d tokens", n)
		}
	})
}
