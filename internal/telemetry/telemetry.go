// Package telemetry traces calls: one span for each call and one for each attempt at a provider, sent to an OpenTelemetry
// collector by OTLP over HTTP. Nothing of it is on the way of a call unless tracing is on.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options are what Tracing is made of. All are needed.
type Options struct {
	// Endpoint is the collector's address, such as http://127.0.0.1:4318; /v1/traces is added unless it stands there.
	Endpoint    string
	ServiceName string
	Version     string
	// Sample is the share of calls that are traced, 0 to 1. A caller that sends traceparent decides for its own calls.
	Sample float64
	Log    *slog.Logger
}

// Tracing makes spans. It is safe for concurrent use.
type Tracing struct {
	spans    *sdktrace.TracerProvider
	tracer   trace.Tracer
	incoming propagation.TraceContext
	running  sync.Map // the spans of calls under way, trace.Span by request id
}

// Open begins to trace. That nobody listens at the endpoint is no error: spans are then lost, and a log line says so.
func Open(ctx context.Context, o Options) (*Tracing, error) {
	endpoint, err := tracesURL(o.Endpoint)
	if err != nil {
		return nil, err
	}
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, fmt.Errorf("cannot trace to %s: %w", endpoint, err)
	}
	who, err := resource.New(ctx, resource.WithFromEnv(), resource.WithAttributes(
		attribute.String(serviceName, o.ServiceName), attribute.String(serviceVer, o.Version)))
	if err != nil {
		return nil, fmt.Errorf("cannot trace: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	spans := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(&exporter{to: out, log: o.Log}),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Sample))),
		sdktrace.WithResource(who),
	)
	return &Tracing{spans: spans, tracer: spans.Tracer("github.com/outcrop/outcrop", trace.WithInstrumentationVersion(o.Version))}, nil
}

// tracesURL is where a collector takes traces.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("cannot trace: %w", err)
	}
	const path = "/v1/traces"
	if !strings.HasSuffix(u.Path, path) {
		u = u.JoinPath(path)
	}
	return u.String(), nil
}

// Close sends what waits, or gives up when ctx ends. What is lost then, the log has told.
func (t *Tracing) Close(ctx context.Context) error { return t.spans.Shutdown(ctx) }

// exporter logs what could not be sent, now and then, instead of telling it to the whole process.
type exporter struct {
	to  sdktrace.SpanExporter
	log *slog.Logger

	// mu guards told. Held only to compare times.
	mu   sync.Mutex
	told time.Time
}

// quietFor is how long one log line stands for all failures.
const quietFor = time.Minute

// ExportSpans implements sdktrace.SpanExporter.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.to.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := time.Now(); now.Sub(e.told) >= quietFor {
		e.told = now
		e.log.Warn("spans are lost: the collector did not take them", "spans", len(spans), "err", err)
	}
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (e *exporter) Shutdown(ctx context.Context) error { return e.to.Shutdown(ctx) }
