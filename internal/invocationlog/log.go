// Package invocationlog writes model invocation logs in Bedrock's form: who called which model, what it took and, where a
// configuration asks for it, what was said.
//
// A call never waits for its log. What a call was, goes into a queue with a bound in bytes; one goroutine makes lines of it
// and writes them to files. What finds the queue full is dropped and counted.
package invocationlog

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/store"
)

// Options are what a Log is made of. All are needed.
type Options struct {
	Store store.InvocationLogging
	Dir   string // of the files; it is made with the first one
	Log   *slog.Logger

	// Flush is the longest a record waits in memory for more of its kind: what a crash can lose.
	Flush time.Duration
	// Queue bounds the bytes of calls that wait to be written.
	Queue int64
	// FileSize is how large a log group's file grows before the next one is begun.
	FileSize int64
	// KeepFiles is how many full files a log group keeps; 0: all.
	KeepFiles int
}

// What a Log does unless told otherwise.
const (
	DefaultFlush     = 5 * time.Second
	DefaultQueue     = 64 << 20
	DefaultFileSize  = 64 << 20
	DefaultKeepFiles = 10
)

// Log logs calls. It is safe for concurrent use.
type Log struct {
	opt     Options
	files   *files
	metrics *metrics

	configs atomic.Pointer[map[owner]*Config]
	// writing is held by who changes configurations, across the write to the store: they are published in the order
	// they were stored.
	writing sync.Mutex

	running sync.Map // the calls under way, *call by request id
	queued  atomic.Int64
	queue   chan *call
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once
}

// maxQueued bounds the queue in calls, besides its bound in bytes.
const maxQueued = 1 << 16

// Open reads the configurations and begins to log by them.
func Open(ctx context.Context, o Options) (*Log, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the directory of invocation logs: %w", err)
	}
	dir, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the directory of invocation logs: %w", err)
	}
	l := &Log{
		opt: o, metrics: newMetrics(), files: &files{root: dir},
		queue: make(chan *call, maxQueued), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := l.load(ctx); err != nil {
		dir.Close() // nothing has been written
		return nil, err
	}
	go l.run()
	return l, nil
}

// Collectors are the metrics of l.
func (l *Log) Collectors() []prometheus.Collector { return l.metrics.all() }

// Close writes what waits and ends the log, or gives up when ctx ends. Calls that end later are not logged.
func (l *Log) Close(ctx context.Context) error {
	l.once.Do(func() { close(l.stop) })
	select {
	case <-l.stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cannot write the last invocation logs in time: about %d bytes of calls are lost", l.queued.Load())
	}
}

// run writes what the queue holds until the log is closed.
func (l *Log) run() {
	defer close(l.stopped)
	w := newWriter(l)
	tick := time.NewTicker(max(l.opt.Flush/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case c := <-l.queue:
			w.write(c)
		case now := <-tick.C:
			w.flush(now)
		case <-l.stop:
			l.drain(w)
			return
		}
	}
}

// drain writes all that is queued now.
func (l *Log) drain(w *writer) {
	for {
		select {
		case c := <-l.queue:
			w.write(c)
		default:
			w.close()
			return
		}
	}
}
