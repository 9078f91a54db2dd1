// Package costexplorer answers AWS Cost Explorer over the sums of Outcrop's own metering: who used what, when, and for
// how much, seconds after the call.
package costexplorer

import (
	"context"
	"iter"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// Ledger is where the sums come from.
type Ledger interface {
	// Usage yields the sums of the hours from ≤ h < to of one account, or of all when account is empty, in any order.
	// Sums of different hours may come as one line under the first of them when both stand in the same step.
	Usage(ctx context.Context, account arn.Account, from, to meter.Hour, step Step) iter.Seq2[*meter.Line, error]
	// Tags is the set of tags behind an id. It is not to be written to.
	Tags(ctx context.Context, id meter.TagSet) (map[string]string, error)
}

// Step is the hours that a reader does not tell apart.
type Step uint8

// The steps.
const (
	ByHour Step = iota
	ByDay       // of UTC
	ByMonth
)

// CostTags keeps which tag keys count.
type CostTags interface {
	// CostTags are the keys whose status was ever set, by key.
	CostTags(ctx context.Context) (map[string]CostTag, error)
	// SetCostTags sets the status of keys, all or none.
	SetCostTags(ctx context.Context, active map[string]bool, now time.Time) error
}

// CostTag is the status of a tag key as it was last set.
type CostTag struct {
	Active  bool
	Updated time.Time
}

// Directory knows the accounts.
type Directory interface {
	Accounts(ctx context.Context) ([]store.Account, error)
}

// Options are what a Server is made of.
type Options struct {
	Ledger    Ledger
	Tags      CostTags
	Directory Directory
	// Management is the account that sees every other one's usage.
	Management arn.Account
	// ActivateTags is AWS's rule: a tag key counts once UpdateCostAllocationTagsStatus has activated it. Without it
	// every key counts from its first use, until it is set inactive.
	ActivateTags bool
	// Months is how many whole months before the running one can be asked for; 0 is as far back as there is usage.
	Months int
}

// Server does the operations. It is safe for concurrent use.
type Server struct {
	api.Unimplemented
	opt Options
}

var _ api.Server = (*Server)(nil)

// New makes a server.
func New(o Options) *Server { return &Server{opt: o} }

// visible is whose usage a caller sees: its own, or everyone's, which is the empty account.
func visible(caller, management arn.Account) arn.Account {
	if caller == management {
		return ""
	}
	return caller
}
