package simulate

import (
	"math"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/route"
)

// place is a deployment's upstream, as it really is.
type place struct {
	number  int
	at      *route.Deployment
	is      Upstream
	account *quota.Book // what the upstream's account may use; nil: no bound
	quota   quota.Call
	outs    []*BrownOut
	cached  map[uint32]cached // by conversation

	running  int64
	peak     int64
	attempts int
	served   int
	busy     gauge
}

// cached is what a conversation has left in an upstream's cache.
type cached struct {
	tokens int64
	at     time.Duration
}

// newPlace finds what stands behind a deployment.
func (w *World) newPlace(number int, d *route.Deployment, facts *catalog.Catalog, bins bins) *place {
	p := &place{number: number, at: d, cached: map[uint32]cached{}, busy: gauge{bins: bins}}
	for i := range w.Upstreams {
		if w.Upstreams[i].covers(d) {
			p.is = w.Upstreams[i]
			break
		}
	}
	for i := range w.BrownOuts {
		if w.BrownOuts[i].covers(d) {
			p.outs = append(p.outs, &w.BrownOuts[i])
		}
	}
	model, known := facts.Model(d.Model)
	if amounts := p.is.amounts(); known && amounts != (quota.Amounts{}) {
		// An upstream's limits are quotas of the account that the gateway has there.
		rules := quota.NewRules(facts, quota.Policy{
			Enforce: true, Defaults: quota.Off, Overrides: []quota.Override{{Amounts: amounts}},
			Accounts: []quota.AccountLimit{{DayTokens: &quota.Amount{None: true}}},
		})
		p.account = quota.NewBook(w.Account, rules)
		p.quota = quota.Call{Source: d.Region, Model: model, Scope: profile.InRegion}
	}
	return p
}

func (u *Upstream) amounts() (a quota.Amounts) {
	bound := func(n int64) *quota.Amount {
		if n == 0 {
			return nil
		}
		return &quota.Amount{N: n}
	}
	a.Concurrent, a.Requests, a.Tokens = bound(u.Concurrency), bound(u.RequestsPerMinute), bound(u.TokensPerMinute)
	return a
}

// attempt is one call at one upstream, from begin to end.
type attempt struct {
	place *place
	hold  quota.Hold
	usage chat.Usage
	// content is when the first token comes, or the failure when fault is set and cut is not; end is when the attempt is
	// over. Both are times since the first call.
	content, end time.Duration
	fault        *fault.Error
	cut          bool // the fault comes after the first token
}

// request is what an upstream sees of a call.
type request struct {
	input, output, most int64 // most is what the answer may have
	longest             int64 // what is known of that before: 0 where neither the caller nor the catalog says it
	session             uint32
	detour              time.Duration
	cache               Cache
	luck                luck
}

// begin says what becomes of a call that arrives now. The attempt must be ended at its end.
func (p *place) begin(now time.Duration, r *request, a *attempt) {
	a.fault, a.cut, a.content, a.end, a.usage = nil, false, now, now, chat.Usage{}
	a.place = p
	if p.account != nil {
		if refusal := p.account.Reserve(now, &p.quota, quota.Reserve(r.input, r.most), &a.hold); refusal != nil {
			a.fault = refusal.Fault()
			if !p.is.RetryAfter {
				a.fault.RetryAfter = 0
			}
			a.place = nil // nothing is held
			return
		}
	}
	p.move(now, 1)
	a.usage = p.read(now, r)
	out := p.wrong(now, r.luck.next())
	slow := 1.0
	if out != nil && out.Kind == Slow {
		slow = out.Factor
	}
	first, rest := p.pace(r, a.usage, slow)
	switch {
	case out == nil || out.Kind == Slow:
		a.content, a.end = now+first, now+first+rest
	case out.Kind == Cut:
		a.usage.Output /= 2
		a.cut, a.fault = true, out.fault()
		a.content, a.end = now+first, now+first+rest/2
	default:
		a.usage, a.fault = chat.Usage{}, out.fault()
		a.content, a.end = now+out.After, now+out.After
	}
}

// finish ends what begin began.
func (a *attempt) finish(now time.Duration) {
	p := a.place
	if p == nil {
		return
	}
	a.place = nil
	p.move(now, -1)
	if p.account != nil {
		p.account.Settle(now, &a.hold, quota.Used(a.usage, p.quota.Model.Burndown))
	}
}

func (p *place) move(now time.Duration, by int64) {
	p.busy.set(now, float64(p.running+by))
	p.running += by
	p.peak = max(p.peak, p.running)
}

// pace is how long the first token takes, and all others after it.
func (p *place) pace(r *request, u chat.Usage, slow float64) (first, rest time.Duration) {
	seconds := p.is.FirstToken.Seconds()
	if p.is.InputPerSecond > 0 {
		seconds += float64(u.Input+u.CacheWrite5m) / p.is.InputPerSecond
	}
	if p.is.Growth > 0 && p.is.Concurrency > 0 {
		load := float64(p.running) / float64(p.is.Concurrency)
		slow *= 1 + p.is.Growth*load*load
	}
	if p.is.Jitter > 0 {
		slow *= math.Exp(p.is.Jitter * r.luck.normal())
	}
	first = span(seconds*slow) + r.detour
	if p.is.TokensPerSecond > 0 {
		rest = span(float64(u.Output) / p.is.TokensPerSecond * slow)
	}
	return first, rest
}

// span is a time of so many seconds, a day at most for each of its parts.
func span(seconds float64) time.Duration {
	return time.Duration(min(seconds, longestTime.Seconds()) * float64(time.Second))
}

// read is what a call uses: part of its input may be in the cache, and is then.
func (p *place) read(now time.Duration, r *request) chat.Usage {
	u := chat.Usage{Input: r.input, Output: min(r.output, r.most)}
	if r.session == 0 || r.cache.Share == 0 {
		return u
	}
	keep := int64(float64(r.input) * r.cache.Share)
	if old, ok := p.cached[r.session]; ok && now-old.at <= r.cache.For {
		u.CacheRead = min(old.tokens, keep)
	}
	u.CacheWrite5m = keep - u.CacheRead
	u.Input -= keep
	p.cached[r.session] = cached{keep, now}
	return u
}

// wrong is the first brown-out that hits a call now.
func (p *place) wrong(now time.Duration, l luck) *BrownOut {
	for _, b := range p.outs {
		if now >= b.From && now < b.To && (b.Share == 0 || l.share() < b.Share) {
			return b
		}
	}
	return nil
}

// The words of upstreams that fail.
func (b *BrownOut) fault() *fault.Error {
	switch b.Kind {
	case Throttling:
		return fault.New(fault.Throttling, "Too many requests, please wait before trying again.")
	case Timeout:
		return fault.New(fault.ModelTimeout, "Model has timed out in processing the request. Try your request again.")
	case Cut:
		return fault.New(fault.ModelStreamError, "The model stream broke before its answer was complete. Try your request again.")
	}
	return fault.New(fault.ServiceUnavailable, "Bedrock is unable to process your request.")
}
