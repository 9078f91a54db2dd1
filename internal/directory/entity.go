package directory

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// Kind is what sort of thing an entity is.
type Kind string

// The kinds. The first four are the organisation's, the others an account's.
const (
	KindOrganization  Kind = "organization"
	KindMember        Kind = "account"
	KindUnit          Kind = "unit"
	KindControlPolicy Kind = "control-policy"

	KindUser     Kind = "user"
	KindGroup    Kind = "group"
	KindRole     Kind = "role"
	KindPolicy   Kind = "policy"
	KindProvider Kind = "oidc-provider"
)

// Entity is one thing a directory holds, and one document where it is kept. It belongs to the directory from With on
// and must not change any more: a change is a changed copy.
type Entity interface {
	Ref() Ref
	// compile parses the policies of an entity that came from outside, and checks what the directory relies on.
	compile() error
}

// Ref names an entity. No two have the same.
type Ref struct {
	Kind    Kind
	Account arn.Account // empty for the organisation's own
	Name    string      // unique among its kind in the account; the id of what the organisation owns
}

// Key is how a document of the entity's kind is named.
func (r Ref) Key() string {
	if r.Account == "" {
		return r.Name
	}
	return string(r.Account) + "/" + r.Name
}

// ParseRef is the reverse of Key.
func ParseRef(kind Kind, key string) Ref {
	switch kind {
	case KindOrganization, KindMember, KindUnit, KindControlPolicy:
		return Ref{Kind: kind, Name: key}
	}
	account, name, _ := strings.Cut(key, "/")
	return Ref{kind, arn.Account(account), name}
}

// Change puts an entity in the place of any with its name, or deletes the one it names.
type Change struct {
	Ref
	Entity Entity // nil deletes
}

// Put is the change that makes or replaces an entity.
func Put(e Entity) Change { return Change{e.Ref(), e} }

// Delete is the change that removes an entity.
func Delete(e Entity) Change { return Change{Ref: e.Ref()} }

// empty makes an entity to read a document of the kind into; nil for a kind that is none.
func (k Kind) empty() Entity {
	switch k {
	case KindOrganization:
		return new(Organization)
	case KindMember:
		return new(Member)
	case KindUnit:
		return new(Unit)
	case KindControlPolicy:
		return new(ControlPolicy)
	case KindUser:
		return new(User)
	case KindGroup:
		return new(Group)
	case KindRole:
		return new(Role)
	case KindPolicy:
		return new(ManagedPolicy)
	case KindProvider:
		return new(OIDCProvider)
	}
	return nil
}
