package organizations

import (
	"crypto/rand"
	"math/big"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// small draws n small letters and digits.
func small(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(strings.ToLower(rand.Text()))
	}
	return b.String()[:n]
}

// unitID draws the id of a unit below a root.
func unitID(root string) string { return "ou-" + strings.TrimPrefix(root, "r-") + "-" + small(8) }

// policyID draws the id of a policy.
func policyID() string { return "p-" + small(8) }

// requestID draws the id of an account's creation.
func requestID() string { return "car-" + small(32) }

// accountID draws an account that is not taken.
func accountID(taken func(arn.Account) bool) arn.Account {
	first := big.NewInt(100_000_000_000) // no id begins with 0: tools take such a one for a number and lose it
	span := big.NewInt(900_000_000_000)
	for {
		n, err := rand.Int(rand.Reader, span)
		if err != nil {
			panic("BUG: the system's randomness failed: " + err.Error())
		}
		if id := arn.Account(n.Add(n, first).String()); !taken(id) {
			return id
		}
	}
}
