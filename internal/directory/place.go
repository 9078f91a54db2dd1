package directory

import (
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/policy"
)

// place is where an account stands in the organisation.
type place struct {
	controls [][]*policy.Policy // service control policies, one level each: of the root, of the units, of the account
	path     []string           // the one value of aws:PrincipalOrgPaths: "o-abc/r-def/ou-def-ghi/"
}

// OrgPaths is where the account stands, as aws:PrincipalOrgPaths and aws:ResourceOrgPaths say it. It must not be
// changed.
func (a *Account) OrgPaths() []string { return a.place.path }

// placeOf climbs from an account to the root.
func (s *Snapshot) placeOf(m *Member) place {
	if s.organization == nil {
		return place{}
	}
	way := s.ancestors(m.Parent)
	slices.Reverse(way)
	p := place{path: []string{s.organization.ID + "/" + strings.Join(way, "/") + "/"}}
	if !s.organization.ServiceControl || m.ID == s.organization.Management {
		return p
	}
	for _, target := range append(way, string(m.ID)) {
		p.controls = append(p.controls, s.controlsOf(target))
	}
	return p
}

// ancestors are the ids from a unit up to the root. A unit whose parent is gone, or below itself, ends the way.
func (s *Snapshot) ancestors(id string) []string {
	way := []string{id}
	for len(way) <= len(s.units) {
		u, ok := s.units[id]
		if !ok {
			break
		}
		id = u.Parent
		way = append(way, id)
	}
	return way
}

// controlsOf are the policies attached to one target, in the order of their ids.
func (s *Snapshot) controlsOf(target string) []*policy.Policy {
	var level []*policy.Policy
	for _, c := range s.ControlPolicies() {
		if slices.Contains(c.Targets, target) {
			level = append(level, c.Document.Policy())
		}
	}
	return level
}
