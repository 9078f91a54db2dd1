package quota

import (
	"iter"
	"math/bits"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

// Rules say which quotas a call falls under, and what their limits are. They are immutable.
type Rules struct {
	facts  *catalog.Catalog
	policy Policy
	shares map[string]*Share
	// What of a call matters to any share.
	byApplication, byPrincipal bool
}

// NewRules makes rules of a policy that Check finds no fault with.
func NewRules(facts *catalog.Catalog, p Policy) *Rules {
	r := &Rules{facts: facts, policy: p, shares: map[string]*Share{}}
	for i := range r.policy.Shares {
		s := &r.policy.Shares[i]
		r.shares[s.Name] = s
		r.byApplication = r.byApplication || s.Profile != "" || len(s.Tags) > 0
		r.byPrincipal = r.byPrincipal || s.Principal != ""
	}
	return r
}

// relevant leaves out of a call what makes no difference to any rule.
func (r *Rules) relevant(c Call) Call {
	if !r.byApplication {
		c.Application = nil
	}
	if !r.byPrincipal {
		c.Principal = ""
	}
	return c
}

// subjects are all those whose quotas a call takes from: its model's, the account's, and every share it falls under.
func (r *Rules) subjects(a arn.Account, c *Call) iter.Seq[Subject] {
	return func(yield func(Subject) bool) {
		own := Subject{Account: a, Source: c.Source, Model: c.Model.ID, Scope: scopes[c.Scope]}
		if !yield(own) || !yield(account(a)) {
			return
		}
		for i := range r.policy.Shares {
			share := &r.policy.Shares[i]
			who, ok := share.who(c)
			if !ok || !share.covers(&own) {
				continue
			}
			s := own
			if share.Pooled {
				s = account(a)
			}
			s.Share, s.Who = share.Name, who
			if !yield(s) {
				return
			}
		}
	}
}

// limits are a subject's; it reports false when there are none.
func (r *Rules) limits(s Subject) (l Limits, some bool) {
	switch {
	case s.Share != "":
		l = r.shareLimits(s)
	case s.Model != "":
		l = r.modelLimits(s)
	default:
		l = r.accountLimits(s)
	}
	for i := range l {
		l[i].Watched = l[i].Set && (l[i].Watched || !r.policy.Enforce)
		some = some || l[i].Set
	}
	return l, some
}

// modelLimits are the published quota of a model, and what overrides say of it.
func (r *Rules) modelLimits(s Subject) (l Limits) {
	if r.policy.Defaults != Off {
		for _, q := range r.facts.QuotasOf(s.Model) {
			if m, ok := measureOf[q.Metric]; ok && q.Scope == s.Scope && q.Variant == "" {
				l[m] = Limit{Set: true, Max: q.In(s.Source), Watched: r.policy.Defaults == Watch}
			}
		}
	}
	for i := range r.policy.Overrides {
		if o := &r.policy.Overrides[i]; o.covers(&s) {
			l.override(&o.Amounts)
		}
	}
	return l
}

func (r *Rules) accountLimits(s Subject) (l Limits) {
	if n, ok := r.facts.AccountTokensPerDay(); ok && r.policy.Defaults != Off {
		l[DayTokens] = Limit{Set: true, Max: n, Watched: r.policy.Defaults == Watch}
	}
	for _, a := range r.policy.Accounts {
		if matches(a.Account, string(s.Account)) {
			l.override(&Amounts{DayTokens: a.DayTokens})
		}
	}
	return l
}

// shareLimits are a share's own, and parts of the quota it is a share of. A part of no limit is none.
func (r *Rules) shareLimits(s Subject) (l Limits) {
	share := r.shares[s.Share]
	if share == nil || share.Pooled != (s.Model == "") {
		return l
	}
	l.override(&share.Amounts)
	whole := r.modelLimits(Subject{Account: s.Account, Source: s.Source, Model: s.Model, Scope: s.Scope})
	for i, amount := range share.all() {
		if amount != nil && amount.Parts > 0 {
			l[i] = Limit{Set: whole[i].Set, Max: part(whole[i].Max, amount.Parts)}
		}
	}
	return l
}

// part is so many ten thousandths of a limit, rounded down, and 1 at least of a limit that is not 0.
func part(whole, parts int64) int64 {
	hi, lo := bits.Mul64(uint64(whole), uint64(parts))
	n, _ := bits.Div64(hi, lo, tenThousand)
	if n == 0 && whole > 0 {
		return 1
	}
	return int64(n)
}

func (l *Limits) override(a *Amounts) {
	for i, amount := range a.all() {
		if amount != nil && amount.Parts == 0 {
			l[i] = Limit{Set: !amount.None, Max: amount.N}
		}
	}
}
