// Package metering records what every call uses and costs: in the journal before the call's answer
// ends, and in the ledger soon after.
package metering

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/journal"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// OnFailure is what happens to new calls while the journal cannot take them.
type OnFailure string

// The policies.
const (
	Refuse OnFailure = "refuse" // no call runs unrecorded
	Serve  OnFailure = "serve"  // calls run, and those that could not be recorded are only counted
)

// Options are what a Meter is made of.
type Options struct {
	Journal   journal.Options
	Ledger    store.Ledger
	Book      *catalog.Book
	Names     *meter.Names
	OnFailure OnFailure
	Every     time.Duration // from one batch of the ledger to the next
	Retention time.Duration // of usage records; 0 keeps them for ever
	Log       *slog.Logger
}

// DefaultEvery is how fresh the ledger is.
const DefaultEvery = 200 * time.Millisecond

// Meter implements gateway.Meter. It owns the journal, and moves what is settled to the ledger.
type Meter struct {
	opt     Options
	book    atomic.Pointer[catalog.Book]
	journal *journal.Journal
	metrics *metrics

	drain   *drain
	stop    context.CancelFunc
	stopped chan struct{}
	health  health

	tally    atomic.Pointer[Tally]
	settling sync.RWMutex // held for reading by every settlement, until it is counted
	cutting  sync.Mutex   // one cut at a time
	cuts     chan cut
}

var _ gateway.Meter = (*Meter)(nil)

// Open opens the journal, settles the calls that an earlier process left open, and begins to drain. It
// does not wait for the ledger.
func Open(o Options) (*Meter, error) {
	m := &Meter{opt: o, metrics: newMetrics(), stopped: make(chan struct{}), cuts: make(chan cut)}
	m.book.Store(o.Book)
	o.Journal.Synced = m.metrics.synced
	j, found, err := journal.Open(o.Journal)
	if err != nil {
		return nil, err
	}
	m.journal = j
	if err := m.recover(found); err != nil {
		_ = j.Close() // the error to know is the first
		return nil, err
	}
	m.drain = m.newDrain()
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	go m.drainUntil(ctx)
	return m, nil
}

// recover settles what was interrupted, by what had been relayed at the last checkpoint. A call
// without one had relayed nothing and costs nothing.
func (m *Meter) recover(found *journal.Recovery) error {
	for _, d := range found.Damage {
		m.opt.Log.Warn("the journal is damaged; the records around are sound", "segment", d.File, "bytes", d.Bytes)
	}
	for _, c := range found.Open {
		last := c.Checkpointed()
		if last == nil {
			last = c.Opened()
		}
		r, err := Decode(last)
		if err != nil {
			return fmt.Errorf("cannot settle a call that was interrupted: %w", err)
		}
		r.Outcome, r.Estimated = meter.Interrupted, r.Counts != meter.Counts{}
		r.Charge = meter.Price(m.Book(), &r.Usage, r.At)
		if err := c.Settle(Encode(nil, &r)); err != nil {
			return fmt.Errorf("cannot settle a call that was interrupted: %w", err)
		}
	}
	if n := len(found.Open); n > 0 || found.Cut > 0 {
		m.opt.Log.Info("recovered the journal", "settled", found.Settled, "interrupted", n, "bytes_cut", found.Cut)
	}
	return nil
}

// Admit records that a call is about to run. It is refused when nothing says what it costs and the
// policy demands that, or when it cannot be recorded.
func (m *Meter) Admit(r *gateway.Record) (gateway.Entry, error) {
	app := applicationOf(r.Target)
	rec := &meter.Record{Usage: usageOf(r, app)}
	rec.Counts, rec.Outcome = meter.Counts{}, meter.Interrupted // as long as nobody says otherwise
	book := m.Book()
	if err := meter.Refuse(book, rec.PriceKey(rec.At)); err != nil {
		return nil, err
	}
	c, err := m.journal.Begin(Encode(make([]byte, 0, 512), rec))
	if err == nil {
		return &entry{m, c, app, book}, nil
	}
	if m.opt.OnFailure == Serve {
		return &entry{m, nil, app, book}, nil
	}
	m.metrics.refused.Inc()
	return nil, fault.Wrap(fault.ServiceUnavailable, err, "The usage of new calls cannot be recorded at the moment, so they are not accepted. Try your request again later.")
}

// entry is one call in the journal; call is nil for one that runs unrecorded.
type entry struct {
	meter *Meter
	call  *journal.Call
	app   meter.Application
	book  *catalog.Book // of its admission
}

// Checkpoint implements gateway.Entry.
func (e *entry) Checkpoint(r *gateway.Record) {
	if e.call == nil {
		return
	}
	rec := meter.Record{Usage: usageOf(r, e.app)}
	if err := e.call.Checkpoint(Encode(nil, &rec)); err != nil {
		e.meter.metrics.unwritten.Inc()
	}
}

// buffers are for records on their way into the journal, which copies them.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Settle implements gateway.Entry.
func (e *entry) Settle(r *gateway.Record) money.Amount {
	rec := meter.Record{Usage: usageOf(r, e.app)}
	rec.Charge = meter.Price(e.book, &rec.Usage, rec.At)
	e.meter.metrics.settled.Inc()
	e.meter.settling.RLock()
	defer e.meter.settling.RUnlock()
	e.write(&rec)
	e.meter.count(&rec)
	return rec.Total
}

// write brings the settled record into the journal.
func (e *entry) write(rec *meter.Record) {
	if e.call == nil {
		e.meter.metrics.unrecorded.Inc()
		return
	}
	b := buffers.Get().(*[]byte)
	*b = Encode((*b)[:0], rec)
	if err := e.call.Settle(*b); err != nil { // the journal keeps it until it can be written
		e.meter.metrics.unwritten.Inc()
	}
	buffers.Put(b)
}

// Close drains what is settled within ctx, and closes the journal. What is not in the ledger by then is
// drained at the next start.
func (m *Meter) Close(ctx context.Context) error {
	m.stop()
	<-m.stopped
	if err := m.drain.flush(ctx); err != nil {
		m.opt.Log.Warn("the ledger does not have every call yet; the next start goes on from the journal", "err", err)
	}
	return errors.Join(m.drain.reader.Close(), m.journal.Close())
}

// Book is what calls are priced by that are admitted now.
func (m *Meter) Book() *catalog.Book { return m.book.Load() }

// SetBook changes the prices of calls that are admitted from now on. Those that run keep the prices they began with.
func (m *Meter) SetBook(b *catalog.Book) { m.book.Store(b) }

// Names are the words that calls are billed under.
func (m *Meter) Names() *meter.Names { return m.opt.Names }
