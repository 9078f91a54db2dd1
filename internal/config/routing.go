package config

import (
	"fmt"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/route"
)

// Routing says how the place of a call is chosen.
type Routing struct {
	// Policy is that of calls for which no order below says otherwise.
	Policy route.Policy `yaml:"policy"`
	// FirstContent is how long a stream may take to its first content, where its deployment does not say.
	FirstContent time.Duration `yaml:"first-content"`
	// Explain is how many calls outcrop explain can look back at.
	Explain  int           `yaml:"explain"`
	Breaker  Breaker       `yaml:"breaker"`
	Ramp     time.Duration `yaml:"ramp"`     // until a deployment that has recovered gets its whole share
	Remember time.Duration `yaml:"remember"` // for how long the place of a prompt's last answer counts
	Orders   []Order       `yaml:"orders"`
}

// Breaker says when a deployment that fails is left alone.
type Breaker struct {
	Failures int           `yaml:"failures"` // in a row
	Open     time.Duration `yaml:"open"`     // for so long at first, doubled by each probe that fails
	MaxOpen  time.Duration `yaml:"max-open"`
}

// Order is what holds for some calls. Of the orders that cover a call, the first that names a policy, a queue or a hedge
// counts; what any of them denies or drains is closed to it.
type Order struct {
	Profile string      `yaml:"profile"` // id of a cross-region or application profile, or of a model called by itself; a glob; empty: all
	Account arn.Account `yaml:"account"` // empty: all

	Policy *route.Policy  `yaml:"policy"`
	Queue  *WaitingRoom   `yaml:"queue"`
	Hedge  *time.Duration `yaml:"hedge"` // 0: never

	Allow []arn.Region `yaml:"allow"`
	Deny  []arn.Region `yaml:"deny"`
	Drain []arn.Region `yaml:"drain"`
}

// WaitingRoom is the queue of calls that find every place full.
type WaitingRoom struct {
	Length int           `yaml:"length"` // calls that wait for one model; 0: none
	Wait   time.Duration `yaml:"wait"`
}

func defaultRouting() Routing {
	t := route.DefaultTuning()
	return Routing{
		FirstContent: 2 * time.Minute, Explain: 1000, Ramp: t.Ramp, Remember: t.Remember,
		Breaker: Breaker{Failures: t.Failures, Open: t.Open, MaxOpen: t.MaxOpen},
	}
}

// Tuning is the router's own words for the same.
func (r *Routing) Tuning() route.Tuning {
	return route.Tuning{
		Failures: r.Breaker.Failures, Open: r.Breaker.Open, MaxOpen: r.Breaker.MaxOpen, Ramp: r.Ramp, Remember: r.Remember,
	}
}

// All are the orders of the file, in their order, and behind them the policy of all other calls.
func (r *Routing) All() []route.Order {
	out := make([]route.Order, 0, len(r.Orders)+1)
	for i := range r.Orders {
		out = append(out, r.Orders[i].order())
	}
	if r.Policy != route.SourceFirst {
		out = append(out, route.Order{Policy: &r.Policy})
	}
	return out
}

func (o *Order) order() route.Order {
	out := route.Order{
		Profile: o.Profile, Account: o.Account, Policy: o.Policy, Hedge: o.Hedge, Allow: o.Allow, Deny: o.Deny, Drain: o.Drain,
	}
	if q := o.Queue; q != nil {
		out.QueueLength = &q.Length
		if q.Wait > 0 {
			out.QueueWait = &q.Wait
		}
	}
	return out
}

// The bounds of routing.
const (
	maxExplain                   = 1_000_000
	maxFailures                  = 1000
	minBreaker, maxBreaker       = 100 * time.Millisecond, time.Hour
	maxQueueLength, maxQueueWait = 100_000, 10 * time.Minute
	minHedge, maxHedge           = 10 * time.Millisecond, 10 * time.Minute
	maxPrice                     = 1_000_000
	maxFlow                      = 1_000_000_000_000
)

