package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"github.com/outcrop/outcrop/internal/store"
)

// collection is where the outbox is kept.
const collection = "outbox"

const (
	// giveUp is how old a delivery gets before nobody tries any more.
	giveUp = 24 * time.Hour
	// remember is how long the ID of a delivery that has ended is known, so that putting it again does nothing.
	remember = 7 * 24 * time.Hour
	// atOnce is how many deliveries are under way at the same time.
	atOnce = 8
	// first and longest are the waits between tries, each twice the one before.
	first, longest = time.Second, 10 * time.Minute
	// grace is how long deliveries under way may go on when the outbox closes.
	grace = 5 * time.Second
)

// entry is a delivery and how far it has come.
type entry struct {
	Delivery
	Attempts int       `json:"attempts,omitzero"`
	Next     time.Time `json:"next,omitzero"`  // when it is tried again
	Ended    time.Time `json:"ended,omitzero"` // delivered, or given up
}

// Options are what an Outbox is made of.
type Options struct {
	Store      store.Documents
	Transports map[Kind]Transport // a kind without one is given up at once
	Log        *slog.Logger
}

// Outbox delivers what is put into it. A delivery survives a restart until it has arrived; one that was under way when
// the server died is tried again, under the same ID.
type Outbox struct {
	opt     Options
	metrics *metrics

	mu       sync.Mutex // guards what follows; held across the store's writes, so that they keep their order
	entries  map[string]*entry
	revision store.Revision

	wake    chan struct{}
	stop    context.CancelFunc
	stopped chan struct{}
}

// Open reads what is still to be delivered, and begins.
func Open(ctx context.Context, o Options) (*Outbox, error) {
	b := &Outbox{opt: o, metrics: newMetrics(), entries: map[string]*entry{}, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	docs, revision, err := o.Store.Documents(ctx, collection)
	if err != nil {
		return nil, fmt.Errorf("cannot read the outbox: %w", err)
	}
	b.revision = revision
	for _, d := range docs {
		e := new(entry)
		if err := json.Unmarshal(d.Body, e); err != nil {
			return nil, fmt.Errorf("cannot read the delivery %s in the outbox: the store was changed by something else: %w", d.Key, err)
		}
		b.entries[e.ID] = e
	}
	b.metrics.waiting.Set(float64(b.waiting()))
	run, stop := context.WithCancel(context.Background())
	b.stop = stop
	go b.run(run)
	return b, nil
}

// Put adds deliveries. They are durable when it returns; those whose ID is known already are left as they are.
func (b *Outbox) Put(ctx context.Context, all ...Delivery) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var fresh []*entry
	for i := range all {
		if b.entries[all[i].ID] == nil {
			fresh = append(fresh, &entry{Delivery: all[i]})
		}
	}
	if err := b.write(ctx, fresh...); err != nil {
		return fmt.Errorf("cannot put messages into the outbox: %w", err)
	}
	for _, e := range fresh {
		b.entries[e.ID] = e
	}
	b.metrics.waiting.Set(float64(b.waiting()))
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// Close stops to deliver: what is under way may still arrive, for a short while. What has not is delivered after the
// next start.
func (b *Outbox) Close() {
	b.stop()
	<-b.stopped
}

// write keeps entries as they are now. The caller holds mu.
func (b *Outbox) write(ctx context.Context, entries ...*entry) error {
	if len(entries) == 0 {
		return nil
	}
	changes := make([]store.DocumentChange, len(entries))
	for i, e := range entries {
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		changes[i].Document = store.Document{Kind: "delivery", Key: e.ID, Body: body}
	}
	return b.change(ctx, changes)
}

// change writes on the revision the outbox knows. It is the collection's only writer: a conflict means that an earlier
// write happened although its answer was lost.
func (b *Outbox) change(ctx context.Context, changes []store.DocumentChange) error {
	for {
		next, err := b.opt.Store.ChangeDocuments(ctx, collection, b.revision, changes)
		if err == nil {
			b.revision = next
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if _, b.revision, err = b.opt.Store.Documents(ctx, collection); err != nil {
			return err
		}
	}
}

// waiting counts what has not ended. The caller holds mu, or is alone.
func (b *Outbox) waiting() (n int) {
	for _, e := range b.entries {
		if e.Ended.IsZero() {
			n++
		}
	}
	return n
}

// run delivers what is due, until it is stopped.
func (b *Outbox) run(ctx context.Context) {
	defer close(b.stopped)
	patient, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, cut) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case <-timer.C:
		}
		b.forget(ctx)
		due, next := b.due(time.Now())
		b.deliver(patient, due)
		if len(due) > 0 {
			next = 0 // there may be more by now
		}
		timer.Reset(next)
	}
}

