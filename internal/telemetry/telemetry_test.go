package telemetry_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/telemetry"
)

const (
	server = otlp.Span_SPAN_KIND_SERVER
	client = otlp.Span_SPAN_KIND_CLIENT

	traceID  = "0af7651916cd43dd8448eb211c80319c"
	parentID = "b7ad6b7169203331"
	awsID    = "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11"
)

// fake answers every call the same.
type fake struct {
	provider.Provider
	err    error
	events []chat.Event
}

func (f *fake) Chat(context.Context, *provider.Request) (*chat.Response, error) {
	return &chat.Response{Usage: chat.Usage{Input: 3, CacheRead: 4, Output: 5}, Stop: chat.EndTurn}, f.err
}

func (f *fake) Stream(context.Context, *provider.Request) (provider.Stream, error) {
	return &fakeStream{f.events}, f.err
}

type fakeStream struct{ events []chat.Event }

func (s *fakeStream) Next() (*chat.Event, error) {
	if len(s.events) == 0 {
		return nil, io.EOF
	}
	e := &s.events[0]
	s.events = s.events[1:]
	return e, nil
}

func (*fakeStream) Close() error { return nil }

// speaking is a fake that passes bodies on.
type speaking struct{ fake }

func (*speaking) Speaks(d chat.Dialect, _ string) bool { return d == chat.InvokeDialect }

// request is an attempt.
func request() *provider.Request {
	most, warm := 100, 0.5
	return &provider.Request{Region: "us-west-2", Model: "m", Upstream: "up-m", Chat: &chat.Request{
		Inference: chat.Inference{MaxTokens: &most, Temperature: &warm, Stop: []string{"END"}},
	}}
}

// begin opens the span of a call, and returns the call and what ends it.
func begin(t *testing.T, spans *telemetry.Tracing, operation, traceparent string) (*awswire.Call, func(awswire.Outcome)) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/model/x/converse", nil)
	if traceparent != "" {
		r.Header.Set("Traceparent", traceparent)
	}
	c := &awswire.Call{RequestID: awsID, Region: "us-east-1", Request: r, Arrived: time.Now().Add(-time.Second)}
	w := httptest.NewRecorder()
	through, end := spans.Begin(w, c, operation)
	if through != http.ResponseWriter(w) {
		t.Error("the writer was wrapped")
	}
	return c, end
}

func TestCallAndAttempt(t *testing.T) {
	s := newSink(t)
	spans, flush := s.open(0) // the caller's own decision wins
	c, end := begin(t, spans, "Converse", "00-"+traceID+"-"+parentID+"-01")
	p := spans.Provider("vllm", "openai", &fake{})
	if _, err := p.Chat(c.Request.Context(), request()); err != nil {
		t.Fatal(err)
	}
	spans.Settled(&gateway.Record{
		RequestID: awsID, Identifier: "us.m", Source: "us-east-1", Region: "us-west-2", Attempts: 2, Route: "us-east-1=throttled us-west-2=served",
		Target: &profile.Target{Model: &catalog.Model{ID: "m"}, System: &catalog.Profile{ID: "us.m"}},
		Usage:  chat.Usage{Input: 3, CacheRead: 4, CacheWrite1h: 2, Output: 5}, FirstContent: 250 * time.Millisecond,
	})
	end(awswire.Outcome{Status: 200})
	flush()
	call, attempt := s.span(server), s.span(client)
	if id(call.TraceId) != traceID || id(call.ParentSpanId) != parentID || id(attempt.TraceId) != traceID || id(attempt.ParentSpanId) != id(call.SpanId) {
		t.Errorf("call %x below %x, attempt below %x", call.TraceId, call.ParentSpanId, attempt.ParentSpanId)
	}
	if call.Name != "chat us.m" || attempt.Name != "chat up-m" {
		t.Errorf("names %q and %q", call.Name, attempt.Name)
	}
	if call.StartTimeUnixNano != uint64(c.Arrived.UnixNano()) || call.EndTimeUnixNano < attempt.EndTimeUnixNano {
		t.Error("the call does not last from its arrival to behind its attempt")
	}
	if diff := cmp.Diff(map[string]any{
		"gen_ai.provider.name": "aws.bedrock", "gen_ai.operation.name": "chat", "gen_ai.request.model": "us.m", "gen_ai.response.model": "m",
		"gen_ai.usage.input_tokens": int64(9), "gen_ai.usage.output_tokens": int64(5),
		"gen_ai.usage.cache_read.input_tokens": int64(4), "gen_ai.usage.cache_creation.input_tokens": int64(2),
		"gen_ai.request.stream": true, "gen_ai.response.time_to_first_chunk": 0.25,
		"rpc.system": "aws-api", "rpc.service": "Bedrock Runtime", "rpc.method": "Converse", "aws.request_id": awsID, "cloud.region": "us-east-1",
		"http.response.status_code": int64(200), "outcrop.region": "us-west-2", "outcrop.attempts": int64(2),
		"outcrop.route": "us-east-1=throttled us-west-2=served", "outcrop.profile": "us.m", "outcrop.cost_usd": "0",
	}, attributes(call.Attributes)); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{
		"gen_ai.provider.name": "openai", "gen_ai.operation.name": "chat", "gen_ai.request.model": "up-m", "cloud.region": "us-west-2",
		"gen_ai.request.max_tokens": int64(100), "gen_ai.request.temperature": 0.5, "gen_ai.request.stop_sequences": []string{"END"},
		"gen_ai.usage.input_tokens": int64(7), "gen_ai.usage.output_tokens": int64(5), "gen_ai.usage.cache_read.input_tokens": int64(4),
		"gen_ai.response.finish_reasons": []string{"end_turn"}, "outcrop.provider": "vllm",
	}, attributes(attempt.Attributes)); diff != "" {
		t.Errorf("attempt (-want +got):\n%s", diff)
	}
	if want := map[string]any{"service.name": "gateway", "service.version": "v1"}; !cmp.Equal(want, some(s.resource, want)) {
		t.Errorf("resource %v", s.resource)
	}
}

