package awsauth

import (
	"fmt"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/provider"
)

// Template is text with places for who calls:
//
//	{account}    the caller's account
//	{principal}  the caller's ARN
//	{profile}    the id of the application profile that was called
//	{tag:KEY}    a tag of that profile
//
// What a call does not have is empty.
type Template string

// Check refuses a place that is not known.
func (t Template) Check() error {
	for rest := string(t); ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return nil
		}
		name, next, closed := strings.Cut(after, "}")
		key, isTag := strings.CutPrefix(name, "tag:")
		switch {
		case !closed:
			return fmt.Errorf("%q has a { without a }", string(t))
		case name == "account", name == "principal", name == "profile", isTag && key != "":
		default:
			return fmt.Errorf("{%s} is not known; there are {account}, {principal}, {profile} and {tag:KEY}", name)
		}
		rest = next
	}
}

// expand fills the places of a template that has been checked.
func (t Template) expand(c *provider.Caller) string {
	var b strings.Builder
	for rest := string(t); ; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, next, _ := strings.Cut(after, "}")
		b.WriteString(place(name, c))
		rest = next
	}
}

func place(name string, c *provider.Caller) string {
	switch name {
	case "account":
		return string(c.Principal.Account)
	case "principal":
		return c.Principal.ARN
	}
	if c.Application == nil {
		return ""
	}
	if key, isTag := strings.CutPrefix(name, "tag:"); isTag {
		return c.Application.Tags[key]
	}
	return c.Application.ID
}

// clean makes text fit for STS: characters it does not take become the substitute, and it ends at so many.
func clean(s string, allowed func(rune) bool, substitute rune, most int) string {
	n := 0
	return strings.Map(func(c rune) rune {
		if n++; n > most {
			return -1
		}
		if allowed(c) {
			return c
		}
		return substitute
	}, s)
}

// domain is where the services of a region's partition are.
func domain(r arn.Region) string {
	if strings.HasPrefix(string(r), "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// Endpoint is the address of a service in a region.
func Endpoint(service string, r arn.Region) string {
	return "https://" + service + "." + string(r) + "." + domain(r)
}
