package simulator

import "slices"

// history is what a rule has seen so far.
type history struct {
	matched int64 // calls that its When fits
	given   int64 // answers
}

// verdict is what the rules say of one call. The zero verdict is that none of them answers it.
type verdict struct {
	rule   *Rule
	number int     // the rule's place in the script
	answer *Answer // nil without a rule, and when the rule has no answer left
	n      int64   // which answer of the rule this is, from 1
}

// decide says which of the matching rules answers a call, and what they have seen after it. matching
// are indices into rules, in order. It depends on its arguments alone, and changes none of them: the
// same seed and the same history give the same answers.
func decide(rules []Rule, seed uint64, state []history, matching []int) (verdict, []history) {
	if len(matching) == 0 {
		return verdict{}, state
	}
	state = slices.Clone(state)
	for _, i := range matching {
		r, h := &rules[i], &state[i]
		h.matched++
		if !r.due(seed, i, *h) {
			continue
		}
		answer, pass := r.next(h.given)
		if pass {
			continue
		}
		h.given++
		return verdict{rule: r, number: i, answer: answer, n: h.given}, state
	}
	return verdict{}, state
}

// due reports whether the rule answers the call that it has just counted.
func (r *Rule) due(seed uint64, number int, h history) bool {
	switch {
	case r.Times > 0 && h.given >= r.Times:
		return false
	case r.Every > 1 && h.matched%r.Every != 0:
		return false
	default:
		return r.Chance == 0 || chosen(seed, "chance", number, h.matched, r.Chance)
	}
}

// next is the answer behind so many given ones. It is nil when the sequence has ended and the rule
// refuses what follows; pass is true when it leaves that to others.
func (r *Rule) next(given int64) (answer *Answer, pass bool) {
	all := r.Answers
	if r.Answer != nil {
		return r.Answer, false
	}
	switch n := int64(len(all)); {
	case given < n:
		return &all[given], false
	case r.Then == Repeat:
		return &all[given%n], false
	case r.Then == Fail:
		return nil, false
	case r.Then == Pass:
		return nil, true
	default:
		return &all[n-1], false
	}
}
