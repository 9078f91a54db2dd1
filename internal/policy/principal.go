package policy

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// principals is Principal or NotPrincipal, compiled.
type principals struct {
	negated   bool
	anyone    bool // "*"
	anyAWS    bool // {"AWS": "*"}: everyone who has an account
	accounts  []arn.Account
	arns      []string // of users, roles and sessions
	federated []string
	services  []string
	gone      []string // unique ids of those who were deleted: nobody is one of them any more
}

// reach is how a policy names a caller, which decides what else may limit what it grants.
type reach uint8

// From the weakest to the strongest.
const (
	unnamed    reach = iota
	byAccount        // the caller's account, whose identity policies must grant it too
	byIssuer         // the role behind the session, or the user who made it: the boundary and the session's policies limit it
	personally       // the caller itself, or everyone: nothing but a denial limits it
)

// reach is how the principals name whoever makes the request.
func (p *principals) reach(r *Request) reach {
	if p.anyone {
		return personally
	}
	caller := r.Principal
	if caller == nil {
		return p.reachOther(r)
	}
	if p.anyAWS || has(p.arns, caller.ARN) {
		return personally
	}
	if s := caller.Session; s != nil && has(p.arns, s.Issuer) {
		return byIssuer
	}
	if has(p.accounts, caller.Account) {
		return byAccount
	}
	return unnamed
}

// reachOther is reach for whoever has no account.
func (p *principals) reachOther(r *Request) reach {
	if r.Federated != "" && has(p.federated, r.Federated) || r.Service != "" && has(p.services, r.Service) {
		return personally
	}
	return unnamed
}

// denies reports whether a statement that denies speaks of the caller. NotPrincipal exempts nobody by halves: beside a
// session it has to name its role, and beside either the account.
func (p *principals) denies(r *Request) bool {
	if !p.negated {
		return p.reach(r) != unnamed
	}
	caller := r.Principal
	switch {
	case p.anyone:
		return false
	case caller == nil:
		return p.reachOther(r) == unnamed
	case p.anyAWS:
		return false
	}
	if !has(p.accounts, caller.Account) {
		return true
	}
	if caller.Kind == identity.Root {
		return false
	}
	if s := caller.Session; s != nil && !has(p.arns, s.Issuer) {
		return true
	}
	return !has(p.arns, caller.ARN)
}

func has[T ~string](list []T, want T) bool {
	for i := range list {
		if list[i] == want {
			return true
		}
	}
	return false
}

// mayNamePrincipals refuses principals where the kind of document has none.
func (p *parser) mayNamePrincipals(f *field) error {
	switch {
	case !p.kind.namesPrincipals():
		return p.fail(f.start, "Policy document should not specify a principal.", "a policy of this kind speaks of whomever it is attached to")
	case f.name == "NotPrincipal" && p.kind == Trust:
		return p.fail(f.start, "AssumeRole policy must not contain NotPrincipal field.", "name those who may assume the role")
	}
	return nil
}

// principals compiles the element.
func (p *parser) principals(to *principals, f *field) error {
	if f.value.kind == '"' && f.value.text == "*" && p.kind != Trust {
		to.anyone = true
		return nil
	}
	if f.value.kind != '{' {
		return p.badPrincipal(f)
	}
	if len(f.value.fields) == 0 {
		return p.fail(f.value.start, "Missing required field Principal cannot be empty!", "%s names nobody", f.name)
	}
	for i := range f.value.fields {
		sort := &f.value.fields[i]
		list, err := p.texts(f.name, sort.value)
		if err != nil {
			return err
		}
		for _, n := range list {
			if !to.add(sort.name, n.text) {
				return p.fail(n.start, `Invalid principal in policy: "`+strings.ToUpper(sort.name)+`":"`+n.text+`"`, "%s", whyNot(sort.name))
			}
		}
	}
	return nil
}

// badPrincipal refuses what is no object. A trust policy does not take "*" either.
func (p *parser) badPrincipal(f *field) error {
	n := f.value
	if p.kind == Trust && n.kind == '"' {
		return p.fail(n.start, "Principal must be a JSON object.", `want an object such as {"AWS": "111122223333"}`)
	}
	sentence := "Syntax errors in policy."
	if n.kind == '"' {
		sentence = `Invalid principal in policy: "` + n.text + `"`
	}
	return p.fail(n.start, sentence, `%s must be "*" or an object such as {"AWS": "111122223333"}`, f.name)
}

// whyNot says what would have been a principal.
func whyNot(sort string) string {
	switch sort {
	case "AWS":
		return `want an account, or the ARN of an account's root, a user, a role or a session; a wildcard stands for all or not at all`
	case "Federated", "Service":
		return `want the name of one ` + strings.ToLower(sort) + ` principal, without wildcards`
	}
	return `a principal is of the sort AWS, Federated, Service or CanonicalUser`
}

// add takes in one principal, unless it cannot be one.
func (to *principals) add(sort, name string) bool {
	switch sort {
	case "AWS":
		return to.addAWS(name)
	case "Federated":
		to.federated = append(to.federated, name)
		return plainName(name)
	case "Service":
		to.services = append(to.services, name)
		return plainName(name)
	case "CanonicalUser": // these exist on AWS alone: nobody here is one
		return plainName(name)
	}
	return false
}

func plainName(name string) bool { return name != "" && !strings.ContainsAny(name, "*? ") }

func (to *principals) addAWS(name string) bool {
	if name == "*" {
		to.anyAWS = true
		return true
	}
	if isAccount(name) {
		to.accounts = append(to.accounts, arn.Account(name))
		return true
	}
	if isUniqueID(name) {
		to.gone = append(to.gone, name)
		return true
	}
	a, ok := arn.Parse(name)
	if !ok || a.Region != "" || !isAccount(string(a.Account)) || !plainName(a.Resource) {
		return false
	}
	if a.Service == "iam" && a.Resource == "root" {
		to.accounts = append(to.accounts, a.Account)
		return true
	}
	to.arns = append(to.arns, name)
	sort, rest, _ := strings.Cut(a.Resource, "/")
	switch a.Service {
	case "iam":
		return (sort == "user" || sort == "role") && rest != ""
	case "sts":
		return (sort == "assumed-role" || sort == "federated-user") && rest != ""
	}
	return false
}

// isUniqueID reports whether s is the unique id of a user or a role.
func isUniqueID(s string) bool {
	return (strings.HasPrefix(s, "AIDA") || strings.HasPrefix(s, "AROA")) && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// isAccount reports whether s is twelve digits.
func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