func TestFailures(t *testing.T) {
	s := newSink(t)
	spans, flush := s.open(1)
	c, end := begin(t, spans, "Converse", "")
	p := spans.Provider("vllm", "openai", &fake{err: fault.Wrap(fault.Throttling, errors.New("what the caller said"), "slow down")})
	_, err := p.Chat(c.Request.Context(), request())
	if !fault.Is(err, fault.Throttling) {
		t.Fatal(err)
	}
	end(awswire.Outcome{Status: 429, Err: err})
	flush()
	call, attempt := s.span(server), s.span(client)
	if got := attributes(call.Attributes)["error.type"]; got != "ThrottlingException" || call.Status.Code != otlp.Status_STATUS_CODE_UNSET {
		t.Errorf("call: %v %v", got, call.Status)
	}
	if got := attributes(attempt.Attributes)["error.type"]; got != "ThrottlingException" || attempt.Status.Code != otlp.Status_STATUS_CODE_ERROR {
		t.Errorf("attempt: %v %v", got, attempt.Status)
	}
	if strings.Contains(attempt.String(), "what the caller said") {
		t.Error("the provider's words stand in the span")
	}
}

func TestClientLeaves(t *testing.T) {
	s := newSink(t)
	spans, flush := s.open(1)
	_, end := begin(t, spans, "ConverseStream", "")
	end(awswire.Outcome{Status: 200, Err: io.ErrClosedPipe})
	flush()
	call := s.span(server)
	if got := attributes(call.Attributes)["error.type"]; got != "client_gone" || call.Status.Code != otlp.Status_STATUS_CODE_UNSET {
		t.Errorf("%v %v", got, call.Status)
	}
}

func TestStreams(t *testing.T) {
	whole := []chat.Event{{Kind: chat.MessageStart}, {Kind: chat.BlockDelta, Text: "hi"}, {Kind: chat.MessageStop, Stop: chat.MaxTokens}, {Kind: chat.Metadata, Usage: chat.Usage{Input: 1, Output: 2}}}
	for name, read := range map[string]int{"to its end": 5, "closed early": 2} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t)
			spans, flush := s.open(1)
			in, err := spans.Provider("v", "openai", &fake{events: whole}).Stream(t.Context(), request())
			if err != nil {
				t.Fatal(err)
			}
			for range read {
				in.Next()
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
			flush()
			got := attributes(s.span(client).Attributes)
			if got["gen_ai.request.stream"] != true || got["gen_ai.response.time_to_first_chunk"] == nil {
				t.Errorf("got %v", got)
			}
			if _, whole := got["gen_ai.usage.output_tokens"]; whole != (read == 5) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestNothingIsTracedUnasked(t *testing.T) {
	s := newSink(t)
	spans, flush := s.open(0)
	c, end := begin(t, spans, "Converse", "00-"+traceID+"-"+parentID+"-00")
	if end != nil {
		t.Error("a call that is not sampled has an end")
	}
	in, err := spans.Provider("v", "openai", &fake{}).Stream(c.Request.Context(), request())
	if _, bare := in.(*fakeStream); !bare || err != nil {
		t.Errorf("its stream is a %T (%v)", in, err)
	}
	if _, end := begin(t, spans, "ListInferenceProfiles", ""); end != nil {
		t.Error("an operation that runs no model is traced")
	}
	flush()
	if len(s.spans) != 0 {
		t.Errorf("%d spans", len(s.spans))
	}
}

func TestSpeakersGoOnSpeaking(t *testing.T) {
	spans, _ := newSink(t).open(1)
	if _, ok := spans.Provider("v", "openai", &fake{}).(provider.Speaker); ok {
		t.Error("who does not speak does now")
	}
	s, ok := spans.Provider("v", "openai", &speaking{}).(provider.Speaker)
	if !ok || !s.Speaks(chat.InvokeDialect, "m") || s.Speaks("other", "m") {
		t.Error("a speaker speaks no more")
	}
}

func TestCollectorIsAway(t *testing.T) {
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	t.Cleanup(away.Close)
	var said strings.Builder
	spans, err := telemetry.Open(t.Context(), telemetry.Options{
		Endpoint: away.URL + "/v1/traces", ServiceName: "s", Version: "v", Sample: 1, Log: slog.New(slog.NewTextHandler(&said, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, end := begin(t, spans, "Converse", "")
	end(awswire.Outcome{Status: 200})
	if err := spans.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	if !strings.Contains(said.String(), "spans are lost") {
		t.Errorf("the log says %q", said.String())
	}
}
