package metering

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count what metering does, for Prometheus.
type metrics struct {
	settled, refused, unrecorded, unwritten, damaged, failures prometheus.Counter
	syncs, batches, ingests                                    prometheus.Histogram
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	histogram := func(name, help string, buckets ...float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	return &metrics{
		settled:    counter("outcrop_journal_records_total", "Calls settled."),
		refused:    counter("outcrop_journal_refused_calls_total", "Calls refused because they could not be recorded."),
		unrecorded: counter("outcrop_journal_unrecorded_calls_total", "Calls served without a record, as metering.on-failure: serve allows."),
		unwritten:  counter("outcrop_journal_failed_writes_total", "Records of running calls that could not be written at once; settlements are kept in memory."),
		damaged:    counter("outcrop_journal_damaged_records_total", "Settled records that could not be read back."),
		failures:   counter("outcrop_ledger_failures_total", "Batches that the ledger did not take; they are tried again."),
		syncs:      histogram("outcrop_journal_sync_seconds", "Time to bring the journal to the disk.", .0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5),
		batches:    histogram("outcrop_ledger_batch_records", "Records that a batch added to the ledger.", 1, 10, 100, 1000, 5000),
		ingests:    histogram("outcrop_ledger_batch_seconds", "Time the ledger took for a batch.", .001, .005, .01, .05, .1, .5, 1, 5),
	}
}

func (m *metrics) synced(took time.Duration) { m.syncs.Observe(took.Seconds()) }

func (m *metrics) ingested(records int, took time.Duration) {
	m.batches.Observe(float64(records))
	m.ingests.Observe(took.Seconds())
}

// Collectors are the metrics of metering.
func (m *Meter) Collectors() []prometheus.Collector {
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	}
	c := m.metrics
	return []prometheus.Collector{
		c.settled, c.refused, c.unrecorded, c.unwritten, c.damaged, c.failures, c.syncs, c.batches, c.ingests,
		gauge("outcrop_journal_bytes", "Size of the journal.", func() float64 { return float64(m.journal.Stats().Bytes) }),
		gauge("outcrop_journal_segments", "Files of the journal.", func() float64 { return float64(m.journal.Stats().Segments) }),
		gauge("outcrop_journal_open_calls", "Calls admitted and not settled.", func() float64 { return float64(m.journal.Stats().Open) }),
		gauge("outcrop_journal_failed", "1 while the journal cannot take new calls.", func() float64 {
			if m.journal.Err() != nil {
				return 1
			}
			return 0
		}),
		gauge("outcrop_ledger_lag_seconds", "For how long the oldest settled call has waited for the ledger.", func() float64 {
			lag, _ := m.health.state(time.Now())
			return lag.Seconds()
		}),
	}
}

// lateAfter is for how long the ledger may fail before readiness speaks of it.
const lateAfter = 10 * time.Second

// Ready is why new calls are refused, or nil. Beside it, a notice tells of a ledger that lags while
// calls are still taken.
func (m *Meter) Ready() (notice string, err error) {
	if lag, failure := m.health.state(time.Now()); failure != nil && lag > lateAfter {
		notice = fmt.Sprintf("the ledger has taken no records for %s; calls are recorded in the journal, %d bytes by now",
			lag.Round(time.Second), m.journal.Stats().Bytes)
	}
	if err := m.journal.Err(); err != nil && m.opt.OnFailure != Serve {
		return notice, fmt.Errorf("new calls are refused, because their usage cannot be recorded (metering.on-failure: serve would take them): %w", err)
	}
	return notice, nil
}
