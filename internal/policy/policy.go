// Package policy decides who may do what: it parses, compiles, evaluates and explains documents in the language of IAM.
//
// A document is compiled once, by Parse, and is immutable from then on. Evaluate takes everything that bears on one
// request as arguments, asks no clock, and allocates nothing. Explain says at length what Evaluate decided in short.
package policy

// Kind is the part a document plays. The grammar differs in who may be named and what must be.
type Kind uint8

// The kinds of documents.
const (
	// Identity is attached to, or written into, a user, a group or a role. It names no principal.
	Identity Kind = iota
	// Resource is attached to a resource and names the principals it speaks of.
	Resource
	// Trust is a role's: who may assume it. It names principals and no resource, for that is the role.
	Trust
	// ServiceControl limits accounts of an organisation and grants nothing. It names no principal.
	ServiceControl
	// Session was passed when a session was made, and limits it.
	Session
	// Boundary limits what identity policies may grant to a user or a role.
	Boundary
)

// String is the kind as AWS words it in a denial.
func (k Kind) String() string {
	switch k {
	case Resource:
		return "resource-based policy"
	case Trust:
		return "role trust policy"
	case ServiceControl:
		return "service control policy"
	case Session:
		return "session policy"
	case Boundary:
		return "permissions boundary"
	}
	return "identity-based policy"
}

// namesPrincipals reports whether documents of this kind say whom they speak of.
func (k Kind) namesPrincipals() bool { return k == Resource || k == Trust }

// Policy is a document and what it is called.
type Policy struct {
	// Name is an ARN, or for a document inside another thing words such as "inline policy read-models".
	Name string
	*Document
}

// Set is every policy that bears on one principal and one resource. What is nil does not limit, but for Identity: who
// has no identity policy has no rights of their own.
type Set struct {
	// SCPs are those of the principal's account, one level each: of the root, of the units on the way, of the account.
	// Each level must allow. The management account has none.
	SCPs [][]*Policy
	// Identity are the principal's own and its groups', or the role's.
	Identity []*Policy
	Boundary *Policy
	// Session are the policies of a limited session, of which one must allow. Nil is no limit; empty is no right.
	Session []*Policy
	// Resource is the resource's own policy. For sts:AssumeRole it is the role's trust policy.
	Resource *Policy
}
