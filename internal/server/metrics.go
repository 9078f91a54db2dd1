package server

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
)

// Metrics counts what happens, for Prometheus. Labels are few: models and regions are as many as
// are really called, and callers' own names are never labels, but for those of application profiles when they are asked for.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	calls    *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	attempts *prometheus.CounterVec
	duration *prometheus.HistogramVec
	first    *prometheus.HistogramVec
	genAI    *genAI
	cache    seriesCache
}

// MetricsOptions say how fine metrics are.
type MetricsOptions struct {
	// Profiles gives the GenAI metrics a label with the application profile, for so many profiles; 0: no label.
	Profiles int
}

// NewMetrics makes metrics with a registry of their own. More collectors come from the parts that count for themselves.
func NewMetrics(version string, o MetricsOptions, more ...prometheus.Collector) *Metrics {
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
		genAI: newGenAI(o),
	}
	m.cache.profiles.limit = o.Profiles
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "outcrop_build_info", Help: "Always 1; its label names the version."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(build, m.requests, m.calls, m.tokens, m.attempts, m.duration, m.first,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.genAI.collectors()...)
	m.registry.MustRegister(more...)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Add has more parts count for themselves, once they are made.
func (m *Metrics) Add(more ...prometheus.Collector) { m.registry.MustRegister(more...) }

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
	c := m.series(r)
	c.calls.Inc()
	if r.Region == "" {
		return
	}
	c.duration.Observe(r.Latency.Seconds())
	if c.first != nil {
		c.first.Observe(r.FirstContent.Seconds())
	}
	for i, n := range [...]int64{r.Usage.Input, r.Usage.Output, r.Usage.CacheRead, r.Usage.CacheWrite()} {
		if n > 0 {
			m.token(c, i).Add(float64(n))
		}
	}
	c.genAI.observe(r)
}

// failed counts an attempt that failed by the fault of its place.
func (m *Metrics) failed(f gateway.Failure) {
	if fault.Is(f.Err, fault.Validation) {
		return
	}
	m.attempts.WithLabelValues(f.Provider, f.Model, string(f.Region)).Inc()
}

// outcome is the call's end in one word: "ok", or the name of its error.
func outcome(r *gateway.Record) string {
	if r.Failure == nil {
		return "ok"
	}
	return r.Failure.Code.String()
}
