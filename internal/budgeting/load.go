package budgeting

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/metering"
	"github.com/outcrop/outcrop/internal/store"
)

// lookBack is how many years of the past are read: two periods of the longest unit, and more than a forecast looks at.
const lookBack = 2

// load reads what was spent of budgets before now. From the same moment on the pool counts for them, so that no call is
// missing and none counts twice.
func (k *Keeper) load(ctx context.Context, list ...*budget.Definition) (l *budget.Loading, err error) {
	now := k.opt.Now().UTC()
	var expected error
	err = k.opt.Meter.Cut(ctx, func() { l, expected = k.pool.Expect(list...) }, func(ctx context.Context) error {
		if expected != nil {
			return expected
		}
		r, err := k.newReading(ctx, l)
		if err != nil {
			return err
		}
		return r.all(ctx, earliest(now, list), now)
	})
	if err != nil {
		if l != nil {
			l.Abandon()
		}
		return nil, fmt.Errorf("cannot read what was spent of a budget: %w", err)
	}
	return l, nil
}

// earliest is the first day that matters.
func earliest(now time.Time, list []*budget.Definition) time.Time {
	first := time.Date(now.Year()-lookBack, time.January, 1, 0, 0, 0, 0, time.UTC)
	for _, d := range list {
		if d.Unit == budget.Custom && d.Start.Before(first) {
			first = time.Date(max(d.Start.Year(), now.Year()-10*lookBack), time.January, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	return first
}

// reading goes through the ledger's sums.
type reading struct {
	keeper *Keeper
	into   *budget.Loading
	keys   map[int64]*meter.Dimensions
	tags   map[meter.TagSet]store.Tags
}

func (k *Keeper) newReading(ctx context.Context, into *budget.Loading) (*reading, error) {
	keys, err := k.opt.Ledger.Keys(ctx, 0)
	if err != nil {
		return nil, err
	}
	sets, err := k.opt.Ledger.TagSets(ctx, 0)
	if err != nil {
		return nil, err
	}
	r := &reading{k, into, make(map[int64]*meter.Dimensions, len(keys)), make(map[meter.TagSet]store.Tags, len(sets))}
	for _, key := range keys {
		d := new(meter.Dimensions)
		if err := json.Unmarshal([]byte(key.Text), d); err != nil {
			return nil, fmt.Errorf("cannot read the key %d of usage: %w", key.ID, err)
		}
		r.keys[key.ID] = d
	}
	for _, s := range sets {
		r.tags[meter.TagSet(s.ID)] = s.Tags
	}
	return r, nil
}

// all reads the days from a first one on, and those of a year ahead, for clocks that were wrong.
func (r *reading) all(ctx context.Context, first, now time.Time) error {
	for month := first; month.Before(now.AddDate(1, 0, 0)); month = month.AddDate(0, 1, 0) {
		sums, err := r.sums(ctx, month, month.AddDate(0, 1, 0))
		if err != nil {
			return err
		}
		if len(sums) == 0 {
			continue
		}
		for day := month; day.Before(month.AddDate(0, 1, 0)); day = day.AddDate(0, 0, 1) {
			if err := r.day(ctx, day); err != nil {
				return err
			}
		}
	}
	if !r.into.Breaks() {
		return nil
	}
	for rec, err := range metering.Records(ctx, r.keeper.opt.Ledger, store.RecordQuery{From: now.Add(-2 * time.Hour)}) {
		if err != nil {
			return err
		}
		r.into.Record(rec, now)
	}
	return nil
}

func (r *reading) sums(ctx context.Context, from, to time.Time) ([]store.Sum, error) {
	return r.keeper.opt.Ledger.Sums(ctx, int64(meter.HourOf(from)), int64(meter.HourOf(to)))
}

// day reads one day.
func (r *reading) day(ctx context.Context, day time.Time) error {
	sums, err := r.sums(ctx, day, day.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	for _, sum := range sums {
		s, line, err := r.line(day, sum)
		if err != nil {
			return err
		}
		r.into.Line(day, &s, &line)
	}
	return nil
}

// line is a sum of some time as filters ask about it.
func (r *reading) line(at time.Time, sum store.Sum) (meter.Subject, meter.Line, error) {
	d := r.keys[sum.Key]
	if d == nil {
		return meter.Subject{}, meter.Line{}, fmt.Errorf("the ledger has a sum under the key %d, and no such key", sum.Key)
	}
	return meter.Subject{Dimensions: d, Tags: r.tags[d.Tags], Payer: r.keeper.opt.Management},
		meter.Line{Key: meter.Key{Hour: meter.HourOf(at), Dimensions: *d}, Sums: meter.Sums(sum.Counters)}, nil
}
