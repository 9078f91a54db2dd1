package metering

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/journal"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

const (
	// batchSize is how many records the ledger takes at once: larger ones are hardly faster a record.
	batchSize = 5_000
	// maxBackoff is how long a failing store is left alone.
	maxBackoff = 5 * time.Second
	// pruneEvery is how often old records are looked for, and pruneSize how many go at once.
	pruneEvery = time.Hour
	pruneSize  = 5_000
)

// drain moves settled records from the journal to the ledger. It belongs to one goroutine.
type drain struct {
	meter  *Meter
	reader *journal.Reader
	marks  map[journal.Run]journal.Position // up to where the ledger had each run at the start
	// pending is the chunk that the ledger has not taken yet.
	pending *store.Batch
	through journal.Position
	tags    map[meter.TagSet]bool // sets the ledger has
	texts   keyTexts
}

func (m *Meter) newDrain() *drain {
	return &drain{
		meter: m, reader: m.journal.Reader(), marks: map[journal.Run]journal.Position{},
		tags: map[meter.TagSet]bool{},
	}
}

// drainUntil is the life of the drain.
func (m *Meter) drainUntil(ctx context.Context) {
	defer close(m.stopped)
	prune := time.NewTimer(0)
	defer prune.Stop()
	backoff := m.opt.Every
	for {
		select {
		case <-ctx.Done():
			return
		case <-prune.C:
			m.prune(ctx)
			prune.Reset(pruneEvery)
			continue
		case c := <-m.cuts:
			m.serve(ctx, c)
			continue
		case <-m.journal.Ready():
		}
		m.health.behind(time.Now())
		for {
			if !m.wait(ctx, backoff) {
				return
			}
			err := m.drain.flush(ctx)
			m.health.drained(err)
			if err == nil {
				backoff = m.opt.Every
				break
			}
			if ctx.Err() == nil {
				m.metrics.failures.Inc()
				m.opt.Log.Warn("the ledger takes no records; calls go on, and the journal grows to its bound", "err", err)
			}
			backoff = min(2*backoff, maxBackoff)
		}
	}
}

// wait lets a time pass, or less when somebody cuts. It reports false when ctx has ended.
func (m *Meter) wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case c := <-m.cuts:
		m.serve(ctx, c)
		return true
	case <-ctx.Done():
		return false
	}
}

// flush moves everything that is settled now.
func (d *drain) flush(ctx context.Context) error {
	for {
		if d.pending == nil {
			c, ok, err := d.reader.Next(batchSize)
			if err != nil {
				return err
			}
			if !ok {
				return d.meter.journal.Trim(d.reader.Position())
			}
			if err := d.prepare(ctx, c); err != nil {
				return err
			}
		}
		if d.pending == nil { // the ledger had all of it
			continue
		}
		if err := d.ingest(ctx); err != nil {
			return err
		}
	}
}

func (d *drain) ingest(ctx context.Context) error {
	began := time.Now()
	added, err := d.meter.opt.Ledger.Ingest(ctx, *d.pending)
	if err != nil {
		return err
	}
	d.meter.metrics.ingested(added, time.Since(began))
	for _, s := range d.pending.TagSets {
		d.tags[meter.TagSet(s.ID)] = true
	}
	d.pending = nil
	return d.meter.journal.Trim(d.through)
}

// prepare makes a batch of a chunk, without what the ledger had at the start.
func (d *drain) prepare(ctx context.Context, c journal.Chunk) error {
	mark, known := d.marks[c.Run]
	if !known {
		n, err := d.meter.opt.Ledger.Mark(ctx, c.Run)
		if err != nil {
			// The chunk's memory is the reader's: it must be read again.
			return errors.Join(err, d.rewind())
		}
		mark = journal.Position(n)
		d.marks[c.Run] = mark
	}
	b := &store.Batch{Run: c.Run, Through: int64(c.End)}
	fresh := map[meter.TagSet]bool{}
	for _, r := range c.Records {
		if r.End <= mark {
			continue
		}
		if err := d.add(b, fresh, r.Payload); err != nil {
			d.meter.metrics.damaged.Inc()
			d.meter.opt.Log.Error("a usage record cannot be read and is left out", "run", c.Run.String(), "position", int64(r.End), "err", err)
		}
	}
	if d.through = c.End; len(b.Entries) > 0 || c.End > mark {
		d.pending = b
	}
	return nil
}

func (d *drain) rewind() error {
	err := d.reader.Close()
	d.reader = d.meter.journal.Reader()
	return err
}

// add puts one record into a batch.
func (d *drain) add(b *store.Batch, fresh map[meter.TagSet]bool, payload []byte) error {
	r, err := Decode(payload)
	if err != nil {
		return err
	}
	e := store.Entry{UsageRecord: store.UsageRecord{
		RequestID: r.RequestID, At: r.At, Account: r.Account, Resource: meter.Resource(&r.Usage), Body: append([]byte(nil), payload...),
	}}
	e.Lines, err = d.texts.lines(d.meter.opt.Names.Lines(&r))
	if err != nil {
		return err
	}
	if len(e.Lines) > 0 {
		if id := r.TagSet(); id != "" && !d.tags[id] && !fresh[id] {
			fresh[id] = true
			b.TagSets = append(b.TagSets, store.TagSet{ID: string(id), Tags: r.Tags()})
		}
	}
	b.Entries = append(b.Entries, e)
	return nil
}

// prune removes records that are older than the retention.
func (m *Meter) prune(ctx context.Context) {
	if m.opt.Retention == 0 {
		return
	}
	before := time.Now().Add(-m.opt.Retention)
	for {
		n, err := m.opt.Ledger.Prune(ctx, before, pruneSize)
		if err != nil && ctx.Err() == nil {
			m.opt.Log.Warn("old usage records were not removed; the next try is in an hour", "err", err)
		}
		if err != nil || n < pruneSize {
			return
		}
	}
}

// health is how the drain does.
type health struct {
	mu    sync.Mutex
	since time.Time // since when something waits; zero when nothing does
	err   error     // why it waits
}

func (h *health) behind(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since.IsZero() {
		h.since = now
	}
}

func (h *health) drained(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err = err; err == nil {
		h.since = time.Time{}
	}
}

// state is why the drain fails, and for how long something has waited.
func (h *health) state(now time.Time) (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since.IsZero() {
		return 0, nil
	}
	return now.Sub(h.since), h.err
}
