package metering

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// Step is the hours that a reader of Usage does not tell apart.
type Step uint8

// The steps.
const (
	ByHour Step = iota
	ByDay       // of UTC
	ByMonth
)

// next is where the stretch that h is in ends.
func (s Step) next(h meter.Hour) meter.Hour {
	t := h.Time()
	switch s {
	case ByDay:
		return meter.HourOf(t.Truncate(24*time.Hour).AddDate(0, 0, 1))
	case ByMonth:
		return meter.HourOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC))
	}
	return h + 1
}

// Usage yields the sums of the hours from ≤ h < to of one account, or of all when account is empty.
// Hours within one step come as one line, under the first of them. A line is valid until the next.
func (m *Meter) Usage(ctx context.Context, account arn.Account, from, to meter.Hour, step Step) iter.Seq2[*meter.Line, error] {
	return func(yield func(*meter.Line, error) bool) {
		for at := from; at < to; {
			end := min(step.next(at), to)
			sums, err := m.opt.Ledger.Sums(ctx, int64(at), int64(end))
			if err == nil && len(sums) > 0 {
				err = m.dims.complete(ctx, m.opt.Ledger, sums)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range sums {
				d := m.dims.of(sums[i].Key)
				if account != "" && d.Account != account {
					continue
				}
				l := meter.Line{Key: meter.Key{Hour: at, Dimensions: *d}, Sums: meter.Sums(sums[i].Counters)}
				if !yield(&l, nil) {
					return
				}
			}
			at = end
		}
	}
}

// Tags is the set of tags behind an id. It is not to be written to.
func (m *Meter) Tags(ctx context.Context, id meter.TagSet) (map[string]string, error) {
	return m.dims.tags(ctx, m.opt.Ledger, id)
}

// Records reads usage records in the order they came in, and the number to go on after.
func (m *Meter) Records(ctx context.Context, q store.RecordQuery) ([]meter.Record, int64, error) {
	rows, err := m.opt.Ledger.Records(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	out := make([]meter.Record, len(rows))
	last := q.After
	for i := range rows {
		if out[i], err = Decode(rows[i].Body); err != nil {
			return nil, 0, fmt.Errorf("call %s: %w", rows[i].RequestID, err)
		}
		last = rows[i].Number
	}
	return out, last, nil
}

// dictionary remembers what the ledger's keys and tag sets stand for. They never change.
type dictionary struct {
	mu      sync.Mutex
	keys    map[int64]*meter.Dimensions
	newest  int64
	sets    map[meter.TagSet]map[string]string
	lastSet int64
}

func (d *dictionary) of(key int64) *meter.Dimensions {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keys[key]
}

// complete reads the keys that sums name and the dictionary lacks.
func (d *dictionary) complete(ctx context.Context, l store.Ledger, sums []store.Sum) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var missing bool
	for i := range sums {
		missing = missing || d.keys[sums[i].Key] == nil
	}
	if !missing {
		return nil
	}
	more, err := l.Keys(ctx, d.newest)
	if err != nil {
		return err
	}
	if d.keys == nil {
		d.keys = map[int64]*meter.Dimensions{}
	}
	for _, k := range more {
		var dims meter.Dimensions
		if err := json.Unmarshal([]byte(k.Text), &dims); err != nil {
			return fmt.Errorf("cannot read key %d of the ledger: %w", k.ID, err)
		}
		d.keys[k.ID], d.newest = &dims, k.ID
	}
	for i := range sums {
		if d.keys[sums[i].Key] == nil {
			return fmt.Errorf("the ledger has sums under key %d and no such key", sums[i].Key)
		}
	}
	return nil
}

func (d *dictionary) tags(ctx context.Context, l store.Ledger, id meter.TagSet) (map[string]string, error) {
	if id == "" {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if tags, ok := d.sets[id]; ok {
		return tags, nil
	}
	more, err := l.TagSets(ctx, d.lastSet)
	if err != nil {
		return nil, err
	}
	if d.sets == nil {
		d.sets = map[meter.TagSet]map[string]string{}
	}
	for _, s := range more {
		d.sets[meter.TagSet(s.ID)], d.lastSet = s.Tags, s.Number
	}
	tags, ok := d.sets[id]
	if !ok {
		return nil, fmt.Errorf("the ledger has no set of tags %s", id)
	}
	return tags, nil
}