// idle is how long run sleeps when nothing waits.
const idle = time.Hour

// due is what can be tried now, and how long until something else can.
func (b *Outbox) due(now time.Time) (due []*entry, next time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next = idle
	for _, e := range b.entries {
		switch {
		case !e.Ended.IsZero():
		case e.Next.After(now):
			next = min(next, e.Next.Sub(now))
		default:
			due = append(due, e)
		}
	}
	return due, next
}

// deliver tries each entry once.
func (b *Outbox) deliver(ctx context.Context, due []*entry) {
	var g errgroup.Group
	g.SetLimit(atOnce)
	for _, e := range due {
		g.Go(func() error {
			err := b.try(ctx, e)
			if ctx.Err() == nil { // a try that was cut short says nothing
				b.note(ctx, e, err)
			}
			return nil
		})
	}
	_ = g.Wait() // nobody returns an error
}

func (b *Outbox) try(ctx context.Context, e *entry) error {
	t, ok := b.opt.Transports[e.Kind]
	if !ok {
		return Refused(fmt.Errorf("nothing here delivers %s: configure notifications.smtp for mail", e.Kind))
	}
	return t.Deliver(ctx, &e.Delivery)
}

// note keeps what became of a try.
func (b *Outbox) note(ctx context.Context, e *entry, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	next := *e
	next.Attempts++
	switch {
	case err == nil:
		next.Ended = now
		b.metrics.ended("delivered")
	case errors.Is(err, errRefused) || now.Sub(e.Created) > giveUp:
		next.Ended = now
		b.metrics.ended("given_up")
		b.opt.Log.Error("a message was given up", "kind", e.Kind, "to", e.Address, "subject", e.Subject, "attempts", next.Attempts, "err", err)
	default:
		wait := longest
		if next.Attempts < 16 {
			wait = min(longest, first<<(next.Attempts-1))
		}
		next.Next = now.Add(wait)
		b.opt.Log.Warn("a message could not be delivered; it is tried again", "kind", e.Kind, "to", e.Address, "attempts", next.Attempts, "wait", wait, "err", err)
	}
	if !next.Ended.IsZero() {
		next.Body, next.Header = "", nil // only the ID still counts
	}
	if err := b.write(ctx, &next); err != nil {
		b.opt.Log.Warn("the outbox cannot be written; a message may be delivered twice after a restart", "err", err)
	}
	*e = next
	b.metrics.waiting.Set(float64(b.waiting()))
}

// forget drops what ended long ago.
func (b *Outbox) forget(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := time.Now().Add(-remember)
	var changes []store.DocumentChange
	for id, e := range b.entries {
		if !e.Ended.IsZero() && e.Ended.Before(before) {
			changes = append(changes, store.DocumentChange{Document: store.Document{Kind: "delivery", Key: id}, Delete: true})
		}
	}
	if len(changes) == 0 {
		return
	}
	if err := b.change(ctx, changes); err != nil {
		b.opt.Log.Warn("old messages stay in the outbox", "err", err)
		return
	}
	for _, c := range changes {
		delete(b.entries, c.Key)
	}
}
