// Package lastuse remembers when credentials were used last, and where: in memory, and now and then in the store.
package lastuse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
)

// Use is one use of a credential.
type Use struct {
	At      time.Time // to the second, in UTC
	Region  arn.Region
	Service string // the API that was called, "bedrock-runtime"
}

const (
	// grain is how much later a use must be than the last to be worth remembering. It keeps the calls of a busy key from
	// writing to the same place all the time.
	grain = time.Minute
	// flushEvery is how often what is new goes to the store. A crash forgets no more than that.
	flushEvery = 5 * time.Minute
	// flushTimeout bounds one write.
	flushTimeout = 10 * time.Second
)

// Log is what is remembered. It observes the server's requests, and is safe for concurrent use.
type Log struct {
	store store.Documents
	log   *slog.Logger
	stop  func()
	done  chan struct{}

	mu   sync.RWMutex // guards last and gone; held across map work only
	last map[string]*entry
	gone []string // the store has them still

	revision store.Revision // of the store; owned by Open, then by the goroutine, then by Close
}

type entry struct {
	use   atomic.Pointer[Use]
	fresh atomic.Bool // the store does not know yet
}

// Open reads what the store remembers, and begins to write to it.
func Open(ctx context.Context, s store.Documents, log *slog.Logger) (*Log, error) {
	l := &Log{store: s, log: log, done: make(chan struct{}), last: map[string]*entry{}}
	if err := l.merge(ctx); err != nil {
		return nil, err
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	go l.flushNowAndThen(ctx)
	return l, nil
}

// Close writes what is new.
func (l *Log) Close() error {
	l.stop()
	<-l.done
	return l.flush()
}

// LastUse is when a credential was used last, by the id of a key or the unique id of a role; false when it never was.
func (l *Log) LastUse(id string) (Use, bool) {
	l.mu.RLock()
	e := l.last[id]
	l.mu.RUnlock()
	if e == nil {
		return Use{}, false
	}
	return *e.use.Load(), true
}

// Begin implements the server's Observer.
func (l *Log) Begin(w http.ResponseWriter, c *awswire.Call, _ string) (http.ResponseWriter, func(awswire.Outcome)) {
	if id := credential(&c.Principal); id != "" {
		l.used(id, c)
	}
	return w, nil
}

// credential is what is remembered of a principal: its key, or the role it has assumed. Keys of sessions are too many,
// and live too short, to be remembered.
func credential(p *identity.Principal) string {
	switch {
	case p.Kind == identity.AssumedRole:
		id, _, _ := strings.Cut(p.UserID, ":")
		return id
	case p.Session != nil:
		return ""
	}
	return p.AccessKeyID
}

func (l *Log) used(id string, c *awswire.Call) {
	l.mu.RLock()
	e := l.last[id]
	l.mu.RUnlock()
	if e != nil {
		if last := e.use.Load(); c.Arrived.Sub(last.At) < grain && last.Region == c.Region && last.Service == c.Service {
			return
		}
	}
	l.put(id, Use{c.Arrived.UTC().Truncate(time.Second), c.Region, c.Service}, true)
}

// put remembers a use unless a later one is known.
func (l *Log) put(id string, u Use, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.last[id]
	if e == nil {
		e = new(entry)
		l.last[id] = e
	} else if e.use.Load().At.After(u.At) {
		return
	}
	e.use.Store(&u)
	e.fresh.Store(fresh)
}

// Forget drops what is remembered of credentials that are not there any more: those that known does not have.
func (l *Log) Forget(known map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.last {
		if !known[id] {
			delete(l.last, id)
			l.gone = append(l.gone, id)
		}
	}
}

func (l *Log) flushNowAndThen(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := l.flush(); err != nil {
				l.log.Warn("cannot write down when credentials were used last; it will be tried again", "error", err)
			}
		}
	}
}

// flush writes what is new to the store. When another node wrote first, what that wrote is taken over, and the rest is
// written with the next flush.
func (l *Log) flush() error {
	changes, entries, gone, err := l.changes()
	if err != nil || len(changes) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	next, err := l.store.ChangeDocuments(ctx, collection, l.revision, changes)
	if err == nil {
		l.revision = next
		return nil
	}
	for _, e := range entries {
		e.fresh.Store(true)
	}
	l.mu.Lock()
	l.gone = append(l.gone, gone...)
	l.mu.Unlock()
	if mergeErr := l.merge(ctx); mergeErr != nil || !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("cannot store the last uses of %d credentials: %w", len(changes), errors.Join(err, mergeErr))
	}
	return nil
}
