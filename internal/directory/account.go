package directory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// Account is an account and everything IAM keeps in it. It is immutable.
type Account struct {
	*Member
	users     map[string]*user
	groups    map[string]*Group
	roles     map[string]*role
	policies  map[string]*ManagedPolicy
	providers map[string]*OIDCProvider
	aws       map[string]*ManagedPolicy // AWS's own, by ARN
	place     place
	root      *policy.Set
	version   *version
}

// version stands for one version of an account without keeping it alive. Each has one of its own, so it must not be of
// size zero.
type version struct{ _ byte }

// user is a user with what calls need of it, worked out ahead.
type user struct {
	*User
	principal identity.Principal
	set       *policy.Set
}

type role struct {
	*Role
	set *policy.Set
}

func newAccount(aws map[string]*ManagedPolicy) *Account {
	return &Account{
		users: map[string]*user{}, groups: map[string]*Group{}, roles: map[string]*role{}, policies: map[string]*ManagedPolicy{},
		providers: map[string]*OIDCProvider{}, aws: aws, version: new(version),
	}
}

func (a *Account) clone() *Account {
	c := *a
	c.version = new(version)
	c.users, c.groups, c.roles = maps.Clone(a.users), maps.Clone(a.groups), maps.Clone(a.roles)
	c.policies, c.providers = maps.Clone(a.policies), maps.Clone(a.providers)
	return &c
}

// Open reports whether the account's principals may call at all.
func (a *Account) Open() bool { return a.Status == Active }

// User finds a user by its name, whose case counts.
func (a *Account) User(name string) (*User, bool) {
	u, ok := a.users[name]
	if !ok {
		return nil, false
	}
	return u.User, true
}

// Users are the account's users in the order of their names.
func (a *Account) Users() []*User {
	all := make([]*User, 0, len(a.users))
	for _, u := range a.users {
		all = append(all, u.User)
	}
	slices.SortFunc(all, func(x, y *User) int { return strings.Compare(x.Name, y.Name) })
	return all
}

// Group finds a group by its name.
func (a *Account) Group(name string) (*Group, bool) {
	g, ok := a.groups[name]
	return g, ok
}

// Groups are the account's groups in the order of their names.
func (a *Account) Groups() []*Group { return sorted(a.groups) }

// Members are the users in a group, in the order of their names.
func (a *Account) Members(group string) []*User {
	return slices.DeleteFunc(a.Users(), func(u *User) bool { return !slices.Contains(u.Groups, group) })
}

// Role finds a role by its name.
func (a *Account) Role(name string) (*Role, bool) {
	r, ok := a.roles[name]
	if !ok {
		return nil, false
	}
	return r.Role, true
}

// Roles are the account's roles in the order of their names.
func (a *Account) Roles() []*Role {
	all := make([]*Role, 0, len(a.roles))
	for _, r := range a.roles {
		all = append(all, r.Role)
	}
	slices.SortFunc(all, func(x, y *Role) int { return strings.Compare(x.Name, y.Name) })
	return all
}

// Policy finds a managed policy by its ARN: one of the account's, or of AWS's.
func (a *Account) Policy(arn string) (*ManagedPolicy, bool) {
	if p, ok := a.aws[arn]; ok {
		return p, true
	}
	p, ok := a.policies[arn[strings.LastIndexByte(arn, '/')+1:]]
	if !ok || p.ARN() != arn {
		return nil, false
	}
	return p, true
}

// Policies are the managed policies that the account made, in the order of their names.
func (a *Account) Policies() []*ManagedPolicy { return sorted(a.policies) }

// AWSPolicies are the managed policies that AWS provides, in the order of their names.
func (a *Account) AWSPolicies() []*ManagedPolicy { return sorted(a.aws) }

// Provider finds an OIDC provider by its URL without the scheme.
func (a *Account) Provider(url string) (*OIDCProvider, bool) {
	p, ok := a.providers[url]
	return p, ok
}

// Providers are the account's OIDC providers in the order of their URLs.
func (a *Account) Providers() []*OIDCProvider { return sorted(a.providers) }

// Taken reports whether the account has an entity of a kind under a name in any case: names that differ in nothing else
// are the same to whoever makes one.
func (a *Account) Taken(kind Kind, name string) bool {
	switch kind {
	case KindUser:
		return taken(a.users, name)
	case KindGroup:
		return taken(a.groups, name)
	case KindRole:
		return taken(a.roles, name)
	case KindPolicy:
		return taken(a.policies, name)
	case KindProvider:
		return taken(a.providers, name)
	}
	return false
}

func taken[E any](all map[string]E, name string) bool {
	if _, ok := all[name]; ok {
		return true
	}
	for have := range all {
		if strings.EqualFold(have, name) {
			return true
		}
	}
	return false
}

// sorted are the values of a map in the order of its keys.
func sorted[K cmp.Ordered, V any](m map[K]V) []V {
	all := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[k])
	}
	return all
}
