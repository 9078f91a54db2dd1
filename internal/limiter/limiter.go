// Package limiter holds the gateway's calls to their quotas: it gives every account's book of use a lock and a clock, and
// tells callers in headers what is left.
package limiter

import (
	"slices"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/quota"
)

// Limiter is a gateway.Reserver. It is safe for concurrent use.
//
// Every quota belongs to one account, and all of an account's calls share its daily tokens, so there is one lock an
// account. It is held for arithmetic only: under half a microsecond a call (BenchmarkReserveSettleContended of package
// quota). What has been used is in memory alone; Recall takes the tokens of the last day from a ledger.
type Limiter struct {
	began   time.Time // times are counted from here, on the monotonic clock: memory before the limiter was made
	metrics *metrics

	// mu guards rules and the map books. Held only across memory work.
	mu    sync.RWMutex
	rules *quota.Rules
	books map[arn.Account]*book
}

var _ gateway.Reserver = (*Limiter)(nil)

// book is what one account uses.
type book struct {
	// mu guards quota. The clock is read under it, so that a book never sees time go back.
	mu    sync.Mutex
	quota *quota.Book
}

// New makes a limiter under which nothing has been used.
func New(r *quota.Rules) *Limiter {
	l := &Limiter{began: time.Now().Add(-memory), rules: r, books: map[arn.Account]*book{}}
	l.metrics = newMetrics(l)
	return l
}

// SetRules changes the limits of every account from its next call on. Calls that run keep what they reserved.
func (l *Limiter) SetRules(r *quota.Rules) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = r
	for _, b := range l.books {
		b.mu.Lock()
		b.quota.SetRules(r)
		b.mu.Unlock()
	}
}

// Uses lists every limit of which something is used, by account, model, source region and share.
func (l *Limiter) Uses() []quota.Use {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var all []quota.Use
	for _, b := range l.books {
		b.mu.Lock()
		all = slices.AppendSeq(all, b.quota.Uses(time.Since(l.began)))
		b.mu.Unlock()
	}
	slices.SortFunc(all, quota.Use.Compare)
	return all
}

func (l *Limiter) book(a arn.Account) *book {
	l.mu.RLock()
	b := l.books[a]
	l.mu.RUnlock()
	if b != nil {
		return b
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b = l.books[a]; b == nil {
		b = &book{quota: quota.NewBook(a, l.rules)}
		l.books[a] = b
	}
	return b
}

// Reserve implements gateway.Reserver.
func (l *Limiter) Reserve(d *gateway.Demand) (gateway.Reservation, error) {
	r := &reservation{limiter: l, book: l.book(d.Payer()), model: d.Target.Model, messages: d.Operation == messagesOperation}
	output := longest(d)
	if d.Unbounded {
		r.unset = output
	}
	c := quota.Call{
		Source: d.Target.Source, Model: d.Target.Model, Scope: d.Target.Scope,
		Application: d.Target.Application, Principal: holder(&d.Principal),
	}
	if refusal := r.reserve(&c, quota.Reserve(d.Input, output)); refusal != nil {
		l.metrics.refused(refusal, false)
		r.refusal = refusal
		return r, refusal.Fault()
	}
	l.metrics.reserved(r)
	return r, nil
}

// longest is the longest answer the call may get.
func longest(d *gateway.Demand) int64 {
	if d.Unbounded && d.MaxOutput == 0 && slices.Contains(d.Target.Model.Output, catalog.Text) {
		return quota.AssumedOutput
	}
	return d.MaxOutput
}

// holder is whose share of a quota a principal uses: a session uses that of the role, or of the user, behind it.
func holder(p *identity.Principal) string {
	if p.Session != nil && p.Session.Issuer != "" {
		return p.Session.Issuer
	}
	return p.ARN
}
