package costexplorer

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/forecast"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// GetCostForecast says what costs to expect, day by day or month by month.
func (s *Server) GetCostForecast(ctx context.Context, c *awswire.Call, in *api.GetCostForecastRequest) (*api.GetCostForecastResponse, error) {
	switch in.Metric {
	case api.MetricUsageQuantity, api.MetricNormalizedUsageAmount:
		return nil, invalid("%s is not a metric of cost. Ask GetUsageForecast.", in.Metric)
	}
	p, err := s.prediction(ctx, c, in, func(t *totals) money.Amount { return t.cost })
	if err != nil {
		return nil, err
	}
	return p.answer(in, currency)
}

// GetUsageForecast says what usage to expect, of usage types that are told in one unit.
func (s *Server) GetUsageForecast(ctx context.Context, c *awswire.Call, in *api.GetUsageForecastRequest) (*api.GetUsageForecastResponse, error) {
	plain := api.GetCostForecastRequest(*in)
	name := usageQuantity
	switch in.Metric {
	case api.MetricUsageQuantity:
	case api.MetricNormalizedUsageAmount:
		name = normalizedUsage
	default:
		return nil, invalid("%s is not a metric of usage. Ask GetCostForecast.", in.Metric)
	}
	p, err := s.prediction(ctx, c, &plain, func(t *totals) money.Amount { return t.metric(name) })
	if err != nil {
		return nil, err
	}
	if p.unit == mixed {
		return nil, fault.New(fault.UnresolvableUsageUnit, mixedUnits)
	}
	out, err := p.answer(&plain, p.unit)
	return (*api.GetUsageForecastResponse)(out), err
}

// prediction is what a forecast is made of.
type prediction struct {
	span  interval
	today time.Time
	days  []float64 // the past, day by day, from the first day with any usage to yesterday
	spent float64   // today so far
	unit  string    // of the usage
}

// learnt is how many days of the past a forecast reads.
const learnt = 182

// How far ahead one can look.
const (
	monthsOfDays   = 3
	monthsOfMonths = 18
)

// prediction checks the input of either operation and reads the past.
func (s *Server) prediction(ctx context.Context, c *awswire.Call, in *api.GetCostForecastRequest, value func(*totals) money.Amount) (*prediction, error) {
	if in.Granularity == api.GranularityHourly {
		return nil, invalid("Forecasts have the granularity DAILY or MONTHLY, not HOURLY")
	}
	// Days in this form are in the order of their texts.
	if in.TimePeriod.Start >= in.TimePeriod.End {
		return nil, invalid("Requested Start: %s must be before requested End: %s", in.TimePeriod.Start, in.TimePeriod.End)
	}
	q, err := s.begin(ctx, c, request{in.TimePeriod, in.Granularity, in.Filter, in.BillingViewARN, false})
	if err != nil {
		return nil, err
	}
	p := &prediction{span: q.span, today: dayOf(c.Arrived)}
	ahead := monthsOfDays
	if in.Granularity == api.GranularityMonthly {
		ahead = monthsOfMonths
	}
	latest := monthOf(p.today).AddDate(0, ahead+1, 0)
	switch {
	case p.span.start.Before(p.today):
		return nil, invalid("Earliest supported Start is %s", p.today.Format(dayForm))
	case p.span.end.After(latest):
		return nil, invalid("Latest supported End is %s", latest.Format(dayForm))
	}
	return p, p.read(ctx, s.reader(q, func(*meter.Subject) int { return 0 }), value)
}

// read adds the past up by day.
func (p *prediction) read(ctx context.Context, r *reading, value func(*totals) money.Amount) error {
	var all totals
	for back := learnt; back >= 0; back-- {
		var day totals
		at := p.today.AddDate(0, 0, -back)
		err := r.read(ctx, interval{at, at.AddDate(0, 0, 1)}, func(_ int, u meter.Unit, c store.Counters) { day.add(u, c) })
		if err != nil {
			return err
		}
		all.merge(day)
		switch begun := all.unit != ""; {
		case back == 0:
			p.spent = float(value(&day))
		case begun:
			p.days = append(p.days, float(value(&day)))
		}
	}
	p.unit = all.unit
	return nil
}

// float is an amount for estimates.
func float(a money.Amount) float64 {
	hi, lo := a.Words()
	return (float64(hi)*(1<<64) + float64(lo)) / picoPerOne
}

// answer makes the forecast and words it.
func (p *prediction) answer(in *api.GetCostForecastRequest, unit string) (*api.GetCostForecastResponse, error) {
	f, err := forecast.Make(p.days, p.ahead(p.span.end))
	if errors.Is(err, forecast.ErrTooShort) {
		return nil, fault.New(fault.DataUnavailable, noHistory)
	}
	if err != nil {
		return nil, err
	}
	periods, err := p.span.periods(in.Granularity)
	if err != nil {
		return nil, err
	}
	out := &api.GetCostForecastResponse{ForecastResultsByTime: make([]api.ForecastResult, len(periods))}
	total := 0.0
	for i, period := range periods {
		days := forecast.Span{From: p.ahead(period.start), To: p.ahead(period.end)}
		more := p.known(f, days)
		mean := f.Mean(days) + more
		total += mean
		r := api.ForecastResult{TimePeriod: period.wire(in.Granularity), MeanValue: new(decimal(mean))}
		if in.PredictionIntervalLevel != nil {
			low, high := f.Interval(days, *in.PredictionIntervalLevel)
			r.PredictionIntervalLowerBound = new(decimal(math.Max(low, p.least(days))))
			r.PredictionIntervalUpperBound = new(decimal(high + more))
		}
		out.ForecastResultsByTime[i] = r
	}
	out.Total = &api.MetricValue{Amount: new(decimal(total)), Unit: new(unit)}
	return out, nil
}

// ahead is how many days from today a day is.
func (p *prediction) ahead(t time.Time) int { return int(t.Sub(p.today) / (24 * time.Hour)) }

// known is by how much today has already passed what was expected of it, for a span that today is in.
func (p *prediction) known(f *forecast.Forecast, s forecast.Span) float64 {
	if s.From > 0 {
		return 0
	}
	return math.Max(0, p.spent-f.Mean(forecast.Span{From: 0, To: 1}))
}

// least is what a span is at least: what today has cost already, when today is in it.
func (p *prediction) least(s forecast.Span) float64 {
	if s.From > 0 {
		return 0
	}
	return p.spent
}

// decimal writes an estimate with at most ten decimals.
func decimal(v float64) string {
	const places = 1e10
	return strconv.FormatFloat(math.Round(v*places)/places, 'f', -1, 64)
}
