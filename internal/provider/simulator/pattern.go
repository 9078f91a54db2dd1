package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// patternSteps is what compiling a regular expression costs beside the rest, about.
const patternSteps = 20

// pattern makes a string that a regular expression matches, repeating what may be repeated until it
// is long enough.
func (g *generator) pattern(pattern string, least, most int) (string, error) {
	if err := g.spend(patternSteps + len(pattern)/bytesPerStep); err != nil {
		return "", err
	}
	matcher, err := regexp.Compile(pattern)
	if err != nil {
		return "", fmt.Errorf("the pattern %q cannot be followed: %w", pattern, err)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", err
	}
	padded := !strings.HasSuffix(pattern, "$")
	start := g.dice.state
	low, high, closing := 0, maxText, false // the repetitions that may do; closing once high is proven
	for repeat := 0; low <= high && repeat <= high; {
		g.dice.state = start
		var b strings.Builder
		if err := g.match(&b, tree, repeat); err != nil {
			return "", err
		}
		text := b.String()
		n := utf8.RuneCountInString(text)
		if n < least && padded {
			text += strings.Repeat("a", least-n)
			n = least
		}
		switch {
		case n > most:
			high, closing = repeat-1, true
		case n < least:
			low = repeat + 1
		case matcher.MatchString(text):
			return text, nil
		default:
			low = repeat + 1
		}
		repeat = 2*repeat + 1
		if closing {
			repeat = low + (high-low)/2
		}
	}
	return "", errors.New("no text was found that fits pattern " + strconv.Quote(pattern) + " and its length")
}

// match writes something the expression matches; an open repetition goes repeat times beyond its
// least number.
func (g *generator) match(b *strings.Builder, re *syntax.Regexp, repeat int) error {
	if err := g.spend(1); err != nil {
		return err
	}
	switch re.Op {
	case syntax.OpNoMatch:
		return errNothingFits
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(g.member(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + g.dice.below(26)))
	case syntax.OpAlternate:
		return g.match(b, pick(g.dice, re.Sub), repeat)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			if err := g.match(b, sub, repeat); err != nil {
				return err
			}
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		low, high := times(re)
		n := low + repeat
		if high >= 0 {
			n = min(n, high)
		}
		for range n {
			if err := g.match(b, re.Sub[0], repeat); err != nil {
				return err
			}
		}
	}
	return nil
}

// times is how often a repetition may go; a high of -1 is no limit.
func times(re *syntax.Regexp) (low, high int) {
	switch re.Op {
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		return 1, -1
	case syntax.OpQuest:
		return 0, 1
	default:
		return re.Min, re.Max
	}
}

// member picks a character of a class, given as pairs of first and last: a plain one if there is any.
func (g *generator) member(pairs []rune) rune {
	for range maxTries {
		i := 2 * g.dice.below(len(pairs)/2)
		low, high := pairs[i], pairs[i+1]
		if low <= '~' && high >= '!' {
			low, high = max(low, '!'), min(high, '~')
			return low + rune(g.dice.below(int(high-low)+1))
		}
	}
	return pairs[0]
}
