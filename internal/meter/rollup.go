package meter

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/money"
)

// Hour is a whole hour since 1970, UTC.
type Hour int64

// HourOf is the hour that t is in.
func HourOf(t time.Time) Hour {
	s := t.Unix()
	h := s / 3600
	if s%3600 < 0 {
		h--
	}
	return Hour(h)
}

// Time is the hour's beginning.
func (h Hour) Time() time.Time { return time.Unix(int64(h)*3600, 0).UTC() }

// Key is what one hourly sum is of: an hour, and everything Cost Explorer filters or groups by but the tags, which
// TagSet stands for.
type Key struct {
	Hour Hour `json:"hour"`
	Dimensions
}

// Dimensions is a Key without its hour. Distinct ones are few: a store may keep them in a table of their own.
type Dimensions struct {
	Account     arn.Account   `json:"account"`
	Region      arn.Region    `json:"region"` // the source region
	Service     string        `json:"service"`
	UsageType   string        `json:"usageType"`
	Operation   string        `json:"operation"` // as AWS bills it: "InvokeModelInference"
	RecordType  string        `json:"recordType"`
	Class       catalog.Class `json:"class"`
	Unit        Unit          `json:"unit"`
	Model       string        `json:"model"`
	System      string        `json:"system,omitzero"`      // id of the cross-region profile
	Application string        `json:"application,omitzero"` // ARN of the application profile
	Principal   string        `json:"principal,omitzero"`   // ARN
	Tags        TagSet        `json:"tags,omitzero"`        // id of the tags; Tags of the record give the set
}

// Sums is what a rollup adds up. Adding is associative and commutative, and the zero Sums changes nothing.
type Sums struct {
	Count     int64        `json:"count"` // of the class: tokens, images, queries
	Cost      money.Amount `json:"cost"`
	Calls     int64        `json:"calls"`     // each call counts once, in the first of its lines
	Unpriced  int64        `json:"unpriced"`  // lines that were counted at 0 because no price is known
	Estimated int64        `json:"estimated"` // lines whose count was made here
}

// Add is the sum of both.
func (s Sums) Add(o Sums) Sums {
	return Sums{
		Count: s.Count + o.Count, Cost: s.Cost.Add(o.Cost), Calls: s.Calls + o.Calls,
		Unpriced: s.Unpriced + o.Unpriced, Estimated: s.Estimated + o.Estimated,
	}
}

// Line is one entry of a rollup: of one record and class, or the sum of many.
type Line struct {
	Key
	Sums
}

// Unit is what a UsageQuantity is told in.
type Unit struct {
	Name  string `json:"name"`  // "1K tokens", "Units"
	Scale int64  `json:"scale"` // how many of the class make one unit
}

// Quantity is a count in units, as exact decimal text.
func (u Unit) Quantity(count int64) string { return money.Quantity(count, u.Scale) }

// TagSet is the id of a set of tags: the same tags have the same id on every machine. No tags have the empty one.
type TagSet string
