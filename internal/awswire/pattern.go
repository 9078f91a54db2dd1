package awswire

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression of the API's model. It is compiled when first used.
type Pattern struct {
	Source string // as the model writes it, for the violation's sentence
	Go     string // the same for package regexp, anchored

	once     sync.Once
	compiled *regexp.Regexp
}

// Match reports whether the whole of s matches.
func (p *Pattern) Match(s string) bool {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.Go) })
	return p.compiled.MatchString(s)
}
