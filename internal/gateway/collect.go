package gateway

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/route"
)

// descriptions of what a Gateway counts, by deployment.
type descriptions struct{ running, headroom, health, open, waiting, spills *prometheus.Desc }

func describe() descriptions {
	labels := []string{"provider", "model", "region"}
	return descriptions{
		running:  prometheus.NewDesc("outcrop_deployment_running_calls", "Calls that run at a deployment.", labels, nil),
		headroom: prometheus.NewDesc("outcrop_deployment_headroom", "The free share of a deployment's scarcest capacity.", labels, nil),
		health:   prometheus.NewDesc("outcrop_deployment_health", "1 for a deployment that neither fails nor lets callers wait, down to 0.", labels, nil),
		open:     prometheus.NewDesc("outcrop_deployment_breaker_open", "1 while a deployment is left alone because it fails.", labels, nil),
		waiting:  prometheus.NewDesc("outcrop_queue_waiting_calls", "Calls that wait for room.", nil, nil),
		spills:   prometheus.NewDesc("outcrop_spilled_calls_total", "Calls of a source region that another region has served.", []string{"source", "region"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (g *Gateway) Describe(to chan<- *prometheus.Desc) {
	d := describe()
	for _, each := range [...]*prometheus.Desc{d.running, d.headroom, d.health, d.open, d.waiting, d.spills} {
		to <- each
	}
}

// Collect implements prometheus.Collector. Deployments that were never called are left out.
func (g *Gateway) Collect(to chan<- prometheus.Metric) {
	d, at, fleet := describe(), now(), g.Fleet()
	to <- prometheus.MustNewConstMetric(d.waiting, prometheus.GaugeValue, float64(g.queue.Waiting()))
	told := map[[3]string]bool{} // two deployments that differ in their upstream name alone are one here
	for _, each := range fleet.Table().All() {
		f := fleet.State(each).Figures(at)
		key := [3]string{each.Provider, each.Model, string(each.Region)}
		if f.Began == 0 || told[key] {
			continue
		}
		told[key] = true
		gauge := func(d *prometheus.Desc, v float64) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, key[:]...)
		}
		gauge(d.running, float64(f.Running))
		gauge(d.headroom, f.Headroom)
		gauge(d.health, f.Health)
		open := 0.0
		if f.Breaker != route.Closed {
			open = 1
		}
		gauge(d.open, open)
	}
	for _, s := range fleet.Spills() {
		to <- prometheus.MustNewConstMetric(d.spills, prometheus.CounterValue, float64(s.Calls), string(s.Source), string(s.Region))
	}
}
