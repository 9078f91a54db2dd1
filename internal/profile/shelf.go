package profile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/outcrop/outcrop/internal/arn"
)

// shelf holds the application profiles of one account in one region by id, each with what a call of it gets. Shelves
// never change: a write copies the one it is about.
type shelf map[string]placed

// shelves are an account's by region. Two plain maps find a shelf faster than one with both names in its key.
type shelves map[arn.Account]map[arn.Region]shelf

type placed struct {
	application *Application
	answer      answer
}

// place works out what calls of an application profile get. A source the catalog no longer has makes them invalid
// identifiers; the profile itself stays, so that its owner can see and delete it.
func (s *Snapshot) place(app *Application) placed {
	p := placed{application: app}
	here := s.regions[app.Region]
	id, ok := arn.ParseIdentifier(app.Source.String())
	if here == nil || !ok || id.ARN.Region != app.Region {
		return p
	}
	switch id.Kind {
	case arn.ModelARN:
		p.answer = here.models[id.ID]
	case arn.ProfileARN:
		p.answer = here.systems[id.ID]
	}
	if p.answer.target != nil {
		t := *p.answer.target
		t.Application, t.Labels = app, app.Labels()
		p.answer.target = &t
	}
	return p
}

// WithApplications returns a snapshot with exactly these application profiles.
func (s *Snapshot) WithApplications(apps []*Application) *Snapshot {
	all := shelves{}
	for _, app := range apps {
		if all[app.Account] == nil {
			all[app.Account] = map[arn.Region]shelf{}
		}
		if all[app.Account][app.Region] == nil {
			all[app.Account][app.Region] = shelf{}
		}
		all[app.Account][app.Region][app.ID] = s.place(app)
	}
	return s.with(all)
}

// Put returns a snapshot in which app is new, or takes the place of the one with its account, region and id.
func (s *Snapshot) Put(app *Application) *Snapshot {
	changed := cloned(s.shelves[app.Account][app.Region])
	changed[app.ID] = s.place(app)
	return s.withShelf(app.Account, app.Region, changed)
}

// Delete returns a snapshot without the application profile. Deleting one that does not exist changes nothing.
func (s *Snapshot) Delete(account arn.Account, region arn.Region, id string) *Snapshot {
	old := s.shelves[account][region]
	if _, ok := old[id]; !ok {
		return s
	}
	changed := cloned(old)
	delete(changed, id)
	return s.withShelf(account, region, changed)
}

// withShelf copies the way down to one shelf and shares all others.
func (s *Snapshot) withShelf(account arn.Account, region arn.Region, changed shelf) *Snapshot {
	all := cloned(s.shelves)
	all[account] = cloned(all[account])
	all[account][region] = changed
	return s.with(all)
}

// cloned is a copy that can be written to, even of no map at all.
func cloned[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return M{}
	}
	return maps.Clone(m)
}

// with shares everything but the application profiles.
func (s *Snapshot) with(all shelves) *Snapshot {
	next := *s
	next.shelves = all
	return &next
}

// Application looks an application profile up.
func (s *Snapshot) Application(account arn.Account, region arn.Region, id string) (*Application, bool) {
	p, ok := s.shelves[account][region][id]
	return p.application, ok
}

// Applications lists an account's application profiles in a region, oldest first, then by id.
func (s *Snapshot) Applications(account arn.Account, region arn.Region) []*Application {
	on := s.shelves[account][region]
	out := make([]*Application, 0, len(on))
	for _, p := range on {
		out = append(out, p.application)
	}
	slices.SortFunc(out, func(a, b *Application) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// CountApplications is how many application profiles an account has in all regions.
func (s *Snapshot) CountApplications(account arn.Account) int {
	n := 0
	for _, on := range s.shelves[account] {
		n += len(on)
	}
	return n
}

// all lists every application profile in no order.
func (s *Snapshot) all() []*Application {
	var out []*Application
	for _, regions := range s.shelves {
		for _, on := range regions {
			for _, p := range on {
				out = append(out, p.application)
			}
		}
	}
	return out
}
