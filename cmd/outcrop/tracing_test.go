package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// The spans of a call reach a collector: the call's own, and below it one for each attempt.
func TestTracing(t *testing.T) {
	var mu sync.Mutex
	var spans []*otlp.Span
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var in collector.ExportTraceServiceRequest
		if err = errors.Join(err, proto.Unmarshal(body, &in)); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, rs := range in.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				spans = append(spans, ss.Spans...)
			}
		}
	}))
	defer sink.Close()
	s := serveHere(t, `
simulator:
  first-token: 0s
  tokens-per-second: 0
  failures: [{region: us-east-1, kind: throttling}]
tracing: {endpoint: "`+sink.URL+`"}
`)
	const hello = `{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}`
	s.do(t, "POST", "/model/us.amazon.nova-lite-v1:0/converse-stream", hello)
	s.do(t, "GET", "/inference-profiles", "")
	s.end(t)
	mu.Lock()
	defer mu.Unlock()
	var call *otlp.Span
	var errs []string
	for _, one := range spans {
		if one.Kind == otlp.Span_SPAN_KIND_SERVER {
			call = one
		}
	}
	if len(spans) != 3 || call == nil || call.Name != "chat us.amazon.nova-lite-v1:0" {
		t.Fatalf("spans: %v", spans)
	}
	for _, one := range spans {
		if one == call {
			continue
		}
		if string(one.ParentSpanId) != string(call.SpanId) || one.Name != "chat amazon.nova-lite-v1:0" {
			t.Errorf("attempt %v", one)
		}
		for _, a := range one.Attributes {
			if a.Key == "error.type" {
				errs = append(errs, a.Value.GetStringValue())
			}
		}
	}
	if len(errs) != 1 || errs[0] != "ThrottlingException" {
		t.Errorf("errors of the attempts: %v", errs)
	}
}
