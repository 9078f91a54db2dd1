package policy

import (
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// Decision is what was decided about one request, and by what.
type Decision struct {
	Allowed bool
	Reason  Reason
	// Kind is the part of the policy that decided; of an implicit denial, the first part that allowed nothing. It means
	// nothing where the reason is RootUser.
	Kind Kind
	// Policy and Statement are what decided; nil where nothing did: in an implicit denial, and for the root user.
	Policy    *Policy
	Statement *Statement
}

// Reason is why a decision is what it is.
type Reason uint8

// The zero reason is the default of everything: what nobody allows is denied.
const (
	ImplicitDeny Reason = iota
	ExplicitDeny
	Granted
	RootUser // an account's root user, whom only denials and service control policies limit
)

// String is the reason in a few words.
func (r Reason) String() string {
	switch r {
	case ExplicitDeny:
		return "explicit deny"
	case Granted:
		return "granted"
	case RootUser:
		return "root user"
	}
	return "implicit deny"
}

// Denied words a denial as AWS does, with the ARN of a policy that denies; it names no policy that has none. It must
// not be asked of a decision that allows.
func (d Decision) Denied(r *Request) *fault.Error {
	if r.Principal == nil {
		return fault.New(fault.AccessDenied, "Not authorized to perform %s", r.Action)
	}
	var b strings.Builder
	b.WriteString("User: " + r.Principal.ARN + " is not authorized to perform: " + r.Action)
	if r.Resource != "" {
		b.WriteString(" on resource: " + r.Resource)
	}
	if d.Reason == ExplicitDeny {
		b.WriteString(" with an explicit deny in " + d.Kind.withArticle())
		if d.Policy != nil && strings.HasPrefix(d.Policy.Name, "arn:") {
			b.WriteString(": " + d.Policy.Name)
		}
	} else {
		b.WriteString(" because no " + d.Kind.String() + " allows the " + r.Action + " action")
	}
	return fault.New(fault.AccessDenied, "%s", b.String())
}

// withArticle is the kind with the article AWS gives it.
func (k Kind) withArticle() string {
	switch k {
	case Identity:
		return "an " + k.String()
	case Trust:
		return "the " + k.String()
	}
	return "a " + k.String()
}
