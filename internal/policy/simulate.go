package policy

import (
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

// Simulation is a question of the policy simulator: what would become of each action on each resource.
type Simulation struct {
	Set       *Set
	Principal *identity.Principal
	Owner     arn.Account // of resources whose ARN does not say
	Actions   []string
	Resources []string // none: "*"
	Keys      Keys     // what is known of the call without being told
	Context   []ContextEntry
}

// ContextEntry is a condition key, with what to take for its value. It goes before what is known.
type ContextEntry struct {
	Name   string
	Type   string // "string", "numericList" and so on
	Values []string
}

// Outcome is a decision in the simulator's words.
type Outcome string

// The outcomes there are.
const (
	OutcomeAllowed      Outcome = "allowed"
	OutcomeExplicitDeny Outcome = "explicitDeny"
	OutcomeImplicitDeny Outcome = "implicitDeny"
)

// Simulated is what would become of one action on one resource.
type Simulated struct {
	Action, Resource string
	Outcome          Outcome
	Decision         Decision
	Request          Request // what was decided about; the denial of Decision is worded with it
	// Matched are the statements that decided. Where one denies, only those that do are among them; elsewhere they are
	// the ones that allow, of identity and resource policies.
	Matched []Finding
	// Missing are the condition keys that statements about this action and resource ask for, and nobody gave.
	Missing []string
	// Whether service control policies and the boundary, if there is any, would let it pass.
	AllowedByOrganization, AllowedByBoundary bool
}

// SimulatePolicy answers a simulation, actions in order and for each the resources in order. An error is a
// *fault.Error, InvalidInput, about a context entry or an action that cannot be one.
func SimulatePolicy(s *Simulation) ([]Simulated, error) {
	keys := s.Keys
	extra, err := contextKeys(s.Context)
	if err != nil {
		return nil, err
	}
	keys.Extra = append(extra, keys.Extra...)
	resources := s.Resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	answers := make([]Simulated, 0, len(s.Actions)*len(resources))
	for _, action := range s.Actions {
		if vendor, name, ok := strings.Cut(action, ":"); !ok || vendor == "" || name == "" {
			return nil, invalidInput("Invalid Action Name: %s. An action has the form service:Name, such as bedrock:InvokeModel.", action)
		}
		for _, resource := range resources {
			r := Request{Action: action, Resource: resource, Owner: s.Owner, Principal: s.Principal, Keys: keys}
			if a, ok := arn.Parse(resource); ok && a.Account != "" {
				r.Owner = a.Account
			}
			answers = append(answers, s.Set.simulate(&r))
		}
	}
	return answers, nil
}

func invalidInput(format string, args ...any) *fault.Error {
	return fault.Named(fault.Validation, "InvalidInput", format, args...)
}

// simulate answers for one action on one resource.
func (s *Set) simulate(r *Request) Simulated {
	a := Simulated{Action: r.Action, Resource: r.Resource, Decision: Evaluate(s, r), Request: *r}
	a.AllowedByOrganization = s.organizationAllows(r)
	a.AllowedByBoundary = s.Boundary == nil || s.Boundary.denial(r) == nil && s.Boundary.allowance(r) != nil
	switch {
	case a.Decision.Allowed:
		a.Outcome = OutcomeAllowed
	case a.Decision.Reason == ExplicitDeny:
		a.Outcome = OutcomeExplicitDeny
	default:
		a.Outcome = OutcomeImplicitDeny
	}
	for _, f := range Explain(s, r) {
		grants := f.Kind == Identity || f.Kind.namesPrincipals()
		denied := a.Outcome == OutcomeExplicitDeny
		if f.Applies && f.Statement.Deny == denied && (denied || grants) {
			a.Matched = append(a.Matched, f)
		}
	}
	a.Missing = s.missing(r)
	return a
}

func (s *Set) organizationAllows(r *Request) bool {
	for _, level := range s.SCPs {
		if _, denied := denies(level, ServiceControl, r); denied {
			return false
		}
		if _, _, ok := allows(level, r); !ok {
			return false
		}
	}
	return true
}

// missing lists the keys that statements about the request's action and resource ask for, and the request lacks.
func (s *Set) missing(r *Request) []string {
	var names []string
	for _, f := range Explain(s, r) {
		st := f.Statement
		if !st.actions.holds(r.Action, r) || !st.coversResource(r) {
			continue
		}
		for _, k := range st.keys() {
			if v := r.value(k); v.len() == 0 {
				names = append(names, k.name)
			}
		}
	}
	return unique(names)
}

// ContextKeys are the condition keys that a document's conditions and variables ask for, sorted, each once.
func (d *Document) ContextKeys() []string {
	var names []string
	for i := range d.statements {
		for _, k := range d.statements[i].keys() {
			names = append(names, k.name)
		}
	}
	return unique(names)
}

// unique sorts names and leaves each once, whatever its case.
func unique(names []string) []string {
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.CompactFunc(names, strings.EqualFold)
}

// keys are those a statement asks for.
func (s *Statement) keys() []*key {
	var keys []*key
	for i := range s.resources.patterns {
		keys = s.resources.patterns[i].keys(keys)
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		keys = append(keys, &c.key)
		for j := range c.patterns {
			keys = c.patterns[j].keys(keys)
		}
		for j := range c.arns {
			for part := range c.arns[j].parts {
				keys = c.arns[j].parts[part].keys(keys)
			}
		}
	}
	return keys
}

// keys appends those a pattern's variables ask for.
func (p *pattern) keys(keys []*key) []*key {
	for i := range p.atoms {
		if a := &p.atoms[i]; a.kind == variable || a.kind == defaulted {
			keys = append(keys, &a.key)
		}
	}
	return keys
}
