package openai

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// decode feeds text in pieces of the given sizes, the last size again and again, and tells the events in words.
func decode(text string, sizes ...int) (words []string, err error) {
	d := NewStreamDecoder(counter())
	ended := false
	for i := 0; ; {
		e, err := d.Next()
		switch {
		case err == io.EOF:
			return words, nil
		case err != nil:
			return words, err
		case e != nil:
			words = append(words, tell(e))
			continue
		case text == "" && ended:
			return words, errors.New("BUG: the decoder wants more after the end")
		case text == "":
			ended = true
			if err := d.End(); err != nil {
				return words, err
			}
			continue
		}
		room, err := d.Room()
		if err != nil {
			return words, err
		}
		n := copy(room, text[:min(len(text), sizes[min(i, len(sizes)-1)])])
		d.Filled(n)
		text, i = text[n:], i+1
	}
}

var kinds = map[chat.BlockKind]string{chat.TextBlock: "text", chat.ReasoningBlock: "reasoning", chat.ToolUseBlock: "tool"}

// tell is an event in a few words.
func tell(e *chat.Event) string {
	switch e.Kind {
	case chat.MessageStart:
		return "message " + e.ID
	case chat.BlockStart:
		return fmt.Sprintf("%d start %s %s %s", e.Index, kinds[e.Block], e.ID, e.Name)
	case chat.BlockDelta:
		return fmt.Sprintf("%d %s %s", e.Index, kinds[e.Block], e.Text)
	case chat.BlockStop:
		return fmt.Sprintf("%d stop %s", e.Index, kinds[e.Block])
	case chat.MessageStop:
		return strings.TrimSpace(fmt.Sprintf("stop %s %s", e.Stop, e.StopSequence))
	}
	return fmt.Sprintf("usage in %d out %d cached %d estimated %v", e.Usage.Input, e.Usage.Output, e.Usage.CacheRead, e.Usage.Estimated)
}

// sse writes chunks as an event stream. A chunk that does not begin with a brace is a line of its own.
func sse(chunks ...string) string {
	var b strings.Builder
	for _, c := range chunks {
		if strings.HasPrefix(c, "{") || c == "[DONE]" {
			c = "data: " + c + "\n"
		}
		b.WriteString(c + "\n")
	}
	return b.String()
}

func delta(members string) string {
	return `{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{` + members + `},"logprobs":null,"finish_reason":null}],"usage":null}`
}

func finish(reason string) string {
	return `{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}`
}

func toolCall(index int, id, name, arguments string) string {
	return delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"id":%q,"type":"function","function":{"name":%q,"arguments":%q}}]`, index, id, name, arguments))
}

func input(index int, arguments string) string {
	return delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"function":{"arguments":%q}}]`, index, arguments))
}

const counted = `{"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}}`

