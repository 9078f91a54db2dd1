package metering

import (
	"context"
	"fmt"
	"iter"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// recordPage is how many records are read at once, and repriced in one transaction.
const recordPage = 2_000

// Records yields the usage records that q asks for, in the order they came in; q.Limit does not count.
// It ends with the first error.
func Records(ctx context.Context, l store.Ledger, q store.RecordQuery) iter.Seq2[*meter.Record, error] {
	q.Limit = recordPage
	return func(yield func(*meter.Record, error) bool) {
		for {
			rows, err := l.Records(ctx, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range rows {
				r, err := Decode(rows[i].Body)
				if err != nil {
					yield(nil, fmt.Errorf("call %s: %w", rows[i].RequestID, err))
					return
				}
				if !yield(&r, nil) {
					return
				}
			}
			if len(rows) < q.Limit {
				return
			}
			q.After = rows[len(rows)-1].Number
		}
	}
}

// Verify adds up every usage record and compares that with the sums: the check of a ledger whose
// records have all been kept. The error names a key that differs.
func Verify(ctx context.Context, l store.Ledger, names *meter.Names) error {
	want := meter.Rollup{}
	for r, err := range Records(ctx, l, store.RecordQuery{}) {
		if err != nil {
			return err
		}
		want.Add(names.Lines(r))
	}
	have, err := rollupOf(ctx, l, want)
	if err != nil {
		return err
	}
	for line := range want.Lines() {
		sums := have[line.Key]
		if sums == nil || *sums != line.Sums {
			return fmt.Errorf("the sums of %+v are %+v; its records have %+v", line.Key, sums, line.Sums)
		}
		delete(have, line.Key)
	}
	for line := range have.Lines() {
		return fmt.Errorf("there are sums of %+v, %+v, and no records", line.Key, line.Sums)
	}
	return nil
}

// rollupOf reads the sums of every hour that is in like.
func rollupOf(ctx context.Context, l store.Ledger, like meter.Rollup) (meter.Rollup, error) {
	keys, err := l.Keys(ctx, 0)
	if err != nil {
		return nil, err
	}
	dimensions := map[int64]meter.Dimensions{}
	for _, k := range keys {
		var d meter.Dimensions
		if err := json.Unmarshal([]byte(k.Text), &d); err != nil {
			return nil, fmt.Errorf("cannot read key %d of the ledger: %w", k.ID, err)
		}
		dimensions[k.ID] = d
	}
	hours := map[meter.Hour]bool{}
	for k := range like {
		hours[k.Hour] = true
	}
	out := meter.Rollup{}
	for h := range hours {
		sums, err := l.Sums(ctx, int64(h), int64(h)+1)
		if err != nil {
			return nil, err
		}
		for _, s := range sums {
			all := meter.Sums(s.Counters)
			out[meter.Key{Hour: h, Dimensions: dimensions[s.Key]}] = &all
		}
	}
	return out, nil
}
