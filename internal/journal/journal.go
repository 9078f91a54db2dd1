// Package journal keeps what every call came to in append-only files until the ledger has it.
//
// A call enters twice: when it is admitted and when it is settled; a long stream may leave
// checkpoints between the two. Whoever asks at once is written together. When Settle has returned nil,
// the record is with the operating system, so that the end of this process cannot lose it; with
// Options.Interval 0 it is on the disk too, otherwise it is within that interval. The same is true of
// Begin, except that with an interval the record may wait for the call's next one.
//
// What the records say is their writer's business: the journal sees bytes.
package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Options say where a journal is and how much it promises.
type Options struct {
	FS FS
	// Interval is how long a record may wait for the disk; 0 makes every record wait for it before its
	// call goes on.
	Interval time.Duration
	// SegmentBytes is the size at which a file is followed by the next; at most 2 GiB.
	SegmentBytes int64
	// MaxBytes bounds all files together: no call begins past it. Those that run may still settle.
	MaxBytes int64
	// Synced is told how long each sync of a file took. It may be nil.
	Synced func(time.Duration)
}

// What operators get who do not choose. The sizes stand for zeros in Options.
const (
	DefaultInterval     = 50 * time.Millisecond
	DefaultSegmentBytes = 64 << 20
	DefaultMaxBytes     = 1 << 30
)

// What Begin may refuse with.
var (
	// ErrFull means that the journal has reached MaxBytes: nothing drains it.
	ErrFull = errors.New("the journal is full")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("the journal is closed")
)

// Journal is safe for concurrent use.
type Journal struct {
	opt  Options
	run  Run
	next atomic.Uint64 // the number of the next call

	// mu guards the batch that gathers and the calls that run. Held only across memory work.
	mu     sync.Mutex
	batch  *batch
	spare  *batch
	open   map[*Call]struct{}
	parked []*Call // settled in memory only: their records are in again
	// lazy are open records that wait for the next write, and whose they are.
	lazy      []byte
	lazyOpens []*Call

	// io guards the files. Its holder commits one batch, or repairs.
	io       sync.Mutex
	segments []*segment // oldest first
	current  *segment   // the last of segments; nil after a failure, until the repair
	highest  uint32     // number of the newest segment ever
	unsynced pending    // written to current since its last sync
	again    []byte     // records that must be written before any other, after a failure
	fence    Position   // behind which nobody reads; 0 for none

	bytes   atomic.Int64 // of all segments
	broken  atomic.Pointer[failure]
	closing atomic.Bool   // no call begins any more …
	closed  atomic.Bool   // … and nothing is written
	ready   chan struct{} // something has been settled
	dirty   chan struct{} // something waits for a sync or a repair
	stop    chan struct{}
	stopped chan struct{}
}

type failure struct{ err error }

// Open reads what a directory holds, and begins a new segment. What an earlier run left is drained
// like anything else; its calls that had not been settled are in the Recovery.
func Open(o Options) (*Journal, *Recovery, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Synced == nil {
		o.Synced = func(time.Duration) {}
	}
	j := &Journal{
		opt: o, open: map[*Call]struct{}{},
		ready: make(chan struct{}, 1), dirty: make(chan struct{}, 1),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	rand.Read(j.run[:]) // never fails
	found, err := j.recover()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the journal: %w", err)
	}
	j.io.Lock()
	defer j.io.Unlock()
	if err := j.startSegment(); err != nil {
		return nil, nil, fmt.Errorf("cannot write the journal: %w", err)
	}
	if found.Settled > 0 {
		signal(j.ready)
	}
	go j.background()
	return j, found, nil
}

// Close writes what waits and ends all use of the journal. The files stay.
func (j *Journal) Close() error {
	if j.closing.Swap(true) {
		return nil
	}
	close(j.stop)
	<-j.stopped
	j.writeLazy()
	j.closed.Store(true)
	j.io.Lock()
	defer j.io.Unlock()
	var err error
	if j.broken.Load() != nil {
		err = j.repair()
	}
	if j.current != nil {
		err = errors.Join(err, j.sync(), j.current.file.Close())
		j.current.file = nil
	}
	if err != nil {
		return fmt.Errorf("cannot write the end of the journal: %w", err)
	}
	return nil
}

// Ready gets a value when something has been settled since the last one.
func (j *Journal) Ready() <-chan struct{} { return j.ready }

// Err is what keeps calls from beginning now, or nil.
func (j *Journal) Err() error {
	if j.closing.Load() {
		return ErrClosed
	}
	return j.state()
}

// state is why nothing can be written, or not more, or nil.
func (j *Journal) state() error {
	if f := j.broken.Load(); f != nil {
		return f.err
	}
	if j.bytes.Load() >= j.opt.MaxBytes {
		return ErrFull
	}
	return nil
}

// Stats are the journal's size.
type Stats struct {
	Bytes    int64 // of all segments
	Segments int
	Open     int // calls that run
	Held     int // bytes that a failure keeps in memory
}

// Stats reads the journal's size.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	open := len(j.open)
	j.mu.Unlock()
	j.io.Lock()
	defer j.io.Unlock()
	return Stats{Bytes: j.bytes.Load(), Segments: len(j.segments), Open: open, Held: len(j.again)}
}

// signal wakes whoever waits for c, or will.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
