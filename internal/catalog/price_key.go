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

// Quote is what a Book says to a PriceKey. Its pointers are into the book.
type Quote struct {
	Known   bool   // the book has a price for the model
	Rates   *Rates // never nil
	Assume  *Rates // what the operator assumes for classes without a rate; nil when nothing is assumed
	Version string // of the book

	// Approximate is set when the prices are those of the standard tier, because the book has none of the very tier.
	Approximate bool

	Row      *Price // the row that was read; nil when an operator named every price
	Override string // the origin of the last override that changed the prices; empty when none did
}
