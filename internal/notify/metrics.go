package notify

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	waiting prometheus.Gauge
	done    *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "outcrop_notifications_waiting", Help: "Messages in the outbox that have not arrived.",
		}),
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcrop_notifications_total", Help: "Messages that were delivered or given up.",
		}, []string{"outcome"}),
	}
}

func (m *metrics) ended(outcome string) { m.done.WithLabelValues(outcome).Inc() }

// Collectors are the outbox's metrics.
func (b *Outbox) Collectors() []prometheus.Collector {
	return []prometheus.Collector{b.metrics.waiting, b.metrics.done}
}
