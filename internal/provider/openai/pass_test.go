package openai

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

// passed is a request that nobody has read.
func passed(body string) *provider.Request {
	return &provider.Request{Model: "openai.gpt-oss-20b-1:0", Upstream: "llama", Native: &chat.Native{Dialect: chat.ChatCompletionsDialect, Body: []byte(body)}}
}

func TestSpeaks(t *testing.T) {
	p := (&fake{}).start(t, 0)
	for d, want := range map[chat.Dialect]bool{chat.ChatCompletionsDialect: true, chat.ConverseDialect: false, chat.MessagesDialect: false, chat.ResponsesDialect: false} {
		if got := p.Speaks(d, "x"); got != want {
			t.Errorf("Speaks(%s) = %v", d, got)
		}
	}
}

func TestChatIsPassed(t *testing.T) {
	f := &fake{body: whole}
	got, err := f.start(t, 0).Chat(t.Context(), passed(`{"seed":7, "model":"openai.gpt-oss-20b-1:0","messages":[]}`))
	want := &chat.Response{ID: "c1", Stop: chat.EndTurn, Usage: chat.Usage{Input: 9, Output: 3}, Native: []byte(whole)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if want := `{"seed":7, "model":"llama","messages":[]}`; f.sent != want || f.path != "/v1/chat/completions" {
		t.Errorf("sent %s to %s, want %s", f.sent, f.path, want)
	}
}

func TestAPassedChatWithoutUsageIsEstimated(t *testing.T) {
	p := (&fake{body: `{"choices":[{"message":{"content":"12345678"},"finish_reason":"stop"}]}`}).start(t, 0)
	for _, body := range []string{
		`{"model":"m","messages":[{"role":"user","content":"Hello there, model."}]}`,
		`{"model":"m","words":"which nobody here can read"}`,
	} {
		got, err := p.Chat(t.Context(), passed(body))
		if err != nil {
			t.Fatal(err)
		}
		if u := got.Usage; !u.Estimated || u.Output != 2 || u.Input < 4 || u.Input > 40 {
			t.Errorf("%s: got %+v", body, u)
		}
	}
}

func TestStreamIsPassed(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		want    []string
	}{
		"with usage":    {`{"include_usage":true}`, []string{text("Hel"), text("lo"), stopped, counted}},
		"without usage": {`null`, []string{text("Hel"), text("lo"), stopped, ""}},
	} {
		f := &fake{pieces: data(text("Hel"), text("lo"), stopped, counted, "[DONE]")}
		s, err := f.start(t, 0).Stream(t.Context(), passed(`{"model":"m","stream":true,"stream_options":`+c.options+`}`))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var last chat.Event
		for {
			e, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got, last = append(got, string(e.Native)), *e
		}
		if diff := cmp.Diff(c.want, got); diff != "" || last.Usage != (chat.Usage{Input: 9, Output: 3}) {
			t.Errorf("%s: usage %+v (-want +got):\n%s", name, last.Usage, diff)
		}
		if !strings.Contains(f.sent, `"include_usage":true`) || f.accept != "text/event-stream" {
			t.Errorf("%s: sent %s, accepts %s", name, f.sent, f.accept)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAPassedBodyThatIsRefused(t *testing.T) {
	p := (&fake{status: 400, body: `{"error":{"message":"seed must be a number"}}`}).start(t, 0)
	_, err := p.Chat(t.Context(), passed(`{"model":"m","seed":"x"}`))
	if !fault.Is(err, fault.Validation) || !strings.Contains(err.Error(), "seed must be a number") {
		t.Error(err)
	}
	if _, err = p.Stream(t.Context(), passed(`{"stream":true}`)); !fault.Is(err, fault.Validation) {
		t.Error(err)
	}
}
