package quota

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

// CheckParts finds shares that are parts of limits which nobody has: they would limit nothing, and look as if they did.
// The policy has passed Check.
func CheckParts(facts *catalog.Catalog, p *Policy, fault func(path, message string)) {
	r := NewRules(facts, *p)
	for i := range p.Shares {
		for m, amount := range p.Shares[i].all() {
			if amount != nil && amount.Parts > 0 && !r.limitsAny(&p.Shares[i], Measure(m)) {
				fault(fmt.Sprintf("shares[%d].%s", i, Measure(m)), fmt.Sprintf(
					"%s of what? No quota that the share covers has %s; set it under overrides, or write a number here", amount, Measure(m)))
			}
		}
	}
}

// limitsAny reports whether some quota that a share covers has a limit. Where accounts are named by classes of characters
// it believes so.
func (r *Rules) limitsAny(s *Share, m Measure) bool {
	accounts := r.accountsOf(s)
	if slices.ContainsFunc(accounts, func(a arn.Account) bool { return strings.Contains(string(a), "[") }) {
		return true
	}
	for _, account := range accounts {
		for _, model := range r.facts.Models() {
			if !matches(s.Model, model.ID) {
				continue
			}
			for _, region := range r.facts.Regions() {
				for _, scope := range scopes {
					subject := Subject{Account: account, Source: region.ID, Model: model.ID, Scope: scope}
					if s.covers(&subject) && r.modelLimits(subject)[m].Set {
						return true
					}
				}
			}
		}
	}
	return false
}

// accountsOf are the accounts of a share that overrides may tell apart, and one that none names.
func (r *Rules) accountsOf(s *Share) []arn.Account {
	all := []arn.Account{"000000000000", arn.Account(s.Account)}
	for i := range r.policy.Overrides {
		all = append(all, arn.Account(r.policy.Overrides[i].Account))
	}
	for i, a := range all {
		all[i] = arn.Account(strings.NewReplacer("*", "0", "?", "0").Replace(string(a))) // a glob covers this text
	}
	return all
}
