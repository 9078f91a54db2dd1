package awswire

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression of the API's model. It is compiled when first used.
type Pattern struct {
	Source string // as the model writes it, for the violation's sentence
	Go     string // the same for package regexp, anchored
	Not    string // for package regexp too: what no match is, where the model looks ahead; mostly empty
	// Allowed are the characters besides letters and digits, where the service words the violation by them.
	Allowed string

	once    sync.Once
	is, not *regexp.Regexp
}

func (p *Pattern) compile() {
	p.is = regexp.MustCompile(p.Go)
	if p.Not != "" {
		p.not = regexp.MustCompile(p.Not)
	}
}

// Match reports whether the whole of s matches.
func (p *Pattern) Match(s string) bool {
	p.once.Do(p.compile)
	return p.is.MatchString(s) && (p.not == nil || !p.not.MatchString(s))
}
