package budgetaction

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// Directory is where policies are attached.
type Directory interface {
	Snapshot() *directory.Snapshot
	// Change makes what decide wants, and returns when the next call is judged by it.
	Change(ctx context.Context, decide registrar.Decide) error
}

// Hand carries actions out. It is safe for concurrent use.
type Hand struct {
	people Directory
	now    func() time.Time
}

// New makes a Hand.
func New(d Directory, now func() time.Time) *Hand { return &Hand{d, now} }

// Execute attaches what an action attaches, everything or nothing. What is attached already stays as it is, so that it
// may be called again after a crash. An error that another try will not mend is a *fault.Error.
func (h *Hand) Execute(ctx context.Context, k budget.Key, a *budgeting.Action) error {
	return h.carry(ctx, k, a, attaching)
}

// Undo detaches it. What is not attached any more is left alone.
func (h *Hand) Undo(ctx context.Context, k budget.Key, a *budgeting.Action) error {
	return h.carry(ctx, k, a, detaching)
}

func (h *Hand) carry(ctx context.Context, k budget.Key, a *budgeting.Action, way direction) error {
	d, err := Read(a)
	if err != nil {
		return fault.Wrap(fault.Validation, err, "The definition of the action cannot be read.")
	}
	return h.people.Change(ctx, func(now *directory.Snapshot) ([]directory.Change, error) {
		w := &work{now: now, key: k, way: way, at: h.now().UTC()}
		var err error
		if w.role, err = trusted(now, k, a.Role, w.at); err != nil {
			return nil, err
		}
		if d.SCP != nil {
			return w.control(d.SCP)
		}
		return w.rights(d.IAM)
	})
}

// Check says what would keep an action of a definition from being carried out now, the rights of its role aside: these
// may come later.
func (h *Hand) Check(k budget.Key, role string, d *Definition) error {
	now := h.people.Snapshot()
	w := &work{now: now, key: k, at: h.now().UTC(), free: true}
	var err error
	if w.role, err = trusted(now, k, role, w.at); err != nil {
		return err
	}
	if d.SCP != nil {
		_, err = w.control(d.SCP)
	} else {
		_, err = w.rights(d.IAM)
	}
	return err
}

// direction is what is done with a policy.
type direction bool

const (
	attaching direction = false
	detaching direction = true
)

// verb is the beginning of the names of AWS's operations that do it.
func (d direction) verb() string {
	if d == detaching {
		return "Detach"
	}
	return "Attach"
}

// work is one action being carried out on one state of the directory.
type work struct {
	now  *directory.Snapshot
	key  budget.Key
	role *directory.Role
	way  direction
	at   time.Time
	free bool // nobody asks for the role's rights
}

// maxAttached is how many managed policies a user, a group or a role may have: IAM's own quota.
const maxAttached = 10

// rights attaches a managed policy to, or detaches it from, each of a list.
func (w *work) rights(d *IAM) ([]directory.Change, error) {
	own, ok := w.now.Account(w.key.Account)
	if !ok {
		return nil, fault.New(fault.ResourceNotFound, "The account %s does not exist.", w.key.Account)
	}
	if _, ok := own.Policy(d.Policy); !ok && w.way == attaching {
		return nil, fault.New(fault.ResourceNotFound, "Policy %s does not exist or is not attachable.", d.Policy)
	}
	var changes []directory.Change
	add := func(c directory.Change, err error) error {
		if c.Entity != nil {
			changes = append(changes, c)
		}
		return err
	}
	for _, name := range d.Users {
		if err := add(w.user(own, lastPart(name), d.Policy)); err != nil {
			return nil, err
		}
	}
	for _, name := range d.Groups {
		if err := add(w.group(own, lastPart(name), d.Policy)); err != nil {
			return nil, err
		}
	}
	for _, name := range d.Roles {
		if err := add(w.roleNamed(own, lastPart(name), d.Policy)); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// lastPart is a name without the path before it.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func (w *work) user(own *directory.Account, name, policy string) (c directory.Change, err error) {
	u, ok := own.User(name)
	if !ok {
		return c, w.missing("user", name)
	}
	if err := w.may("iam:"+w.way.verb()+"UserPolicy", target{name: u.ARN(), policy: policy, tags: u.Tags, boundary: u.Boundary}); err != nil {
		return c, err
	}
	next := *u
	if next.Attached, ok, err = w.attached(u.Attached, policy, u.ARN()); !ok {
		return c, err
	}
	return directory.Put(&next), nil
}

func (w *work) group(own *directory.Account, name, policy string) (c directory.Change, err error) {
	g, ok := own.Group(name)
	if !ok {
		return c, w.missing("group", name)
	}
	if err := w.may("iam:"+w.way.verb()+"GroupPolicy", target{name: g.ARN(), policy: policy}); err != nil {
		return c, err
	}
	next := *g
	if next.Attached, ok, err = w.attached(g.Attached, policy, g.ARN()); !ok {
		return c, err
	}
	return directory.Put(&next), nil
}

func (w *work) roleNamed(own *directory.Account, name, policy string) (c directory.Change, err error) {
	r, ok := own.Role(name)
	if !ok {
		return c, w.missing("role", name)
	}
	if err := w.may("iam:"+w.way.verb()+"RolePolicy", target{name: r.ARN(), policy: policy, tags: r.Tags, boundary: r.Boundary}); err != nil {
		return c, err
	}
	next := *r
	if next.Attached, ok, err = w.attached(r.Attached, policy, r.ARN()); !ok {
		return c, err
	}
	return directory.Put(&next), nil
}

// missing refuses what is to get a policy and is not there. There is nothing to detach from it.
func (w *work) missing(kind, name string) error {
	if w.way == detaching {
		return nil
	}
	return fault.New(fault.ResourceNotFound, "The %s with name %s cannot be found.", kind, name)
}

// attached is a list of policies with, or without, one. It reports false when nothing changes.
func (w *work) attached(list []string, policy, of string) ([]string, bool, error) {
	has := slices.Contains(list, policy)
	switch {
	case w.way == detaching && has:
		return slices.DeleteFunc(slices.Clone(list), func(p string) bool { return p == policy }), true, nil
	case w.way == detaching || has:
		return nil, false, nil
	case len(list) >= maxAttached:
		return nil, false, fault.New(fault.LimitExceeded, "%s has %d managed policies already, which is the most there can be.", of, len(list))
	}
	return append(slices.Clone(list), policy), true, nil
}
