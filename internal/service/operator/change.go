package operator

import (
	"context"
	"regexp"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/store"
)

// Profiles are those made at run time, by id.
func (o *Operator) Profiles() []Profile { return o.current().listed() }

// Drains are in force now, by region.
func (o *Operator) Drains() []Drain { return o.current().drained() }

func (o *Operator) current() state {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state
}

// Profile looks one up. Error: ResourceNotFound.
func (o *Operator) Profile(id string) (Profile, error) {
	p, ok := o.current().profiles[id]
	if !ok {
		return Profile{}, notFound(id)
	}
	return p, nil
}

func notFound(id string) error {
	return fault.New(fault.ResourceNotFound, "No profile made at run time has the id %s.", id)
}

// Create makes a profile that calls can use when it returns. Errors: Validation; Conflict, when the id is taken.
func (o *Operator) Create(ctx context.Context, p Profile) (Profile, error) {
	known := o.known(p.ID)
	return p, o.change(ctx, func(s state) (state, store.DocumentChange, error) {
		if _, taken := s.profiles[p.ID]; taken {
			return s, store.DocumentChange{}, fault.New(fault.Conflict, "The profile %s exists. Update it, or choose another id.", p.ID)
		}
		if known {
			return s, store.DocumentChange{}, fault.New(fault.Conflict,
				"%s is a profile of the catalog. Choose another id, or change it under catalog.profiles in the configuration.", p.ID)
		}
		p.Created = o.opt.Now().UTC().Truncate(time.Second)
		p.Updated = p.Created
		return s.put(p)
	})
}

// Update replaces what a profile says. Errors: Validation, ResourceNotFound.
func (o *Operator) Update(ctx context.Context, p Profile) (Profile, error) {
	return p, o.change(ctx, func(s state) (state, store.DocumentChange, error) {
		old, ok := s.profiles[p.ID]
		if !ok {
			return s, store.DocumentChange{}, notFound(p.ID)
		}
		p.Created, p.Updated = old.Created, o.opt.Now().UTC().Truncate(time.Second)
		return s.put(p)
	})
}

// Delete removes a profile; calls of it that run go on. Error: ResourceNotFound.
func (o *Operator) Delete(ctx context.Context, id string) error {
	return o.change(ctx, func(s state) (state, store.DocumentChange, error) {
		if _, ok := s.profiles[id]; !ok {
			return s, store.DocumentChange{}, notFound(id)
		}
		delete(s.profiles, id)
		return s, store.DocumentChange{Document: store.Document{Kind: kindProfile, Key: id}, Delete: true}, nil
	})
}

// Drain keeps new calls from a region; those that run there go on. Draining it twice changes the reason. Error:
// Validation.
func (o *Operator) Drain(ctx context.Context, d Drain) (Drain, error) {
	if _, known := o.opt.Snapshots.Snapshot().Catalog().Region(d.Region); !known {
		return d, fault.New(fault.Validation, "No region is named %s.", d.Region)
	}
	return d, o.change(ctx, func(s state) (state, store.DocumentChange, error) {
		d.Since = o.opt.Now().UTC().Truncate(time.Second)
		s.drains[d.key()] = d
		change, err := document(kindDrain, d.key().String(), d)
		return s, change, err
	})
}

// Undrain ends a drain. Error: ResourceNotFound.
func (o *Operator) Undrain(ctx context.Context, region arn.Region, profile string) error {
	key := drainKey{region, profile}
	return o.change(ctx, func(s state) (state, store.DocumentChange, error) {
		if _, ok := s.drains[key]; !ok {
			return s, store.DocumentChange{}, fault.New(fault.ResourceNotFound, "%s is not drained at run time%s.", region, whose(profile))
		}
		delete(s.drains, key)
		return s, store.DocumentChange{Document: store.Document{Kind: kindDrain, Key: key.String()}, Delete: true}, nil
	})
}

func whose(profile string) string {
	if profile == "" {
		return ""
	}
	return " for " + profile
}

func (s state) put(p Profile) (state, store.DocumentChange, error) {
	if err := p.check(); err != nil {
		return s, store.DocumentChange{}, err
	}
	s.profiles[p.ID] = p
	change, err := document(kindProfile, p.ID, p)
	return s, change, err
}

// known reports whether the catalog has a profile or a model with the id.
func (o *Operator) known(id string) bool {
	facts := o.opt.Snapshots.Snapshot().Catalog()
	if _, ok := facts.Profile(id); ok {
		return true
	}
	_, ok := facts.Model(id)
	return ok
}

// The bounds of what a profile can say.
const (
	maxQueue     = 100_000
	maxQueueWait = 10 * time.Minute
	minHedge     = 10 * time.Millisecond
)

// check finds what the catalog does not.
func (p *Profile) check() error {
	const form = `^[a-z0-9-]{1,32}\.[a-zA-Z0-9._:/-]{1,160}$`
	switch ok, err := regexp.MatchString(form, p.ID); {
	case err != nil:
		return err
	case !ok:
		return fault.New(fault.Validation, "The id of a profile is a geography of lower-case letters, digits and hyphens, a dot, and the name of a model, such as house.meta.llama3-3-70b-instruct-v1:0; found %q.", p.ID)
	case len(p.Regions) == 0 && len(p.Routes) == 0:
		return fault.New(fault.Validation, "A profile needs regions, or routes with the destinations of each source region.")
	case p.Queue != nil && (p.Queue.Length < 0 || p.Queue.Length > maxQueue || p.Queue.Wait < 0 || time.Duration(p.Queue.Wait) > maxQueueWait):
		return fault.New(fault.Validation, "A queue holds 0 to %d calls, each for at most %s.", maxQueue, maxQueueWait)
	case p.Hedge != nil && *p.Hedge != 0 && (time.Duration(*p.Hedge) < minHedge || time.Duration(*p.Hedge) > maxQueueWait):
		return fault.New(fault.Validation, "A hedge begins after %s to %s, or with 0s never.", minHedge, maxQueueWait)
	}
	return nil
}