func TestStreams(t *testing.T) {
	role := delta(`"role":"assistant","content":""`)
	const usage = "usage in 5 out 3 cached 4 estimated false"
	for _, test := range []struct {
		name, stream string
		want         []string
	}{
		{
			"text", sse(role, delta(`"content":"Hel"`), delta(`"content":"lo \u00e9"`), finish("stop"), counted, "[DONE]"),
			[]string{"message c1", "0 text Hel", "0 text lo é", "0 stop text", "stop end_turn", usage},
		},
		{
			"carriage returns, comments, other fields", ": hello\r\n\r\nevent: x\r\nid: 1\r\nretry: 5\r\n" +
				strings.ReplaceAll(sse(role, delta(`"content":"a"`), ": ping", finish("stop"), counted, "[DONE]"), "\n", "\r\n"),
			[]string{"message c1", "0 text a", "0 stop text", "stop end_turn", usage},
		},
		{
			"no space behind data:", "data:" + delta(`"content":"a"`) + "\ndata:" + finish("length") + "\ndata:[DONE]\n",
			[]string{"message c1", "0 text a", "0 stop text", "stop max_tokens", "usage in 0 out 1 cached 0 estimated true"},
		},
		{
			"no [DONE]", sse(role, delta(`"content":"a"`), finish("stop"), counted),
			[]string{"message c1", "0 text a", "0 stop text", "stop end_turn", usage},
		},
		{
			"no line end behind [DONE]", sse(role, delta(`"content":"a"`), finish("stop"), counted) + "data: [DONE]",
			[]string{"message c1", "0 text a", "0 stop text", "stop end_turn", usage},
		},
		{
			"no finish reason", sse(role, delta(`"content":"a"`), counted, "[DONE]"),
			[]string{"message c1", "0 text a", "0 stop text", "stop end_turn", usage},
		},
		{
			"more behind [DONE]", sse(role, finish("stop"), counted, "[DONE]", "garbage", "{"),
			[]string{"message c1", "stop end_turn", usage},
		},
		{
			"usage with the last content, not again", sse(role, `{"choices":[{"delta":{"content":"abcde"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}}`, "[DONE]"),
			[]string{"message c1", "0 text abcde", "0 stop text", "stop end_turn", usage},
		},
		{
			"reasoning, then text", sse(role, delta(`"reasoning_content":"h"`), delta(`"reasoning":"m","reasoning_content":"m"`), delta(`"content":"a"`), finish("stop"), counted, "[DONE]"),
			[]string{"message c1", "0 reasoning h", "0 reasoning m", "0 stop reasoning", "1 text a", "1 stop text", "stop end_turn", usage},
		},
		{
			"refusal", sse(delta(`"refusal":"no"`), finish("content_filter"), counted, "[DONE]"),
			[]string{"message c1", "0 text no", "0 stop text", "stop content_filtered", usage},
		},
		{
			"stop sequence", sse(delta(`"content":"a"`), `{"choices":[{"delta":{},"finish_reason":"stop","stop_reason":"END"}]}`, counted, "[DONE]"),
			[]string{"message c1", "0 text a", "0 stop text", "stop stop_sequence END", usage},
		},
		{
			"a tool behind text", sse(delta(`"content":"a"`), toolCall(0, "call_1", "f", ""), input(0, `{"a"`), input(0, `:1}`), finish("tool_calls"), counted, "[DONE]"),
			[]string{"message c1", "0 text a", "0 stop text", "1 start tool call_1 f", `1 tool {"a"`, "1 tool :1}", "1 stop tool", "stop tool_use", usage},
		},
		{
			"two tools in turn", sse(toolCall(0, "x", "f", "{}"), toolCall(1, "y", "g", `{"b":`), input(1, "2}"), finish("tool_calls"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool x f", "0 tool {}", "0 stop tool", "1 start tool y g", `1 tool {"b":`, "1 tool 2}", "1 stop tool", "stop tool_use", usage},
		},
		{
			"two tools mixed", sse(toolCall(0, "x", "f", ""), toolCall(1, "y", "g", ""), input(1, `{"b"`), input(0, `{"a":"}`), input(1, ":2}"), input(0, `"}`), finish("tool_calls"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool x f", `0 tool {"a":"}`, `0 tool "}`, "0 stop tool", "1 start tool y g", `1 tool {"b":2}`, "1 stop tool", "stop tool_use", usage},
		},
		{
			"a tool without input", sse(toolCall(0, "x", "f", ""), toolCall(1, "y", "g", "{}"), finish("stop"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool x f", "0 stop tool", "1 start tool y g", "1 tool {}", "1 stop tool", "stop tool_use", usage},
		},
		{
			"all tools are number 0", sse(toolCall(0, "x", "f", "{}"), toolCall(0, "y", "g", "{}"), finish("stop"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool x f", "0 tool {}", "0 stop tool", "1 start tool y g", "1 tool {}", "1 stop tool", "stop tool_use", usage},
		},
		{
			"no index, no id, input as an object", sse(delta(`"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g","arguments":{}}}]`), finish("stop"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool new-1 f", `0 tool {"a":1}`, "0 stop tool", "1 start tool new-2 g", "1 tool {}", "1 stop tool", "stop tool_use", usage},
		},
		{
			"an id that Bedrock cannot carry", sse(toolCall(0, "a b", "f", "{}"), finish("tool_calls"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool new-1 f", "0 tool {}", "0 stop tool", "stop tool_use", usage},
		},
		{
			"the name comes late", sse(input(0, `{"a"`), toolCall(0, "x", "f", ":1}"), finish("tool_calls"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool x f", `0 tool {"a":1}`, "0 stop tool", "stop tool_use", usage},
		},
		{
			"text behind a tool", sse(toolCall(0, "x", "f", "{}"), input(0, "\n"), delta(`"content":"a"`), input(0, " \n"), finish("stop"), counted, "[DONE]"),
			[]string{"message c1", "0 start tool x f", "0 tool {}", "0 tool \n", "0 stop tool", "1 text a", "1 stop text", "stop tool_use", usage},
		},
		{
			"members nobody knows", sse(`{"choices":[{"delta":{"content":"a","x":{"content":"b"},"y":[1,{"z":2}]},"logprobs":{"content":[{"token":"a"}]}}],"choices2":[1],"system_fingerprint":"f"}`, finish("stop"), counted, "[DONE]"),
			[]string{"message ", "0 text a", "0 stop text", "stop end_turn", usage},
		},
		{
			"odd types", sse(`{"id":5,"choices":[{"delta":{"content":7,"tool_calls":{}},"finish_reason":false},3]}`, delta(`"content":"a"`), finish("stop"), counted, "[DONE]"),
			[]string{"message ", "0 text a", "0 stop text", "stop end_turn", usage},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 1, 7} {
				got, err := decode(test.stream, size)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Fatalf("in pieces of %d:\n%s", size, diff)
				}
			}
		})
	}
}

func TestStreamsThatFail(t *testing.T) {
	a := delta(`"content":"a"`)
	for name, test := range map[string]struct {
		stream string
		code   fault.Code
		says   string // part of the operator's view
	}{
		"empty":                    {"", fault.ServiceUnavailable, "EOF"},
		"only [DONE]":              {sse("[DONE]"), fault.ServiceUnavailable, "EOF"},
		"html":                     {"<html>\n", fault.ServiceUnavailable, "EOF"},
		"garbage first":            {"data: garbage\n", fault.ServiceUnavailable, "not a JSON object"},
		"garbage later":            {sse(a) + "data: {\"choices\": x\n", fault.ModelStreamError, "invalid character"},
		"a second value":           {"data: {} {}\n", fault.ServiceUnavailable, "behind its JSON object"},
		"cut before content":       {sse(delta(`"role":"assistant"`)), fault.ServiceUnavailable, "EOF"},
		"cut after content":        {sse(a), fault.ModelStreamError, "EOF"},
		"cut in a chunk":           {sse(a) + "data: " + a[:20], fault.ModelStreamError, "EOF"},
		"error first":              {sse(`{"error":{"message":"busy","type":"rate_limit_exceeded"}}`), fault.Throttling, "busy"},
		"error before content":     {sse(delta(`"role":"assistant"`), `{"error":{"message":"oops","code":500}}`), fault.ServiceUnavailable, "oops"},
		"error after content":      {sse(a, `{"error":{"message":"oops","code":503}}`), fault.ModelStreamError, "503: oops"},
		"input behind its end":     {sse(toolCall(0, "x", "f", "{}"), toolCall(1, "y", "g", ""), input(0, "{}")), fault.ModelStreamError, "behind its end"},
		"nothing but empty chunks": {strings.Repeat("data: {}\n", 10), fault.ServiceUnavailable, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			words, err := decode(test.stream, 1<<20)
			if !fault.Is(err, test.code) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("after %q got %v, want code %d and %q", words, err, test.code, test.says)
			}
		})
	}
}

func TestALateErrorKeepsWhatTheServerSaid(t *testing.T) {
	_, err := decode(sse(delta(`"content":"a"`), `{"error":{"message":"oops","code":503}}`), 1<<20)
	var e *fault.Error
	if !errors.As(err, &e) || e.OriginalStatus != 503 || e.OriginalMessage != "oops" {
		t.Errorf("got %+v", e)
	}
}

func TestBoundsOfAStream(t *testing.T) {
	if _, err := decode("data: "+strings.Repeat("x", maxLine), 1<<20); !fault.Is(err, fault.ModelStreamError) {
		t.Errorf("an endless line: got %v", err)
	}
	var calls []string
	for i := range maxCalls + 1 {
		calls = append(calls, toolCall(i, "x", "f", ""))
	}
	if _, err := decode(sse(calls...), 1<<20); !fault.Is(err, fault.ModelStreamError) {
		t.Errorf("tools without end: got %v", err)
	}
	held := []string{toolCall(0, "x", "f", ""), toolCall(1, "y", "g", "")}
	for range 17 {
		held = append(held, input(1, strings.Repeat("x", 1<<20)))
	}
	if _, err := decode(sse(held...), 1<<20); !fault.Is(err, fault.ModelStreamError) {
		t.Errorf("held input without end: got %v", err)
	}
}

// However a stream is cut into reads and an input into fragments, the same events come of it, input joined.
func TestPiecesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := rapid.SliceOfN(rapid.SampledFrom([]string{`{}`, `{"a":"}{\"\\"}`, `{"é":[1,{"x":"]"}]}`, `[[]]`}), 1, 4).Draw(t, "inputs")
		pending, chunks, want := slices.Clone(inputs), []string{}, []string{}
		for i := range inputs {
			chunks = append(chunks, toolCall(i, fmt.Sprint("id", i), "f", ""))
			want = append(want, fmt.Sprintf("%d start tool id%d f", i, i), fmt.Sprintf("%d tool %s", i, inputs[i]), fmt.Sprintf("%d stop tool", i))
		}
		for left := len(inputs); left > 0; {
			i := rapid.IntRange(0, len(inputs)-1).Draw(t, "call")
			if pending[i] == "" {
				continue
			}
			runes := []rune(pending[i])
			n := rapid.IntRange(1, len(runes)).Draw(t, "size")
			chunks = append(chunks, input(i, string(runes[:n])))
			if pending[i] = string(runes[n:]); pending[i] == "" {
				left--
			}
		}
		chunks = append(chunks, finish("tool_calls"), counted, "[DONE]")
		words, err := decode(sse(chunks...), rapid.SliceOfN(rapid.IntRange(1, 50), 1, 20).Draw(t, "reads")...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range words[1 : len(words)-2] {
			before, more, ok := strings.Cut(w, " tool ")
			if last := len(got) - 1; ok && !strings.Contains(w, "start") && last >= 0 && strings.HasPrefix(got[last], before+" tool ") {
				got[last] += more
				continue
			}
			got = append(got, w)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add(sse(delta(`"content":"Hel"`), finish("stop"), counted, "[DONE]"), 3)
	f.Add(sse(toolCall(0, "x", "f", "{}"), input(0, "\n"), toolCall(1, "y", "g", `{"b":`), delta(`"reasoning":"a"`)), 1)
	f.Add("data: {\"error\":{\"message\":\"x\",\"code\":429}}\r\n\r\n", 5)
	f.Add(": c\nevent: e\ndata: [DONE]\n\n", 2)
	f.Fuzz(func(t *testing.T, text string, size int) {
		size = min(max(size, 1), 1<<16)
		words, err := decode(text, size)
		whole, wholeErr := decode(text, 1<<20)
		if diff := cmp.Diff(whole, words); diff != "" || (err == nil) != (wholeErr == nil) {
			t.Fatalf("in pieces of %d: %v, else %v\n%s", size, err, wholeErr, diff)
		}
		if err == nil {
			wellFormed(t, words)
			return
		}
		var e *fault.Error
		if !errors.As(err, &e) {
			t.Fatalf("got %v, want a fault", err)
		}
	})
}

// wellFormed demands the order of events that readers of Converse streams rely on.
func wellFormed(t *testing.T, words []string) {
	open, next := -1, 0
	for i, w := range words {
		var index int
		var what string
		n, _ := fmt.Sscanf(w, "%d %s", &index, &what)
		switch {
		case i == 0 && strings.HasPrefix(w, "message"), i == len(words)-2 && strings.HasPrefix(w, "stop"), i == len(words)-1 && strings.HasPrefix(w, "usage"):
		case n != 2 || index != next:
			t.Fatalf("event %d of %q is out of order", i, words)
		case what == "stop":
			open, next = -1, next+1
		default:
			open = index
		}
	}
	if open >= 0 || len(words) < 3 {
		t.Fatalf("%q is not complete", words)
	}
}

// Events in a known frame are the rule; "parsed" is the price of one that is not.
func BenchmarkStreamEvent(b *testing.B) {
	event := func(created, text string) string {
		return sse(`{"id":"chatcmpl-AbCdEf0123456789","object":"chat.completion.chunk","created":` + created +
			`,"model":"gpt-oss-20b","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":"` + text + `"},"logprobs":null,"finish_reason":null}]}`)
	}
	for name, lines := range map[string][]string{
		"framed": {event("1763820000", " fox"), event("1763820000", " jumps")},
		"parsed": {event("1763820000", " fox"), event("1763820001", " jumps")},
	} {
		b.Run(name, func(b *testing.B) {
			d := NewStreamDecoder(nil)
			d.started, d.chunks.skipID = true, true
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				room, err := d.Room()
				if err != nil {
					b.Fatal(err)
				}
				d.Filled(copy(room, lines[i%2]))
				e, err := d.Next()
				if err != nil || e == nil || e.Text == "" {
					b.Fatal(e, err)
				}
				if e, err := d.Next(); e != nil || err != nil {
					b.Fatal(e, err)
				}
			}
		})
	}
}
