// Package costexplorer answers AWS Cost Explorer over the sums of Outcrop's own metering: who used what, when, and for
// how much, seconds after the call.
package costexplorer

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/store"
)

// Ledger is where the sums come from.
type Ledger interface {
	// Keys reads the keys of sums that were added after the one with the given id: meter.Dimensions as JSON.
	Keys(ctx context.Context, after int64) ([]store.Key, error)
	// TagSets reads the sets of tags that were added after the one with the given number.
	TagSets(ctx context.Context, after int64) ([]store.TagSet, error)
	// Sums adds up what happened from one hour up to and without another, for each key that has any.
	Sums(ctx context.Context, from, to int64) ([]store.Sum, error)
}

// CostTags keeps which tag keys count.
type CostTags interface {
	// CostTags reads the keys whose status was ever set.
	CostTags(ctx context.Context) ([]store.CostTag, error)
	// SetCostTags sets the status of keys, all or none.
	SetCostTags(ctx context.Context, tags []store.CostTag) error
}

// Directory knows the accounts.
type Directory interface {
	Accounts() []Account
}

// Account is an account and its name.
type Account struct {
	ID   arn.Account
	Name string
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
	opt  Options
	keys index
}

var _ api.Server = (*Server)(nil)

// New makes a server.
func New(o Options) *Server { return &Server{opt: o, keys: index{ledger: o.Ledger}} }

// visible is whose usage a caller sees: its own, or everyone's, which is the empty account.
func visible(caller, management arn.Account) arn.Account {
	if caller == management {
		return ""
	}
	return caller
}
