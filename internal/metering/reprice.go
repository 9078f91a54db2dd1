package metering

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// Repricing says which calls are charged anew, and on whose word.
type Repricing struct {
	From, To time.Time // when the calls arrived; To is exclusive
	By       string
	At       time.Time // now
	DryRun   bool      // nothing is changed
}

// repricePage is how many records are read, and changed in one transaction.
const repricePage = 2_000

// Reprice charges settled calls by the book as it is now, each by the version that was in force when
// it arrived. Their records, the sums, and an entry in the trail change together, a page at a time: a
// run that was cut short is finished by another. Calls whose records have been removed keep what they
// were charged.
func Reprice(ctx context.Context, l store.Ledger, book *catalog.Book, names *meter.Names, o Repricing) (store.Repricing, error) {
	p := &repricing{trail: store.Repricing{ID: uuid.NewString(), At: o.At, By: o.By, From: o.From, To: o.To}, book: book, names: names}
	q := store.RecordQuery{From: o.From, To: o.To, Limit: repricePage}
	for {
		rows, err := l.Records(ctx, q)
		if err != nil {
			return p.trail, err
		}
		if err := p.page(rows); err != nil {
			return p.trail, err
		}
		if len(p.changes) > 0 && !o.DryRun {
			if _, err := l.Amend(ctx, p.trail, p.changes); err != nil {
				return p.trail, err
			}
		}
		if len(rows) < repricePage {
			return p.trail, nil
		}
		q.After = rows[len(rows)-1].Number
	}
}

// repricing is a run of Reprice, and what it came to so far.
type repricing struct {
	trail         store.Repricing
	book          *catalog.Book
	names         *meter.Names
	before, after map[string]bool // versions
	changes       []store.Amendment
	texts         keyTexts
}

// page works out what changes for some records.
func (p *repricing) page(rows []store.UsageRecord) error {
	p.changes = p.changes[:0]
	for i := range rows {
		r, err := Decode(rows[i].Body)
		if err != nil {
			return fmt.Errorf("call %s: %w", rows[i].RequestID, err)
		}
		now, differs := meter.Reprice(p.book, &r)
		if !differs {
			continue
		}
		lines, err := p.texts.lines(p.names.Adjust(&r, now))
		if err != nil {
			return err
		}
		p.note(r.Charge, now)
		r.Charge = now
		p.changes = append(p.changes, store.Amendment{RequestID: r.RequestID, Old: rows[i].Body, New: Encode(nil, &r), Lines: lines})
	}
	return nil
}

func (p *repricing) note(was, is meter.Charge) {
	if p.before == nil {
		p.before, p.after = map[string]bool{}, map[string]bool{}
	}
	p.before[was.Version], p.after[is.Version] = true, true
	t := &p.trail
	t.Before, t.After = joinedKeys(p.before), joinedKeys(p.after)
	t.Records++
	t.Delta = t.Delta.Add(is.Total.Sub(was.Total))
}

func joinedKeys(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), ",")
}

// Verify adds up every usage record and compares that with the sums: the check of a ledger whose
// records have all been kept. The error names the first key that differs.
func Verify(ctx context.Context, l store.Ledger, names *meter.Names) error {
	want := meter.Rollup{}
	for r, err := range everyRecord(ctx, l) {
		if err != nil {
			return err
		}
		want.Add(names.Lines(r))
	}
	var from, to meter.Hour
	for k := range want {
		if from == to || k.Hour < from {
			from = k.Hour
		}
		to = max(to, k.Hour+1)
	}
	m := &Meter{opt: Options{Ledger: l}}
	for line, err := range m.Usage(ctx, "", from, to, ByHour) {
		if err != nil {
			return err
		}
		sums := want[line.Key]
		if sums == nil {
			sums = &meter.Sums{}
		}
		if *sums != line.Sums {
			return fmt.Errorf("the sums of %+v are %+v; its records have %+v", line.Key, line.Sums, *sums)
		}
		delete(want, line.Key)
	}
	for l := range want.Lines() {
		return fmt.Errorf("there are no sums of %+v; its records have %+v", l.Key, l.Sums)
	}
	return nil
}

func everyRecord(ctx context.Context, l store.Ledger) iter.Seq2[*meter.Record, error] {
	return func(yield func(*meter.Record, error) bool) {
		q := store.RecordQuery{Limit: repricePage}
		for {
			rows, err := l.Records(ctx, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range rows {
				r, err := Decode(rows[i].Body)
				if !yield(&r, err) || err != nil {
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
