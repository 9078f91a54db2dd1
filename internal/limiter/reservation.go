package limiter

import (
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/quota"
)

// reservation is what one call holds of its account's quotas.
type reservation struct {
	limiter  *Limiter
	book     *book
	model    *catalog.Model
	hold     quota.Hold
	refusal  *quota.Refusal // nil for a call that was let in
	unset    int64          // what was reserved for the answer of a caller who set no bound to it
	messages bool           // the call came in the form of Anthropic's API
}

func (r *reservation) reserve(c *quota.Call, tokens int64) *quota.Refusal {
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	return r.book.quota.Reserve(time.Since(r.limiter.began), c, tokens, &r.hold)
}

// Progress implements gateway.Reservation: a quota that has let a call in lets it end.
func (*reservation) Progress(int64) error { return nil }

// Settle implements gateway.Reservation. A call that nobody was asked to serve counts for nothing; one that failed counts
// as a request.
func (r *reservation) Settle(record *gateway.Record) {
	if r.refusal != nil {
		return
	}
	used := quota.Used(record.Usage, r.model.Burndown)
	untried := record.Attempts == 0 && record.Region == ""
	r.book.mu.Lock()
	now := time.Since(r.limiter.began)
	if untried {
		r.book.quota.Release(now, &r.hold)
	} else {
		r.book.quota.Settle(now, &r.hold, used)
	}
	r.book.mu.Unlock()
	r.limiter.metrics.settled(r.hold.Reserved, used)
}

func (r *reservation) left() quota.Left {
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	return r.book.quota.Left(time.Since(r.limiter.began), &r.hold)
}
