package catalog

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// PriceKey is what decides the price of a call.
type PriceKey struct {
	Model   string     // id of the foundation model
	Profile string     // id of the cross-region profile; empty for the bare model
	Source  arn.Region // the region of the call: destinations do not change the price
	Tier    Tier
	Prompt  int64     // tokens read, cached ones among them
	At      time.Time // which version of the book counts
}

// Rates are the prices by class. A class without a known one is unpriced.
type Rates [Classes]Rate

// Quote is what a Book says to a PriceKey.
type Quote struct {
	// Rates are shared with the book and never nil.
	Rates   *Rates
	Version string // of the book

	Assumed     bool // the operator's assumed prices stood in: no row is known for the model
	Approximate bool // the row is of another tier, because the book has none of this one
	// Row is what the prices were taken from; nil when nothing is known or all of it is the operator's.
	Row *Price
}
