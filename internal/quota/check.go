package quota

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/catalog"
)

// Check finds what is wrong with a policy, but for models and regions that nothing has: whoever reads the policy knows
// the catalog. fault is called with the path of what is at fault below the policy, and a sentence.
func Check(p *Policy, fault func(path, message string)) {
	if modes := []Defaults{Watch, EnforceThose, Off}; !slices.Contains(modes, p.Defaults) {
		fault("defaults", fmt.Sprintf("want watch, enforce or off, found %q", string(p.Defaults)))
	}
	for i := range p.Overrides {
		at, o := fmt.Sprintf("overrides[%d]", i), &p.Overrides[i]
		o.Where.check(at, fault)
		o.Amounts.check(at, fault, false)
	}
	for i, a := range p.Accounts {
		at := fmt.Sprintf("accounts[%d]", i)
		checkAccount(at+".account", a.Account, fault)
		(&Amounts{DayTokens: a.DayTokens}).check(at, fault, false)
	}
	first := map[string]bool{}
	for i := range p.Shares {
		at, s := fmt.Sprintf("shares[%d]", i), &p.Shares[i]
		switch {
		case s.Name == "":
			fault(at+".name", "a share needs a name: refusals tell it")
		case strings.ContainsFunc(s.Name, func(r rune) bool { return r < ' ' || r > '~' }):
			fault(at+".name", "want printable ASCII: the name stands in a header")
		case first[s.Name]:
			fault(at+".name", fmt.Sprintf("another share is named %q, too", s.Name))
		}
		first[s.Name] = true
		s.check(at, fault)
	}
}

func (s *Share) check(at string, fault func(path, message string)) {
	if s.Profile == "" && len(s.Tags) == 0 && s.Principal == "" {
		fault(at, "whose share is it? Give it profile, tags or principal; * is everyone")
	}
	wellFormed(at+".profile", s.Profile, fault)
	wellFormed(at+".principal", s.Principal, fault)
	for key, glob := range s.Tags {
		wellFormed(at+".tags."+key, glob, fault)
	}
	s.Where.check(at, fault)
	s.Amounts.check(at, fault, !s.Pooled)
}

func (w *Where) check(at string, fault func(path, message string)) {
	checkAccount(at+".account", w.Account, fault)
	wellFormed(at+".model", w.Model, fault)
	wellFormed(at+".region", w.Region, fault)
	if w.Scope != "" && !slices.Contains(scopes[:], w.Scope) {
		fault(at+".scope", fmt.Sprintf("want %s, %s or %s, found %q", catalog.InRegion, catalog.Geo, catalog.Global, string(w.Scope)))
	}
}

// check demands some limit. parts says that parts of another limit may be meant.
func (a *Amounts) check(at string, fault func(path, message string), parts bool) {
	some := false
	for i, amount := range a.all() {
		some = some || amount != nil
		if amount != nil && amount.Parts > 0 && !parts {
			fault(at+"."+Measure(i).String(), "a percentage is a part of the account's limit for one model, region and kind of call: only shares that are not pooled have one")
		}
	}
	if !some {
		fault(at, "there is no limit in it; give it requests-per-minute, tokens-per-minute, tokens-per-day or concurrency")
	}
}

func wellFormed(at, glob string, fault func(path, message string)) {
	if !wellFormedGlob(glob) {
		fault(at, fmt.Sprintf("%q is not a well-formed glob; * stands for any characters", glob))
	}
}

// checkAccount takes twelve digits, or a glob.
func checkAccount(at, account string, fault func(path, message string)) {
	if account == "" || strings.ContainsAny(account, "*?[") {
		wellFormed(at, account, fault)
		return
	}
	if len(account) != 12 || strings.Trim(account, "0123456789") != "" {
		fault(at, fmt.Sprintf("%q is not an account: want its twelve digits in quotes, or a glob", account))
	}
}
