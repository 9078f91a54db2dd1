package costexplorer

import (
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// Names of the metrics that are no cost.
const (
	usageQuantity   = "UsageQuantity"
	normalizedUsage = "NormalizedUsageAmount"
	unblendedCost   = "UnblendedCost"
)

// metrics are all names. There are no reservations and no credits, so that all costs are the same.
var metrics = []string{
	"AmortizedCost", "BlendedCost", "NetAmortizedCost", "NetUnblendedCost", normalizedUsage, unblendedCost, usageQuantity,
}

const (
	currency   = "USD"
	mixed      = "N/A" // the unit of quantities of several units, or of none
	picoPerOne = 1_000_000_000_000
)

// checkMetrics reads Metrics.
func checkMetrics(list []string) error {
	if len(list) == 0 {
		return invalid("At least one metric is needed. Valid metrics are: %s", strings.Join(metrics, ", "))
	}
	for _, m := range list {
		if !slices.Contains(metrics, m) {
			return invalid("%s is not a valid metric. Valid metrics are: %s", m, strings.Join(metrics, ", "))
		}
	}
	return nil
}

// totals is what usage adds up to. A quantity is exact, with as many decimals as money has.
type totals struct {
	cost     money.Amount
	quantity money.Amount
	unit     string
}

// add adds what happened under one key, whose quantities are told in a unit.
func (t *totals) add(u meter.Unit, c store.Counters) {
	t.cost = t.cost.Add(c.Cost)
	if c.Count != 0 {
		t.quantity = t.quantity.Add(money.Rate(picoPerOne / max(1, u.Scale)).Times(c.Count))
	}
	switch t.unit {
	case "":
		t.unit = u.Name
	case u.Name:
	default:
		t.unit = mixed
	}
}

// merge adds the totals of other usage.
func (t *totals) merge(o totals) {
	t.cost, t.quantity = t.cost.Add(o.cost), t.quantity.Add(o.quantity)
	switch {
	case t.unit == "":
		t.unit = o.unit
	case o.unit != "" && o.unit != t.unit:
		t.unit = mixed
	}
}

// metric is one of the totals.
func (t *totals) metric(name string) money.Amount {
	switch name {
	case usageQuantity:
		return t.quantity
	case normalizedUsage:
		return money.Amount{}
	}
	return t.cost
}

// wire are the metrics as answers show them: exact, so that groups add up to their total.
func (t *totals) wire(names []string) map[string]api.MetricValue {
	out := make(map[string]api.MetricValue, len(names))
	for _, name := range names {
		unit := currency
		switch name {
		case usageQuantity:
			unit = t.quantityUnit()
		case normalizedUsage:
			unit = mixed
		}
		out[name] = api.MetricValue{Amount: new(t.metric(name).String()), Unit: new(unit)}
	}
	return out
}

func (t *totals) quantityUnit() string {
	if t.unit == "" {
		return mixed
	}
	return t.unit
}
