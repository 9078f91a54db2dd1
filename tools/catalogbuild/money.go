package main

import (
	"encoding/json"
	"fmt"
	"math/big"
)

// pico turns a decimal number of dollars for so many units into whole pico-dollars per unit. A price that is not a
// whole number of them is an error: nothing is rounded.
func pico(dollars json.Number, units int64) (*int64, error) {
	if dollars == "" {
		return nil, nil
	}
	r, ok := new(big.Rat).SetString(dollars.String())
	if !ok {
		return nil, fmt.Errorf("price %q is not a number", dollars)
	}
	r.Mul(r, big.NewRat(1_000_000_000_000, units))
	if !r.IsInt() || !r.Num().IsInt64() {
		return nil, fmt.Errorf("price %s for %d units is not a whole number of pico-dollars per unit", dollars, units)
	}
	n := r.Num().Int64()
	return &n, nil
}