func (k checker) routing(r *Routing) {
	k.firstContent("routing.first-content", r.FirstContent)
	k.within("routing.explain", r.Explain, 0, maxExplain)
	k.within("routing.breaker.failures", r.Breaker.Failures, 1, maxFailures)
	k.between("routing.breaker.open", r.Breaker.Open, minBreaker, maxBreaker)
	k.between("routing.breaker.max-open", r.Breaker.MaxOpen, r.Breaker.Open, maxBreaker)
	k.between("routing.ramp", r.Ramp, minBreaker, maxBreaker)
	k.between("routing.remember", r.Remember, time.Second, maxTimeout)
	for i := range r.Orders {
		k.order(fmt.Sprintf("routing.orders[%d]", i), &r.Orders[i])
	}
}

func (k checker) order(at string, o *Order) {
	k.wellFormed(at+".profile", o.Profile)
	if o.Account != "" && !isAccount(o.Account) {
		k.Fault(at+".account", "want the twelve digits of an account, found %q", string(o.Account))
	}
	if q := o.Queue; q != nil {
		k.within(at+".queue.length", q.Length, 0, maxQueueLength)
		if q.Wait < 0 || q.Wait > maxQueueWait {
			k.Fault(at+".queue.wait", "want at most %s, found %s", plain(maxQueueWait), plain(q.Wait))
		}
	}
	if o.Hedge != nil && *o.Hedge != 0 {
		k.between(at+".hedge", *o.Hedge, minHedge, maxHedge)
	}
	for _, r := range o.Deny {
		if slices.Contains(o.Allow, r) {
			k.Fault(at+".deny", "%s is allowed and denied; leave one of them out", r)
		}
	}
}

func isAccount(a arn.Account) bool {
	for _, c := range []byte(a) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(a) == 12
}

func (k checker) between(path string, d, least, most time.Duration) {
	if d < least || d > most {
		k.Fault(path, "want %s to %s, found %s", plain(least), plain(most), plain(d))
	}
}

// firstContent checks a bound that 0 takes away.
func (k checker) firstContent(path string, d time.Duration) {
	if d != 0 {
		k.timeout(path, d)
	}
}

// holds checks what a deployment is said to hold.
func (k checker) holds(at string, d *Deployment) {
	k.within(at+".concurrency", d.Concurrency, 0, maxConcurrency)
	for key, n := range map[string]int64{
		"requests-per-minute": d.RequestsPerMinute, "tokens-per-minute": d.TokensPerMinute, "tokens-per-second": d.TokensPerSecond,
	} {
		if n < 0 || n > maxFlow {
			k.Fault(at+"."+key, "want 0 (no bound) to %d, found %d", int64(maxFlow), n)
		}
	}
	k.firstContent(at+".first-content", d.FirstContent)
	if d.Price < 0 || d.Price > maxPrice {
		k.Fault(at+".price", "want 0 (the list price) to %d USD, found %g", maxPrice, d.Price)
	}
}

// orderReferences reports every region of an order that does not exist.
func (k checker) orderReferences(at string, o *Order, n names) {
	for key, regions := range map[string][]arn.Region{"allow": o.Allow, "deny": o.Deny, "drain": o.Drain} {
		for i, r := range regions {
			k.region(fmt.Sprintf("%s.%s[%d]", at, key, i), r, n)
		}
	}
}

// capacity is the router's own words for what a deployment can hold.
func (d *Deployment) capacity() route.Capacity {
	return route.Capacity{
		Concurrency: d.Concurrency, RequestsPerMinute: d.RequestsPerMinute, TokensPerMinute: d.TokensPerMinute,
		TokensPerSecond: d.TokensPerSecond, FirstContent: d.FirstContent, Price: d.Price,
	}
}

// Places are what routing knows of the world: distances between regions, and list prices.
func Places(facts *catalog.Catalog, book *catalog.Book, at time.Time) route.Facts {
	out := route.Facts{Distance: facts.Distance}
	for _, r := range facts.Regions() {
		out.Regions = append(out.Regions, r.ID)
	}
	out.Price = func(model string, region arn.Region) float64 {
		q := book.Find(catalog.PriceKey{Model: model, Source: region, At: at})
		if !q.Known {
			return 0
		}
		return blended(q.Rates)
	}
	return out
}

// blended is the price of a million tokens in USD when three of four are input. A class without a price counts nothing.
func blended(r *catalog.Rates) float64 {
	const perUSD = 1e6 // a rate in pico-dollars for one token is one in millionths of a dollar for a million
	return float64(3*r[catalog.Input].Pico+r[catalog.Output].Pico) / 4 / perUSD
}
