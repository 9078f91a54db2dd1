package limiter

import (
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/quota"
)

// metrics count what quotas do.
type metrics struct {
	limiter  *Limiter
	refusals *prometheus.CounterVec
	used     *prometheus.Desc

	held, returned, unset atomic.Int64
}

func newMetrics(l *Limiter) *metrics {
	return &metrics{
		limiter: l,
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outcrop_quota_refusals_total", Help: "Calls without room in a quota; watched ones were served all the same.",
		}, labelNames()),
		used: prometheus.NewDesc("outcrop_quota_used_ratio", "The part of a quota that is used, of whoever uses most of it.", labelNames(), nil),
	}
}

// Collectors are the metrics of the limiter.
func (l *Limiter) Collectors() []prometheus.Collector {
	count := func(name, help string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) })
	}
	m := l.metrics
	return []prometheus.Collector{
		m, m.refusals,
		count("outcrop_quota_reserved_tokens_total", "Tokens that calls reserved when they arrived.", &m.held),
		count("outcrop_quota_returned_tokens_total", "Tokens that calls had reserved and did not use.", &m.returned),
		count("outcrop_quota_unset_max_tokens_total", "Calls that reserved the model's longest answer because they set no maximum.", &m.unset),
	}
}

// refused counts a call that had no room, or would have had none.
func (m *metrics) refused(r *quota.Refusal, watched bool) {
	l := labels(&r.Subject, r.Measure, watched)
	m.refusals.WithLabelValues(l[:]...).Inc()
}

// reserved counts a call that was let in.
func (m *metrics) reserved(r *reservation) {
	m.held.Add(r.hold.Reserved)
	if r.unset > 0 {
		m.unset.Add(1)
	}
	if r.hold.Exceeded != nil {
		m.refused(r.hold.Exceeded, true)
	}
}

func (m *metrics) settled(reserved, used int64) { m.returned.Add(max(reserved-used, 0)) }

// labelNames are the labels of what is counted by quota.
func labelNames() []string { return []string{"quota", "model", "source", "scope", "share", "watched"} }

// labels are their values.
func labels(s *quota.Subject, m quota.Measure, watched bool) [6]string {
	return [...]string{m.String(), s.Model, string(s.Source), string(s.Scope), s.Share, strconv.FormatBool(watched)}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) { to <- m.used }

// Collect implements prometheus.Collector. Accounts, profiles and principals are no labels: of all who have the same kind
// of quota the one that uses most of it counts.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	most := map[[6]string]float64{}
	for _, u := range m.limiter.Uses() {
		l := labels(&u.Subject, u.Measure, u.Limit.Watched)
		most[l] = max(most[l], u.Ratio())
	}
	for l, ratio := range most {
		to <- prometheus.MustNewConstMetric(m.used, prometheus.GaugeValue, ratio, l[:]...)
	}
}
