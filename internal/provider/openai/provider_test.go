package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

func ask() *provider.Request {
	return &provider.Request{Model: "amazon.nova-lite-v1:0", Upstream: "llama", Chat: &chat.Request{
		Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("Hello there, model.")}}},
	}}
}

// drain reads a stream to its end.
func drain(s provider.Stream) (text string, last chat.Event, err error) {
	for {
		e, err := s.Next()
		if err == io.EOF {
			return text, last, nil
		}
		if err != nil {
			return text, last, err
		}
		text, last = text+e.Text, *e
	}
}

func TestChat(t *testing.T) {
	f := &fake{body: whole}
	got, err := f.start(t, 0).Chat(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	want := &chat.Response{ID: "c1", Content: []chat.Block{chat.Text("hi")}, Stop: chat.EndTurn, Usage: chat.Usage{Input: 9, Output: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sent := []string{"/v1/chat/completions", "Bearer sk-test", "application/json", `{"model":"llama","messages":[{"role":"user","content":"Hello there, model."}]}`}
	if diff := cmp.Diff(sent, []string{f.path, f.auth, f.accept, f.sent}); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsOfTheAnswerCanBePicked(t *testing.T) {
	r := ask()
	r.Chat.ExtraPaths = []string{"/choices/0/finish_reason"}
	got, err := (&fake{body: whole}).start(t, 0).Chat(t.Context(), r)
	if err != nil || string(got.Extra) != whole {
		t.Errorf("got %s, %v; want the whole answer", got.Extra, err)
	}
}

func TestChatWithoutUsageIsEstimated(t *testing.T) {
	for name, f := range map[string]*fake{
		"length":  {body: `{"choices":[{"message":{"content":"12345678"}}]}`},
		"chunked": {header: map[string]string{"Content-Type": "application/json"}, pieces: []string{`{"choices":[{"mess`, `age":{"content":"12345678"}}]}`}},
	} {
		got, err := f.start(t, 0).Chat(t.Context(), ask())
		if err != nil {
			t.Fatal(err)
		}
		if u := got.Usage; !u.Estimated || u.Output != 2 || u.Input < 4 || u.Input > 20 {
			t.Errorf("%s: got %+v", name, u)
		}
	}
}

func TestStream(t *testing.T) {
	f := &fake{pieces: data(text("Hel"), text("lo"), stopped, counted, "[DONE]")}
	p := f.start(t, 0)
	for range 3 {
		s, err := p.Stream(t.Context(), ask())
		if err != nil {
			t.Fatal(err)
		}
		got, last, err := drain(s)
		if err != nil || got != "Hello" || last.Kind != chat.Metadata || last.Usage != (chat.Usage{Input: 9, Output: 3}) {
			t.Errorf("got %q, %+v, %v", got, last, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Next(); err != io.EOF {
			t.Errorf("behind the end: got %v", err)
		}
	}
	if n := f.connections.Load(); n != 1 {
		t.Errorf("%d connections for three streams in a row, want 1", n)
	}
	if f.accept != "text/event-stream" || !strings.Contains(f.sent, `"stream":true`) {
		t.Errorf("sent %q, accepts %q", f.sent, f.accept)
	}
}

func TestStreamWithoutUsageIsEstimated(t *testing.T) {
	s, err := (&fake{pieces: data(text("12345678"), stopped, "[DONE]")}).start(t, 0).Stream(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, last, err := drain(s); err != nil || !last.Usage.Estimated || last.Usage.Output != 2 || last.Usage.Input < 4 {
		t.Errorf("got %+v, %v", last.Usage, err)
	}
}

func TestAToolInputInSingleBytes(t *testing.T) {
	input := `{"text":"` + strings.Repeat("lorem \\\"ipsum\\\" ", 600) + `"}`
	chunks := append([]string{`{"id":"c1","choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":""}}]}}]}`}, letters(input)...)
	s, err := (&fake{pieces: data(append(chunks, `{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`, counted, "[DONE]")...)}).start(t, 0).Stream(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, _, err := drain(s); err != nil || got != input {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, len(input))
	}
}

// each runs a call plainly and streamed.
func each(ctx context.Context, t *testing.T, p *Provider, check func(t *testing.T, err error)) {
	t.Run("whole", func(t *testing.T) {
		_, err := p.Chat(ctx, ask())
		check(t, err)
	})
	t.Run("streamed", func(t *testing.T) {
		s, err := p.Stream(ctx, ask())
		if err == nil {
			defer s.Close()
			_, _, err = drain(s)
		}
		check(t, err)
	})
}

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		f       *fake
		want    fault.Error
		private string
	}{
		"throttled": {
			&fake{status: 429, header: map[string]string{"Retry-After": "3"}, body: `{"error":{"message":"slow down"}}`},
			fault.Error{Code: fault.Throttling, Message: "Too many requests, please wait before trying again.", RetryAfter: 3 * time.Second},
			"slow down",
		},
		"broken": {&fake{status: 500, body: "oops"}, fault.Error{Code: fault.ServiceUnavailable, Message: upstream.Unavailable}, "500: oops"},
		"bad request": {
			&fake{status: 400, body: `{"error":{"message":"too hot"}}`},
			fault.Error{Code: fault.Validation, Message: "The model returned the following errors: too hot"},
			"",
		},
		"key refused":        {&fake{status: 401}, fault.Error{Code: fault.Internal, Message: "The model's server refused this gateway."}, "check api-key"},
		"error inside 200":   {&fake{pieces: data(`{"error":{"message":"busy","code":429}}`)}, fault.Error{Code: fault.Throttling, Message: "Too many requests, please wait before trying again."}, "busy"},
		"nothing inside 200": {&fake{pieces: []string{}}, fault.Error{Code: fault.ServiceUnavailable}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := test.f.start(t, 0)
			check := func(t *testing.T, err error) {
				var e *fault.Error
				if !errors.As(err, &e) || e.Code != test.want.Code || e.RetryAfter != test.want.RetryAfter || !strings.Contains(e.Error(), test.private) {
					t.Fatalf("got %v", err)
				}
				if test.want.Message != "" && e.Message != test.want.Message {
					t.Errorf("got %q, want %q", e.Message, test.want.Message)
				}
			}
			if test.f.pieces == nil {
				each(t.Context(), t, p, check)
				return
			}
			s, err := p.Stream(t.Context(), ask())
			if err == nil {
				defer s.Close()
				_, err = s.Next()
			}
			check(t, err)
		})
	}
}

func TestStreamsThatBreak(t *testing.T) {
	for name, test := range map[string]struct {
		f    *fake
		code fault.Code
	}{
		"cut before content":     {&fake{pieces: data(`{"choices":[{"delta":{"role":"assistant"}}]}`), cut: true}, fault.ServiceUnavailable},
		"cut after content":      {&fake{pieces: data(text("a")), cut: true}, fault.ModelStreamError},
		"ended after content":    {&fake{pieces: data(text("a"))}, fault.ModelStreamError},
		"garbage after content":  {&fake{pieces: data(text("a"), "garbage")}, fault.ModelStreamError},
		"error after content":    {&fake{pieces: data(text("a"), `{"error":{"message":"oops"}}`)}, fault.ModelStreamError},
		"an answer of JSON":      {&fake{body: whole, header: map[string]string{"Content-Type": "application/json"}}, fault.ServiceUnavailable},
		"silent after content":   {&fake{pieces: data(text("a")), hold: make(chan struct{}), holdBody: true, gone: make(chan struct{})}, fault.ModelStreamError},
		"silent from the start":  {&fake{hold: make(chan struct{}), gone: make(chan struct{})}, fault.ModelTimeout},
		"silent behind the head": {&fake{pieces: []string{": ping\n\n"}, hold: make(chan struct{}), holdBody: true, gone: make(chan struct{})}, fault.ModelTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			timeout := time.Duration(0)
			if test.f.hold != nil {
				timeout = 30 * time.Millisecond
			}
			s, err := test.f.start(t, timeout).Stream(t.Context(), ask())
			if err == nil {
				defer s.Close()
				_, _, err = drain(s)
				if _, again := s.Next(); again != err {
					t.Errorf("the next Next says %v, the first said %v", again, err)
				}
			}
			if !fault.Is(err, test.code) {
				t.Errorf("got %v, want code %d", err, test.code)
			}
			if test.f.gone != nil {
				<-test.f.gone
			}
		})
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	each(t.Context(), t, newProvider(t, "http://"+address, 0), func(t *testing.T, err error) {
		if !fault.Is(err, fault.ServiceUnavailable) || !strings.Contains(err.Error(), address) {
			t.Errorf("got %v, want an unavailable server, named", err)
		}
	})
}

func TestACallerWhoLeavesReleasesTheServer(t *testing.T) {
	for _, holdBody := range []bool{false, true} {
		t.Run(fmt.Sprintf("in the body %v", holdBody), func(t *testing.T) {
			f := &fake{hold: make(chan struct{}), gone: make(chan struct{}), holdBody: holdBody}
			if holdBody {
				f.pieces = data(text("a"))
			}
			p := f.start(t, 0)
			reason := errors.New("the caller left")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if !holdBody {
				f.arrived = make(chan struct{})
				go func() { <-f.arrived; cancel(reason) }()
			}
			s, err := p.Stream(ctx, ask())
			if err == nil {
				defer s.Close()
				for err == nil {
					var e *chat.Event
					if e, err = s.Next(); err == nil && e.IsContent() {
						cancel(reason)
					}
				}
			}
			if !errors.Is(err, reason) {
				t.Errorf("got %v, want the context's cause", err)
			}
			<-f.gone
		})
	}
}

func TestAnEarlyCloseReleasesTheServer(t *testing.T) {
	f := &fake{pieces: data(text("a")), hold: make(chan struct{}), gone: make(chan struct{}), holdBody: true}
	s, err := f.start(t, 0).Stream(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	<-f.gone
	if _, err := s.Next(); err == nil || err == io.EOF {
		t.Errorf("behind Close: got %v, want an error", err)
	}
}

func TestEmbed(t *testing.T) {
	f := &fake{body: `{"data":[{"embedding":[1,2]}]}`}
	got, err := f.start(t, 0).Embed(t.Context(), &provider.EmbedRequest{Upstream: "e", Embed: &chat.EmbedRequest{Inputs: chat.TextInputs("some words")}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float32{{1, 2}}, got.Vectors); diff != "" || !got.Usage.Estimated || got.Usage.Input < 2 || f.path != "/v1/embeddings" {
		t.Errorf("%+v from %s: %s", got.Usage, f.path, diff)
	}
	f.status, f.body = 404, `{"error":{"message":"no such model"}}`
	if _, err := f.start(t, 0).Embed(t.Context(), &provider.EmbedRequest{Embed: &chat.EmbedRequest{}}); !fault.Is(err, fault.Validation) {
		t.Errorf("got %v, want a validation error", err)
	}
}

func TestRerankIsRefused(t *testing.T) {
	if _, err := (&fake{}).start(t, 0).Rerank(t.Context(), &provider.RerankRequest{}); !fault.Is(err, fault.Validation) {
		t.Errorf("got %v, want a validation error", err)
	}
}

func TestCountTokensIsAnEstimate(t *testing.T) {
	n, exact, err := (&fake{}).start(t, 0).CountTokens(t.Context(), ask())
	if n < 4 || n > 20 || exact || err != nil {
		t.Errorf("got %d, %v, %v", n, exact, err)
	}
	count := func(model string) int64 {
		r := ask()
		r.Model, r.Chat.Messages[0].Content[0].Text = model, strings.Repeat("Приливы и отливы. ", 50)
		n, _, err := (&fake{}).start(t, 0).CountTokens(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if a, b := count("meta.llama3-1-70b-instruct-v1:0"), count("cohere.command-r-v1:0"); a == b {
		t.Errorf("two families count the same text alike: %d", a)
	}
}

func TestNew(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:8000", "http://user:pass@host/v1", "ftp://host", "http://%zz"} {
		if _, err := New(Options{URL: url}); err == nil || strings.Contains(err.Error(), "pass") && !strings.Contains(err.Error(), "password") {
			t.Errorf("%q: got %v, want an error without the password", url, err)
		}
	}
	p, err := New(Options{URL: "http://host/openai%2Fx/?api-version=1"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "/openai%2Fx/chat/completions?api-version=1"; p.completions != want {
		t.Errorf("the target is %q, want %q", p.completions, want)
	}
	if _, err := New(Options{URL: "http://host", APIKey: identity.NewSecret("a\nb")}); err == nil {
		t.Error("a key that cannot stand in a header was accepted")
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	p := newProvider(t, server.URL, 0)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				r := ask()
				r.Upstream = fmt.Sprintf("model-%d", i)
				got, err := p.Chat(t.Context(), r)
				if err != nil || got.Content[0].Text != r.Upstream {
					t.Errorf("got %+v, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkChat(b *testing.B) {
	p := (&fake{body: whole}).start(b, 0)
	ctx, r := b.Context(), ask()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Chat(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
}
