package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

// ruleBook is a script made ready, and what its rules have seen. It is replaced as a whole.
type ruleBook struct {
	rules    []Rule
	matchers []matcher // one a rule
	seed     uint64

	// mu guards state and is held for counting only; matching needs no lock.
	mu    sync.Mutex
	state []history // one a rule
}

// newRuleBook compiles rules, or reports every fault of them.
func newRuleBook(rules []Rule, seed uint64) (*ruleBook, error) {
	var faults []error
	CheckRules(rules, func(path, message string) {
		faults = append(faults, fmt.Errorf("%s: %s", path, message))
	})
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	b := &ruleBook{rules: slices.Clone(rules), matchers: make([]matcher, len(rules)), seed: seed, state: make([]history, len(rules))}
	for i := range rules {
		b.matchers[i].Match = rules[i].When
		if pattern := rules[i].When.TextMatches; pattern != "" {
			re, err := regexp.Compile(pattern)
			if err != nil {
				return nil, fmt.Errorf("rules[%d].when.text-matches: %w", i, err)
			}
			b.matchers[i].text = re
		}
	}
	return b, nil
}

// SetRules replaces all rules, whose counts begin anew, or reports every fault of the new ones and
// keeps the old. A call that has begun is answered as it was decided. It is safe at any time.
func (p *Provider) SetRules(rules []Rule) error {
	book, err := newRuleBook(rules, p.seed)
	if err == nil {
		p.book.Store(book)
	}
	return err
}

// consult decides a call and counts it.
func (b *ruleBook) consult(s *subject) verdict {
	var matching []int
	for i := range b.matchers {
		if b.matchers[i].fits(s) {
			matching = append(matching, i)
		}
	}
	if len(matching) == 0 {
		return verdict{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v, state := decide(b.rules, b.seed, b.state, matching)
	b.state = state
	return v
}

// title names the rule of a verdict to whoever wrote it.
func (v *verdict) title() string {
	if v.rule.Name == "" {
		return fmt.Sprintf("rules[%d]", v.number)
	}
	return fmt.Sprintf("rule %q", v.rule.Name)
}

// scripted asks the rules about a call. cue is nil when the answer is the built-in one. An error is
// what the call fails with because its rule has no answer left.
func (p *Provider) scripted(at deploymentKey, r *provider.Request, streamed bool) (*cue, error) {
	book := p.book.Load()
	if len(book.rules) == 0 {
		return nil, nil
	}
	s := subject{at: at, profile: r.Caller.Application, stream: streamed, chat: r.Chat, last: lastText(r.Chat)}
	v := book.consult(&s)
	switch {
	case v.rule == nil:
		return nil, nil
	case v.answer == nil:
		return nil, fault.New(fault.Validation, "The simulator's %s has given all of its %d answers, and says to fail then.", v.title(), len(v.rule.Answers))
	}
	return &cue{Answer: v.answer, values: values{model: at.model, region: string(at.region), last: s.last, n: v.n}}, nil
}
