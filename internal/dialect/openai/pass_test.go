package openai

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestAppendPassed(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		stream bool
		want   string
		usage  bool
	}{
		"the model alone":       {`{"model":"a","seed": 1}`, false, `{"model":"up","seed": 1}`, false},
		"odd, but kept":         {" {\"z\" : [ 1e400, \"\\ud800\"],\n \"mod\\u0065l\":\"a\", \"z\":0 } ", false, " {\"z\" : [ 1e400, \"\\ud800\"],\n \"mod\\u0065l\":\"up\", \"z\":0 } ", false},
		"options are not asked": {`{"model":"a","stream_options":{"include_usage":false}}`, false, `{"model":"up","stream_options":{"include_usage":false}}`, false},
		"a stream":              {`{"stream":true,"model":"a"}`, true, `{"stream":true,"model":"up","stream_options":{"include_usage":true}}`, false},
		"a stream with usage":   {`{"stream":true,"stream_options":{"include_usage":true,"x":1},"model":"a"}`, true, `{"stream":true,"stream_options":{"include_usage":true,"x":1},"model":"up"}`, true},
		"usage not wanted":      {`{"model":"a","stream_options":{"include_usage":false,"x":[1]},"stream":true}`, true, `{"model":"up","stream_options":{"include_usage":true,"x":[1]},"stream":true}`, false},
		"options first":         {`{"stream_options":{},"model":"a"}`, true, `{"stream_options":{"include_usage":true},"model":"up"}`, false},
		"no options":            {`{"stream_options":null,"model":"a"}`, true, `{"stream_options":{"include_usage":true},"model":"up"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, usage, err := AppendPassed([]byte("x"), []byte(c.body), Target{Model: "up", Stream: c.stream})
			if err != nil || string(got) != "x"+c.want || usage != c.usage {
				t.Errorf("got  %s, usage %v, %v\nwant x%s, usage %v", got, usage, err, c.want, c.usage)
			}
		})
	}
}

func TestAppendPassedRefuses(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{`, `{"model"`, `{"model":`, `{"model":"a"`, `{"model":"a"}x`, `{}`, `{"model":"a","model":"b"}`,
		`{"model":"a","mod\u0065l":"b"}`, `{"model":"a","stream_options":{},"stream_options":{}}`, `{"model":"a","stream_options":[]}`,
		`{"model":"a","stream_options":{"include_usage":1}}`, `{"model":"a","messages":[}`,
	} {
		if got, _, err := AppendPassed(nil, []byte(body), Target{Model: "up", Stream: true}); !fault.Is(err, fault.Validation) {
			t.Errorf("%s: got %s and %v, want a ValidationException", body, got, err)
		}
	}
}

// pass is decode for a stream that is passed on.
func pass(usage bool, text string, size int) (words []string, err error) {
	d, ended := NewPassDecoder(usage), false
	for {
		e, err := d.Next()
		switch {
		case errors.Is(err, io.EOF):
			return words, nil
		case err != nil:
			return words, err
		case e != nil:
			word := map[chat.EventKind]string{chat.MessageStart: "start", chat.BlockDelta: fmt.Sprintf("delta %d", e.Size), chat.MessageStop: "stop " + string(e.Stop)}[e.Kind]
			if e.Kind == chat.Metadata {
				word = tell(e)
			}
			words = append(words, strings.TrimSpace(word+" "+string(e.Native)))
		case text == "" && ended:
			return words, errors.New("BUG: the decoder wants more after the end")
		case text == "":
			ended = true
			if err := d.End(); err != nil {
				return words, err
			}
		default:
			room, err := d.Room()
			if err != nil {
				return words, err
			}
			n := copy(room, text[:min(len(text), size)])
			d.Filled(n)
			text = text[n:]
		}
	}
}

func TestPassedStreams(t *testing.T) {
	role := `{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`
	hello, there := delta(`"content":"hello"`), delta(`"content":" th\u0065re"`)
	counted := `{"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
	stopCounted := `{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
	used := "usage in 9 out 3 cached 0 estimated false"
	for name, c := range map[string]struct {
		usage bool
		text  string
		want  []string
	}{
		"usage wanted":       {true, sse(role, hello, there, finish("stop"), counted, "[DONE]"), []string{"start " + role, "delta 5 " + hello, "delta 6 " + there, "stop end_turn " + finish("stop"), used + " " + counted}},
		"usage not wanted":   {false, sse(role, hello, finish("length"), counted, "[DONE]"), []string{"start " + role, "delta 5 " + hello, "stop max_tokens " + finish("length"), used}},
		"usage with the end": {false, sse(hello, stopCounted, "[DONE]"), []string{"delta 5 " + hello, "stop end_turn " + stopCounted, used}},
		"no usage":           {true, sse(hello, finish("stop"), "[DONE]"), []string{"delta 5 " + hello, "stop end_turn " + finish("stop"), "usage in 0 out 2 cached 0 estimated true"}},
		"no last line":       {true, sse(hello, finish("stop")), []string{"delta 5 " + hello, "stop end_turn " + finish("stop"), "usage in 0 out 2 cached 0 estimated true"}},
		"comments":           {true, ": hi\n\nevent: x\n" + sse(hello, ": still here", finish("stop"), counted, "[DONE]"), []string{"delta 5 " + hello, "stop end_turn " + finish("stop"), used + " " + counted}},
		"kept alive":         {true, sse(role, hello, delta(``), finish("stop"), counted, "[DONE]"), []string{"start " + role, "delta 5 " + hello, "delta 0 " + delta(``), "stop end_turn " + finish("stop"), used + " " + counted}},
		"tools":              {true, sse(toolCall(0, "t1", "find", ""), input(0, `{}`), finish("tool_calls"), counted, "[DONE]"), []string{"delta 4 " + toolCall(0, "t1", "find", ""), "delta 2 " + input(0, `{}`), "stop tool_use " + finish("tool_calls"), used + " " + counted}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 7, 100, 1 << 20} {
				got, err := pass(c.usage, c.text, size)
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("in pieces of %d: error %v (-want +got):\n%s", size, err, diff)
				}
			}
		})
	}
}

