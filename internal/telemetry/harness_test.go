package telemetry_test

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/outcrop/outcrop/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is a collector of OTLP over HTTP.
type sink struct {
	t        *testing.T
	url      string
	mu       sync.Mutex
	spans    []*otlp.Span
	resource map[string]any
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{t: t}
	server := httptest.NewServer(s)
	s.url = server.URL
	t.Cleanup(server.Close)
	return s
}

// ServeHTTP takes spans as protobuf.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := read(r)
	var in collector.ExportTraceServiceRequest
	if err = errors.Join(err, proto.Unmarshal(body, &in)); err != nil || r.URL.Path != "/v1/traces" {
		s.t.Errorf("%s: %v", r.URL, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rs := range in.ResourceSpans {
		s.resource = attributes(rs.Resource.Attributes)
		for _, ss := range rs.ScopeSpans {
			s.spans = append(s.spans, ss.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func read(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// attributes are a span's, as Go values.
func attributes(list []*common.KeyValue) map[string]any {
	all := map[string]any{}
	for _, kv := range list {
		switch v := kv.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			all[kv.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			all[kv.Key] = v.IntValue
		case *common.AnyValue_DoubleValue:
			all[kv.Key] = v.DoubleValue
		case *common.AnyValue_BoolValue:
			all[kv.Key] = v.BoolValue
		case *common.AnyValue_ArrayValue:
			var items []string
			for _, item := range v.ArrayValue.Values {
				items = append(items, item.GetStringValue())
			}
			all[kv.Key] = items
		}
	}
	return all
}

// span is the only span of a kind that has come.
func (s *sink) span(kind otlp.Span_SpanKind) *otlp.Span {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *otlp.Span
	for _, one := range s.spans {
		if one.Kind == kind {
			if found != nil {
				s.t.Fatalf("two spans of the kind %s", kind)
			}
			found = one
		}
	}
	if found == nil {
		s.t.Fatalf("no span of the kind %s among %d", kind, len(s.spans))
	}
	return found
}

// open traces to the sink.
func (s *sink) open(sample float64) (t *telemetry.Tracing, flush func()) {
	s.t.Helper()
	t, err := telemetry.Open(s.t.Context(), telemetry.Options{
		Endpoint: s.url, ServiceName: "gateway", Version: "v1", Sample: sample, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	flush = sync.OnceFunc(func() {
		if err := t.Close(context.Background()); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(flush)
	return t, flush
}

func id(b []byte) string { return hex.EncodeToString(b) }

// some are those attributes whose names are in want.
func some(all, want map[string]any) map[string]any {
	all = maps.Clone(all)
	maps.DeleteFunc(all, func(name string, _ any) bool { _, ok := want[name]; return !ok })
	return all
}
