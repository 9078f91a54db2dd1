package policy

import "strings"

// resources compiles Resource or NotResource.
func (p *parser) resources(s *scope, f *field) error {
	list, err := p.texts(f.name, f.value)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := p.resource(n); err != nil {
			return err
		}
		compiled, err := p.pattern(n, globs)
		if err != nil {
			return err
		}
		s.patterns = append(s.patterns, compiled)
	}
	return nil
}

// resource refuses what is not "*" or an ARN with a partition and a service, of which either may have wildcards. The
// parts behind them may be left to a wildcard: "arn:aws:bedrock:*" is every resource of Bedrock.
func (p *parser) resource(n node) error {
	if n.text == "*" || p.variables && strings.HasPrefix(n.text, "${") {
		return nil
	}
	rest, ok := strings.CutPrefix(n.text, "arn:")
	if !ok {
		return p.fail(n.start, "Resource "+n.text+` must be in ARN format or "*".`, "an ARN begins with arn:")
	}
	partition, rest, ok := strings.Cut(rest, ":")
	if partition == "*" && !ok { // "arn:*" is everything that has an ARN
		return nil
	}
	if strings.ContainsFunc(partition, func(c rune) bool { return !alphanumeric(c) && c != '-' && c != '*' && c != '?' }) || partition == "" {
		return p.fail(n.start, `Partition "`+partition+`" is not valid for resource "`+n.text+`".`, "the partition is the ARN's second part")
	}
	if service, _, _ := strings.Cut(rest, ":"); !ok || service == "" {
		return p.fail(n.start, "The policy failed legacy parsing", "%q names no service", n.text)
	}
	return nil
}