func TestPassedStreamsThatFail(t *testing.T) {
	hello := delta(`"content":"hello"`)
	for name, c := range map[string]struct {
		text string
		code fault.Code
	}{
		"nothing":                {"", fault.ServiceUnavailable},
		"only the end":           {sse("[DONE]"), fault.ServiceUnavailable},
		"cut before content":     {sse(delta(`"role":"assistant"`)), fault.ServiceUnavailable},
		"cut within the answer":  {sse(hello), fault.ModelStreamError},
		"garbage at once":        {sse("{]"), fault.ServiceUnavailable},
		"garbage later":          {sse(hello, "{]"), fault.ModelStreamError},
		"an error at once":       {sse(`{"error":{"message":"slow down","code":429}}`), fault.Throttling},
		"an error in the middle": {sse(hello, `{"error":{"message":"slow down","code":429}}`), fault.ModelStreamError},
	} {
		if words, err := pass(true, c.text, 64); !fault.Is(err, c.code) {
			t.Errorf("%s: %q and %v, want the code %v", name, words, err, c.code)
		}
	}
}

func TestDecodePassed(t *testing.T) {
	body := `{"id":"c1","choices":[{"message":{"content":"hi there"},"finish_reason":"length"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}}`
	got, err := DecodePassed([]byte(body))
	want := &chat.Response{ID: "c1", Stop: chat.MaxTokens, Usage: chat.Usage{Input: 5, CacheRead: 4, Output: 3}, Native: []byte(body)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = DecodePassed([]byte(`{"choices":[{"message":{"content":"12345678"},"finish_reason":"stop"}]}`))
	if err != nil || !got.Usage.Estimated || got.Usage.Output != 2 || got.Native == nil {
		t.Errorf("without usage: %+v, %v", got, err)
	}
	for body, code := range map[string]fault.Code{`{`: fault.ServiceUnavailable, `{"choices":[]}`: fault.ModelError, `{"error":{"message":"no","code":429}}`: fault.Throttling} {
		if _, err := DecodePassed([]byte(body)); !fault.Is(err, code) {
			t.Errorf("%s: %v, want the code %v", body, err, code)
		}
	}
}

// What a server of the dialect is sent differs from what the caller wrote in model and stream_options alone.
func FuzzAppendPassed(f *testing.F) {
	f.Add(`{"model":"a","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":false}}`)
	f.Add(`{"stream_options":{},"model":{"a":[]},"x":"\u0000"}`)
	f.Fuzz(func(t *testing.T, body string) {
		out, _, err := AppendPassed(nil, []byte(body), Target{Model: "up", Stream: true})
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v is no ValidationException", err)
			}
			return
		}
		model, options, err := spans(out)
		if err != nil || string(out[model.from:model.to]) != `"up"` || !strings.Contains(string(out[options.from:options.to]), `"include_usage":true`) {
			t.Fatalf("%s became %s (%v)", body, out, err)
		}
	})
}

func BenchmarkPassedEvent(b *testing.B) {
	line := []byte("data: " + delta(`"content":" word"`) + "\n\n")
	d := NewPassDecoder(true)
	b.ReportAllocs()
	for b.Loop() {
		room, err := d.Room()
		if err != nil {
			b.Fatal(err)
		}
		d.Filled(copy(room, line))
		if e, err := d.Next(); e == nil || err != nil {
			b.Fatal(e, err)
		}
		if e, err := d.Next(); e != nil || err != nil {
			b.Fatal(e, err)
		}
	}
}

func BenchmarkAppendPassed(b *testing.B) {
	message := `{"role":"user","content":"` + strings.Repeat("All work and no play. ", 50) + `"},`
	body := []byte(`{"model":"a","stream":true,"messages":[` + strings.Repeat(message, 100) + `{"role":"user","content":"Go on."}]}`)
	if !jsontext.Value(body).IsValid() {
		b.Fatal("the body is no JSON")
	}
	buf := slices.Grow([]byte(nil), len(body)+100)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := AppendPassed(buf[:0], body, Target{Model: "up", Stream: true}); err != nil {
			b.Fatal(err)
		}
	}
}
