package invocationlog

import "github.com/prometheus/client_golang/prometheus"

// metrics count what becomes of records, for Prometheus.
type metrics struct {
	written, dropped, failures prometheus.Counter
	waiting                    prometheus.Gauge
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	return &metrics{
		written:  counter("outcrop_invocation_logs_total", "Records written to invocation logs, once for each destination."),
		dropped:  counter("outcrop_invocation_logs_dropped_total", "Calls not logged because too many waited to be written."),
		failures: counter("outcrop_invocation_log_failures_total", "Files of invocation logs that could not be written; what they held is lost."),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "outcrop_invocation_logs_queued_bytes", Help: "Bytes of calls that wait to be logged.",
		}),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.written, m.dropped, m.failures, m.waiting}
}
