package route

import (
	"slices"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Order is what an operator wants of some calls. Of all orders that cover a call, the first that says something of
// policy, queue or hedge counts; rules of residency and drains of all of them count together.
type Order struct {
	Profile string      // id of a cross-region or application profile, or of a model that is called by itself; a glob
	Account arn.Account // empty: every account's calls

	Policy      *Policy
	QueueLength *int
	QueueWait   *time.Duration
	Hedge       *time.Duration

	Allow []arn.Region // empty: every region
	Deny  []arn.Region
	Drain []arn.Region // nothing new begins there
}

// DefaultQueueWait is how long a call waits at most in a queue for which nobody said how long.
const DefaultQueueWait = 5 * time.Second

// Orders are all orders of an operator. They are immutable and safe for concurrent use.
type Orders struct {
	all   []Order
	plain Settings // of calls that no order covers

	// mu guards found, which holds the settings of calls seen so far.
	mu    sync.RWMutex
	found map[covered]*Settings
}

// covered is what an order can tell calls apart by.
type covered struct {
	system, application, model string
	account                    arn.Account
}

// maxFound bounds the settings that are kept; past it they are worked out again.
const maxFound = 4096

// NewOrders makes orders.
func NewOrders(all []Order) *Orders {
	return &Orders{all: all, found: map[covered]*Settings{}}
}

// For are the settings of an account's calls: of the cross-region profile and the application profile that were passed,
// each may be empty, to the model.
func (o *Orders) For(system, application, model string, account arn.Account) *Settings {
	if len(o.all) == 0 {
		return &o.plain
	}
	key := covered{system, application, model, account}
	o.mu.RLock()
	s := o.found[key]
	o.mu.RUnlock()
	if s != nil {
		return s
	}
	s = o.settle(key)
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.found) >= maxFound {
		clear(o.found)
	}
	o.found[key] = s
	return s
}

func (o *Order) covers(k covered) bool {
	if o.Account != "" && o.Account != k.account {
		return false
	}
	if o.Profile == "" || k.system != "" && Matches(o.Profile, k.system) || k.application != "" && Matches(o.Profile, k.application) {
		return true
	}
	return k.system == "" && Matches(o.Profile, k.model)
}

// settle works out what holds for some calls.
func (o *Orders) settle(k covered) *Settings {
	s := &Settings{closed: map[arn.Region]Room{}, QueueWait: DefaultQueueWait}
	var policy, length, wait, hedge bool
	for i := range o.all {
		each := &o.all[i]
		if !each.covers(k) {
			continue
		}
		first(&s.Policy, each.Policy, &policy)
		first(&s.QueueLength, each.QueueLength, &length)
		first(&s.QueueWait, each.QueueWait, &wait)
		first(&s.Hedge, each.Hedge, &hedge)
		s.restrict(each)
	}
	return s
}

// first takes over what an order says, unless one before it did.
func first[T any](into, said *T, known *bool) {
	if said != nil && !*known {
		*into, *known = *said, true
	}
}

// restrict adds an order's rules of residency and its drains. What is denied stays denied.
func (s *Settings) restrict(o *Order) {
	if len(o.Allow) > 0 {
		if s.only == nil {
			s.only = slices.Clone(o.Allow)
		} else {
			s.only = slices.DeleteFunc(s.only, func(r arn.Region) bool { return !slices.Contains(o.Allow, r) })
		}
	}
	for _, r := range o.Drain {
		s.closed[r] = max(s.closed[r], Drained)
	}
	for _, r := range o.Deny {
		s.closed[r] = Denied
	}
}
