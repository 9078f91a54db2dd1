package store

import (
	"context"
	"time"
)

// CostTags keeps which tag keys count in the reports of usage.
type CostTags interface {
	// CostTags reads the keys whose status was ever set, in the order of the keys.
	CostTags(ctx context.Context) ([]CostTag, error)
	// SetCostTags sets the status of keys, of which each comes once: all of them or none.
	SetCostTags(ctx context.Context, tags []CostTag) error
}

// CostTag is the status of a tag key as it was last set.
type CostTag struct {
	Key     string
	Active  bool
	Updated time.Time // to the nanosecond, in UTC
}
