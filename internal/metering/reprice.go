package metering

import (
	"context"
	"fmt"
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

// Reprice charges settled calls by the book as it is now, each by the version that was in force when
// it arrived. Their records, the sums, and an entry in the trail change together, a page at a time: a
// run that was cut short is finished by another. Calls whose records have been removed keep what they
// were charged.
func Reprice(ctx context.Context, l store.Ledger, book *catalog.Book, names *meter.Names, o Repricing) (store.Repricing, error) {
	p := &repricing{trail: store.Repricing{ID: uuid.NewString(), At: o.At, By: o.By, From: o.From, To: o.To}, book: book, names: names}
	q := store.RecordQuery{From: o.From, To: o.To, Limit: recordPage}
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
		if len(rows) < recordPage {
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
		p.changes = append(p.changes, store.Amendment{At: r.At, RequestID: r.RequestID, Old: rows[i].Body, New: Encode(nil, &r), Lines: lines})
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
