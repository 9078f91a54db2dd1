package route

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Policy says by what the place of a call is chosen.
type Policy uint8

// SourceFirst serves in the source region while it has room. The others give every destination the same chance:
// LeastLoaded goes by headroom, Cheapest by price, Sticky by where the prompt was last answered.
const (
	SourceFirst Policy = iota
	LeastLoaded
	Cheapest
	Sticky
)

var policyNames = [...]string{SourceFirst: "source-first", LeastLoaded: "least-loaded", Cheapest: "cheapest", Sticky: "sticky"}

// String is the policy's name, as configurations write it.
func (p Policy) String() string { return policyNames[p] }

// PolicyNames lists the names of all policies.
func PolicyNames() []string { return slices.Clone(policyNames[:]) }

// ParsePolicy reads a policy's name.
func ParsePolicy(name string) (Policy, bool) {
	i := slices.Index(policyNames[:], name)
	return Policy(max(i, 0)), i >= 0
}

// UnmarshalText reads a policy's name.
func (p *Policy) UnmarshalText(b []byte) error {
	read, ok := ParsePolicy(string(b))
	if !ok {
		return fmt.Errorf("want %s, found %q", strings.Join(policyNames[:], ", "), b)
	}
	*p = read
	return nil
}

// MarshalText writes a policy's name.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Settings say how calls of one profile by one account are routed. They are shared and never change.
type Settings struct {
	Policy Policy
	// QueueLength is how many calls may wait for a model when all its places are full; 0: none waits.
	QueueLength int
	// QueueWait is how long a call waits at most.
	QueueWait time.Duration
	// Hedge is when a second place is asked that the first keeps waiting; 0: never. The slower of the two is cancelled,
	// and may cost what it has done by then.
	Hedge time.Duration

	// closed says why the regions that are in it may not be used.
	closed map[arn.Region]Room
	// only lists, when it is not nil, the regions that may be used at all.
	only []arn.Region
}

// Permits is Free, or why a region may not be used.
func (s *Settings) Permits(r arn.Region) Room {
	if s.only != nil && !slices.Contains(s.only, r) {
		return Denied
	}
	return s.closed[r]
}
