package access

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// asking is one operation of a control plane being judged.
type asking struct {
	judge
	control *Control
	call    *awswire.Call
	in      any // the operation's decoded input
}

// rule judges one operation: it asks for every right that the operation needs, and returns the first denial.
type rule func(*asking) error

// rules are the rules of one API, by operation.
type rules struct {
	control *Control
	prefix  string // of its actions: "bedrock"
	bearer  bool   // API keys may be sent
	table   map[string]rule
}

var _ awswire.Guard = (*rules)(nil)

// Permit implements awswire.Guard. An operation without a rule is nobody's.
func (r *rules) Permit(c *awswire.Call, operation string, in any) error {
	judged, known := r.table[operation]
	if !known {
		return fault.New(fault.Internal, "BUG: nothing says which rights %s:%s needs", r.prefix, operation)
	}
	a := &asking{judge: r.control.begin(&c.Principal, c.Origin()), control: r.control, call: c, in: in}
	a.ask.Keys.Time, a.ask.Keys.RequestedRegion = c.Arrived, c.Region
	if r.bearer {
		if err := a.judge.bearer(); err != nil {
			return err
		}
	}
	a.ask.Action = r.prefix + ":" + operation
	return judged(a)
}

// anything judges an operation that has no resource.
func anything(a *asking) error { return a.on("", "", nil) }

// as is a rule under another action than the operation's own name.
func as(action string, r rule) rule {
	return func(a *asking) error {
		a.ask.Action = action
		return r(a)
	}
}

// free is the rule of an operation that everybody may do.
func free(*asking) error { return nil }

// mine judges the action on a resource of the caller's own account, without a policy of its own.
func (a *asking) mine(resource string) error { return a.on(resource, a.call.Principal.Account, nil) }

// account is the caller's.
func (a *asking) account() arn.Account { return a.call.Principal.Account }

// with adds a condition key that one service alone has.
func (a *asking) with(name string, values ...string) {
	a.ask.Keys.Extra = append(a.ask.Keys.Extra, policy.Extra{Name: name, Values: values})
}

// partition is that of the call's region.
func (a *asking) partition() arn.Partition {
	if info, ok := a.control.opt.Profiles.Snapshot().Catalog().Region(a.call.Region); ok {
		return info.Partition
	}
	return arn.AWS
}

// tagsOf takes an API's tags over.
func tagsOf[T any](list []T, read func(*T) (key, value string)) identity.Tags {
	out := make(identity.Tags, len(list))
	for i := range list {
		out[i].Key, out[i].Value = read(&list[i])
	}
	return out
}
