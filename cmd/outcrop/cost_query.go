package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// costKey is what usage is told apart or filtered by, in Cost Explorer's words.
type costKey struct {
	Type string // DIMENSION or TAG; empty for nothing
	Key  string
}

// costKeys are the keys that have a name of their own here.
var costKeys = map[string]costKey{
	"total":      {},
	"model":      {"TAG", "outcrop:model"},
	"profile":    {"TAG", "outcrop:profile"},
	"principal":  {"TAG", "outcrop:principal"},
	"account":    {"DIMENSION", "LINKED_ACCOUNT"},
	"region":     {"DIMENSION", "REGION"},
	"service":    {"DIMENSION", "SERVICE"},
	"usage-type": {"DIMENSION", "USAGE_TYPE"},
	"operation":  {"DIMENSION", "OPERATION"},
}

func parseCostKey(text string) (costKey, error) {
	if key, ok := strings.CutPrefix(text, "tag:"); ok && key != "" {
		return costKey{"TAG", key}, nil
	}
	if key, ok := costKeys[text]; ok {
		return key, nil
	}
	return costKey{}, fmt.Errorf("want tag:KEY or one of %s, found %q", strings.Join(slices.Sorted(maps.Keys(costKeys)), ", "), text)
}

// costQuery is what the flags ask for.
type costQuery struct {
	name        string // of the key, as the flag has it
	by          costKey
	from, to    time.Time
	granularity string // of the API
	apart       bool   // each period has lines of its own
	filters     []costFilter
}

// costFilter is one key and the values that it may have.
type costFilter struct {
	costKey
	name   string // of the key, as the flag has it
	values []string
}

const day = 24 * time.Hour

// query reads the flags.
func (c *costCommand) query(now time.Time) (costQuery, error) {
	q := costQuery{name: strings.TrimPrefix(c.By, "tag:"), granularity: strings.ToUpper(c.Granularity), apart: c.Granularity != ""}
	var err error
	if q.by, err = parseCostKey(c.By); err != nil {
		return q, fmt.Errorf("--by: %w", err)
	}
	if q.filters, err = parseFilters(c.Filter); err != nil {
		return q, fmt.Errorf("--filter: %w", err)
	}
	now = now.UTC()
	q.from = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	if c.From != "" {
		if q.from, err = parseMoment(c.From, now); err != nil {
			return q, fmt.Errorf("--from: %w", err)
		}
	}
	q.to = now
	if c.To != "" {
		if q.to, err = parseMoment(c.To, now); err != nil {
			return q, fmt.Errorf("--to: %w", err)
		}
	}
	if q.granularity == "" {
		q.granularity = q.suitable(c.Plot)
	}
	q.round()
	if !q.from.Before(q.to) {
		return q, fmt.Errorf("--from: %s is not before --to, %s", q.moment(q.from), q.moment(q.to))
	}
	return q, nil
}

// suitable is the granularity when none is asked for: as coarse as times and form allow.
func (q *costQuery) suitable(plot bool) string {
	const shortPlot = 3 * day
	switch {
	case q.from.Truncate(day) != q.from, plot && q.to.Sub(q.from) <= shortPlot:
		return "HOURLY"
	case plot:
		return "DAILY"
	}
	return "MONTHLY"
}

// round makes whole hours or days of the ends, so that nothing between them is left out.
func (q *costQuery) round() {
	unit := day
	if q.granularity == "HOURLY" {
		unit = time.Hour
	}
	q.from = q.from.Truncate(unit)
	q.to = q.to.Add(unit - 1).Truncate(unit)
}

// moment writes a time as the API wants it.
func (q *costQuery) moment(t time.Time) string {
	if q.granularity == "HOURLY" {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format(time.DateOnly)
}

// parseMoment reads a day, a time, or how long ago: 12h, 30d, 8w.
func parseMoment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04Z", time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	last := len(text) - 1
	unit := map[byte]time.Duration{'h': time.Hour, 'd': day, 'w': 7 * day}[text[last]]
	const most = 100_000
	if n, err := strconv.Atoi(text[:last]); err == nil && unit != 0 && n >= 0 && n <= most {
		ago := now.Add(-time.Duration(n) * unit)
		if unit > time.Hour {
			ago = ago.Truncate(day)
		}
		return ago, nil
	}
	return now, fmt.Errorf("want a day such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or how long ago, such as 12h, 30d or 8w; found %q", text)
}

// parseFilters gathers the values of each key, in the order in which the keys come first.
func parseFilters(list []string) ([]costFilter, error) {
	var out []costFilter
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		key, err := parseCostKey(name)
		if err != nil {
			return nil, err
		}
		if !ok || key.Type == "" {
			return nil, fmt.Errorf("want KEY=VALUE, found %q", text)
		}
		at := slices.IndexFunc(out, func(f costFilter) bool { return f.costKey == key })
		if at < 0 {
			at = len(out)
			out = append(out, costFilter{costKey: key, name: strings.TrimPrefix(name, "tag:")})
		}
		out[at].values = append(out[at].values, value)
	}
	return out, nil
}
