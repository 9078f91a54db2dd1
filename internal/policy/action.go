package policy

import "strings"

// actions compiles Action or NotAction. Case does not count in either part of an action.
func (p *parser) actions(s *scope, f *field) error {
	list, err := p.texts(f.name, f.value)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := p.action(n); err != nil {
			return err
		}
		s.patterns = append(s.patterns, wildcards(n.text, true))
	}
	return nil
}

// action refuses what names no action of any service.
func (p *parser) action(n node) error {
	vendor, name, ok := strings.Cut(n.text, ":")
	if p.kind == Trust && !strings.EqualFold(vendor, "sts") {
		return p.fail(n.start, "AssumeRole policy may only specify STS AssumeRole actions.", "%q is none", n.text)
	}
	switch {
	case n.text == "*":
	case !ok:
		return p.fail(n.start, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "%q has no service before a colon", n.text)
	case strings.Contains(name, ":"):
		return p.fail(n.start, "Actions/Condition can contain only one colon.", "%q has more", n.text)
	case vendor != "*" && (vendor == "" || strings.ContainsFunc(vendor, func(c rune) bool { return !alphanumeric(c) && c != '-' && c != '.' })):
		return p.fail(n.start, "Vendor "+vendor+" is not valid", "a service's name is made of letters, digits and hyphens")
	case name == "":
		return p.syntax(n.start, "%q names a service and no action", n.text)
	}
	return nil
}
