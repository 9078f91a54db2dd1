package main

import (
	"fmt"
	"io"
	"strings"
)

// verdict is what was decided, as it is told.
type verdict struct {
	question   *rightsQuestion
	outcome    string // allowed, explicitDeny or implicitDeny, as IAM has it
	sentence   string // what a caller would be told; empty where nobody would be denied, or where a server does not say it
	by         []deciding
	missing    []string // condition keys that nobody gave
	unknown    []string // what could not be found out
	stops      []string // parts that would stop it, whatever else allows
	considered []string // every statement, when that was asked for
}

// deciding is a statement that decided.
type deciding struct{ policy, statement string }

// write prints the decision on the first line, and on the others what made it.
func (v *verdict) write(out io.Writer) error {
	var b strings.Builder
	q := v.question
	outcome := map[string]string{"allowed": "allowed", "explicitDeny": "denied explicitly", "implicitDeny": "denied: nothing allows it"}[v.outcome]
	if outcome == "" {
		outcome = v.outcome
	}
	if v.outcome == "implicitDeny" && (len(v.by) > 0 || len(v.stops) > 0) {
		outcome = "denied"
	}
	fmt.Fprintf(&b, "%s\n  %s does %s on %s\n", outcome, q.principal, q.action, q.resource)
	verb := map[string]string{"allowed": "allowed by", "explicitDeny": "denied by"}[v.outcome]
	if verb == "" {
		verb = "not enough:"
	}
	for _, d := range v.by {
		fmt.Fprintf(&b, "  %s %s, %s\n", verb, d.policy, d.statement)
	}
	for _, stop := range v.stops {
		fmt.Fprintf(&b, "  stopped: %s\n", stop)
	}
	if v.sentence != "" {
		fmt.Fprintf(&b, "  a caller reads: %s\n", v.sentence)
	}
	if len(v.missing) > 0 {
		fmt.Fprintf(&b, "  asked for by conditions and not given: %s (see --key)\n", strings.Join(v.missing, ", "))
	}
	for _, u := range v.unknown {
		fmt.Fprintf(&b, "  not known: %s\n", u)
	}
	if len(v.considered) > 0 {
		fmt.Fprintf(&b, "considered:\n")
		for _, line := range v.considered {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
