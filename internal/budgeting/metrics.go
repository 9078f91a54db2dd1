package budgeting

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Collectors are the metrics of budgets. Budgets' names are their owners' words and no labels.
func (k *Keeper) Collectors() []prometheus.Collector {
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	}
	return []prometheus.Collector{
		gauge("outcrop_budgets", "Budgets there are.", func() float64 { return float64(len(k.pool.Keys(""))) }),
		gauge("outcrop_budget_reservations", "Running calls that hold something of a budget.", func() float64 {
			n, _ := k.pool.Open()
			return float64(n)
		}),
		gauge("outcrop_budget_oldest_reservation_seconds", "For how long the oldest running call has held something of a budget.", func() float64 {
			if _, since := k.pool.Open(); !since.IsZero() {
				return k.opt.Now().Sub(since).Seconds()
			}
			return 0
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "outcrop_budget_refusals_total", Help: "Calls that a budget has stopped.",
		}, func() float64 { return float64(k.pool.Refused()) }),
		gauge("outcrop_budget_messages", "Notifications and actions that wait for delivery.", func() float64 { return float64(len(k.Messages())) }),
	}
}
