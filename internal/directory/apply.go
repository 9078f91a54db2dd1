package directory

import (
	"maps"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/policy"
)

// With is the directory after changes, in their order. Whoever decides on changes checks them first: With refuses
// nothing. It costs a copy of the tables of each account it changes, and works out anew the rights of those whom the
// changes bear on.
func (s *Snapshot) With(changes ...Change) *Snapshot {
	next := *s
	e := edit{Snapshot: &next, open: map[arn.Account]*openAccount{}}
	for i := range changes {
		e.apply(&changes[i])
	}
	e.close()
	return &next
}

// edit is a snapshot in the making. Nothing that an older one holds is written to.
type edit struct {
	*Snapshot
	open map[arn.Account]*openAccount

	ownUnits, ownControls, ownKeys bool // these tables are copies already
	everyone                       bool // service control policies may bear on every account in another way than before
}

// openAccount is an account in the making: a copy whose tables may be written to.
type openAccount struct {
	*Account
	everyone bool            // all of the account may have other rights
	users    map[string]bool // those who may have other rights
	roles    map[string]bool
}

func (e *edit) apply(c *Change) {
	switch c.Kind {
	case KindOrganization:
		e.organization, _ = c.Entity.(*Organization)
		e.everyone = true
	case KindUnit:
		owned(&e.units, &e.ownUnits)
		change(e.units, c)
		e.everyone = true
	case KindControlPolicy:
		owned(&e.controls, &e.ownControls)
		change(e.controls, c)
		e.everyone = true
	case KindMember:
		a := e.account(arn.Account(c.Name))
		a.Member, _ = c.Entity.(*Member)
		a.everyone = true
	default:
		e.applyTo(e.account(c.Account), c)
	}
}

// applyTo makes a change to what an account holds.
func (e *edit) applyTo(a *openAccount, c *Change) {
	switch c.Kind {
	case KindUser:
		e.putUser(a, c)
	case KindRole:
		a.roles[c.Name] = true
		r, _ := c.Entity.(*Role)
		replace(a.Account.roles, c.Name, &role{Role: r}, r == nil)
	case KindGroup:
		change(a.groups, c)
		a.everyone = true
	case KindPolicy:
		change(a.policies, c)
		a.everyone = true
	case KindProvider:
		change(a.providers, c)
	}
}

func (e *edit) putUser(a *openAccount, c *Change) {
	a.users[c.Name] = true
	var before *User
	if u := a.Account.users[c.Name]; u != nil {
		before = u.User
	}
	after, _ := c.Entity.(*User)
	if !sameKeys(before, after) {
		if !e.ownKeys {
			e.keys, e.ownKeys = e.keys.clone(), true
		}
		e.keys.remove(before)
		e.keys.add(after)
	}
	next := &user{User: after}
	if after != nil {
		next.principal = after.principal()
	}
	replace(a.Account.users, c.Name, next, after == nil)
}

// account opens an account. One that is not there yet is made, for its member may come behind what it holds.
func (e *edit) account(id arn.Account) *openAccount {
	if a := e.open[id]; a != nil {
		return a
	}
	a := &openAccount{users: map[string]bool{}, roles: map[string]bool{}}
	if had := e.accounts[id]; had != nil {
		a.Account = had.clone()
	} else {
		a.Account = newAccount(e.aws)
	}
	e.open[id] = a
	return a
}

// close publishes the accounts that were opened, and works out the rights that may have changed.
func (e *edit) close() {
	if e.everyone {
		for id := range e.accounts {
			e.account(id).everyone = true
		}
	}
	if len(e.open) == 0 {
		return
	}
	e.accounts = maps.Clone(e.accounts)
	for id, a := range e.open {
		if a.Member == nil {
			delete(e.accounts, id)
			continue
		}
		e.accounts[id] = a.Account
		a.settle(e.Snapshot)
	}
}

// settle works out the rights of those in the account who may have others than before.
func (a *openAccount) settle(s *Snapshot) {
	if a.everyone {
		a.place = s.placeOf(a.Member)
		a.root = &policy.Set{SCPs: a.place.controls}
		for name := range a.Account.users {
			a.users[name] = true
		}
		for name := range a.Account.roles {
			a.roles[name] = true
		}
	}
	for name := range a.users {
		if u := a.Account.users[name]; u != nil {
			a.Account.users[name] = &user{u.User, u.principal, a.userSet(u.User)}
		}
	}
	for name := range a.roles {
		if r := a.Account.roles[name]; r != nil {
			a.Account.roles[name] = &role{r.Role, a.roleSet(r.Role)}
		}
	}
}

// owned makes a table a copy before its first change.
func owned[V any](table *map[string]V, own *bool) {
	if !*own {
		*table, *own = maps.Clone(*table), true
	}
}

// change makes a change to a table of entities.
func change[E Entity](table map[string]E, c *Change) {
	e, ok := c.Entity.(E)
	replace(table, c.Name, e, !ok)
}

func replace[V any](table map[string]V, name string, v V, gone bool) {
	if gone {
		delete(table, name)
		return
	}
	table[name] = v
}
