package server

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/outcrop/outcrop/internal/gateway"
)

// Metrics counts what happens, for Prometheus. Labels are few: models and regions are as many as
// are really called, and callers' own names are never labels.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	calls    *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	attempts *prometheus.CounterVec
	duration *prometheus.HistogramVec
	first    *prometheus.HistogramVec
}

// NewMetrics makes metrics with a registry of their own. More collectors come from the parts that count for themselves.
func NewMetrics(version string, more ...prometheus.Collector) *Metrics {
	seconds := []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("outcrop_http_requests_total", "API requests answered, by HTTP status.", "status"),
		calls:    counter("outcrop_calls_total", "Inference calls settled.", "operation", "model", "source", "region", "outcome"),
		tokens:   counter("outcrop_tokens_total", "Tokens metered.", "model", "region", "class"),
		attempts: counter("outcrop_attempts_failed_total", "Attempts at a deployment that failed, also when another then served the call.", "provider", "model", "region"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "outcrop_call_duration_seconds", Help: "From a call's arrival to the end of its answer.", Buckets: seconds,
		}, []string{"operation"}),
		first: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "outcrop_time_to_first_token_seconds", Help: "From a streamed call's arrival to its first content.", Buckets: seconds,
		}, []string{"region"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "outcrop_build_info", Help: "Always 1; its label names the version."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(build, m.requests, m.calls, m.tokens, m.attempts, m.duration, m.first,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(more...)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// answered counts one API request.
func (m *Metrics) answered(status int) {
	m.requests.WithLabelValues(strconv.Itoa(status)).Inc()
}

// settled counts one call. A call that never resolved has no model and no region to count under.
func (m *Metrics) settled(r *gateway.Record) {
	model := ""
	if r.Target != nil {
		model = r.Target.Model.ID
	}
	m.calls.WithLabelValues(r.Operation, model, string(r.Source), string(r.Region), outcome(r)).Inc()
	if r.Region == "" {
		return
	}
	m.duration.WithLabelValues(r.Operation).Observe(r.Latency.Seconds())
	if r.FirstContent > 0 {
		m.first.WithLabelValues(string(r.Region)).Observe(r.FirstContent.Seconds())
	}
	m.count(model, string(r.Region), "input", r.Usage.Input)
	m.count(model, string(r.Region), "output", r.Usage.Output)
	m.count(model, string(r.Region), "cache_read", r.Usage.CacheRead)
	m.count(model, string(r.Region), "cache_write", r.Usage.CacheWrite())
}

func (m *Metrics) count(model, region, class string, n int64) {
	if n > 0 {
		m.tokens.WithLabelValues(model, region, class).Add(float64(n))
	}
}

func (m *Metrics) failed(f gateway.Failure) {
	m.attempts.WithLabelValues(f.Provider, f.Model, string(f.Region)).Inc()
}

// outcome is the call's end in one word: "ok", or the name of its error.
func outcome(r *gateway.Record) string {
	if r.Failure == nil {
		return "ok"
	}
	return r.Failure.Code.String()
}
