package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operand compiles one of the policy's values for the condition's comparison.
func (p *parser) operand(c *condition, n node) error {
	switch c.compare {
	case numbers:
		x, ok := parseNumber(n.text)
		if !ok {
			return p.syntax(n.start, "%s compares numbers, and %q is none", c.name, n.text)
		}
		c.numbers = append(c.numbers, x)
	case instants:
		t, ok := parseInstant(n.text)
		if !ok {
			return p.fail(n.start, p.badDate(), "%s compares dates such as 2026-11-22T00:00:00Z, and %q is none", c.name, n.text)
		}
		c.instants = append(c.instants, t)
	case truths, presence:
		b, ok := parseTruth(n.text)
		if !ok {
			return p.syntax(n.start, "%s asks for true or false, and %q is neither", c.name, n.text)
		}
		c.truths = append(c.truths, b)
	case addresses:
		prefix, ok := parsePrefix(n.text)
		if !ok {
			return p.syntax(n.start, "%s compares addresses such as 203.0.113.0/24, and %q is none", c.name, n.text)
		}
		c.prefixes = append(c.prefixes, prefix)
	case arns:
		compiled, err := p.arnPattern(n)
		c.arns = append(c.arns, compiled)
		return err
	default:
		return p.textOperand(c, n)
	}
	return nil
}

// badDate is the sentence for a date that is none: the first of IAM's two parsers lets it pass.
func (p *parser) badDate() string {
	if p.kind == Trust || p.kind == Resource {
		return "Syntax errors in policy."
	}
	return "The policy failed legacy parsing"
}

// textOperand compiles a value that is compared as text.
func (p *parser) textOperand(c *condition, n node) error {
	if c.compare == binary {
		c.patterns = append(c.patterns, pattern{atoms: appendLiteral(nil, n.text)})
		return nil
	}
	as := plainText
	if c.compare == likeText {
		as = globs
	}
	compiled, err := p.pattern(n, as)
	compiled.fold = c.compare == sameTextFold
	c.patterns = append(c.patterns, compiled)
	return err
}

// parseNumber reads a decimal number. What only Go would call a number is none.
func parseNumber(s string) (float64, bool) {
	if s == "" || strings.ContainsFunc(s, func(c rune) bool { return !strings.ContainsRune("0123456789+-.eE", c) }) {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil
}

func parseTruth(s string) (is, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

// parsePrefix reads a CIDR block, or an address as the block of itself alone.
func parsePrefix(s string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(s); err == nil {
		return prefix.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// parseInstant reads a date as milliseconds since 1970: in one of the forms of ISO 8601 that W3C names, or as seconds
// since 1970. Four digits are a year. A time without a zone is UTC.
func parseInstant(s string) (int64, bool) {
	if len(s) > 4 && strings.Trim(s, "0123456789") == "" {
		n, err := strconv.ParseInt(s, 10, 64)
		return n * 1000, err == nil && n < 1<<40
	}
	for _, form := range [...]string{
		time.RFC3339Nano, "2006-01-02", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01", "2006",
	} {
		if len(s) >= 4 {
			if t, err := time.Parse(form, s); err == nil {
				return t.UnixMilli(), true
			}
		}
	}
	return 0, false
}
