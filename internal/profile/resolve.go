package profile

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// Resolve turns the identifier of a call by account, in the source region, into a target. It allocates nothing when it
// succeeds. The rules are AWS's:
//
//   - A foundation model's id or ARN runs in the source region alone, and only where it is on demand.
//   - A cross-region profile's id or ARN runs in the destinations its source region has.
//   - An application profile's id or ARN runs where its source does; only its owner calls it.
//   - The region of an ARN is the source region.
//
// An error is a *fault.Error, or an *OtherAccountError, which unwraps to one.
func (s *Snapshot) Resolve(account arn.Account, source arn.Region, identifier string) (*Target, error) {
	here := s.regions[source]
	if here == nil {
		return nil, unknownRegion(source)
	}
	if a, ok := s.find(here, account, identifier); ok {
		return a.resolve()
	}
	return nil, here.refuse(account, identifier)
}

// find looks an identifier up in all its forms. It compares prefixes rather than parse: what is found needs no proof of
// its form, and refuse says what is wrong with the rest.
func (s *Snapshot) find(here *table, account arn.Account, identifier string) (answer, bool) {
	rest, isARN := strings.CutPrefix(identifier, here.prefix)
	if !isARN {
		return s.bare(here, account, identifier)
	}
	if id, ok := strings.CutPrefix(rest, ":foundation-model/"); ok {
		a, ok := here.models[id]
		return a, ok
	}
	rest, ok := strings.CutPrefix(rest, string(account))
	if !ok || account == "" {
		return answer{}, false
	}
	if id, ok := strings.CutPrefix(rest, ":inference-profile/"); ok {
		a, ok := here.systems[id]
		return a, ok
	}
	if id, ok := strings.CutPrefix(rest, ":application-inference-profile/"); ok {
		p, ok := s.shelves[account][here.region][id]
		return p.answer, ok
	}
	return answer{}, false
}

// bare looks up an id without an ARN around it. Ids of models and profiles have a dot, those of application profiles
// have none, so that no id is two things.
func (s *Snapshot) bare(here *table, account arn.Account, id string) (answer, bool) {
	if a, ok := here.systems[id]; ok {
		return a, true
	}
	if a, ok := here.models[id]; ok {
		return a, true
	}
	p, ok := s.shelves[account][here.region][id]
	return p.answer, ok
}

// refuse says why an identifier was not found.
func (t *table) refuse(account arn.Account, identifier string) error {
	id, ok := arn.ParseIdentifier(identifier)
	if !ok {
		return invalidIdentifier()
	}
	if id.Kind == arn.Bare {
		if isApplicationID(id.ID) {
			return applicationNotFound(id.ID)
		}
		return invalidIdentifier()
	}
	if err := t.admits(account, id); err != nil {
		return err
	}
	switch id.Kind {
	case arn.ApplicationARN:
		return applicationNotFound(identifier)
	case arn.OtherARN:
		return unsupportedResource(id.ARN)
	}
	return invalidIdentifier()
}

// admits checks what every ARN must be: of this region, of its partition, of the caller's account or, for a model, of
// none.
func (t *table) admits(account arn.Account, id arn.Identifier) error {
	a := id.ARN
	switch {
	case a.Region != t.region:
		return otherRegion()
	case a.Partition != t.partition:
		return otherPartition(a, t.partition)
	case id.Kind == arn.OtherARN:
		return nil // refused by its type, whoever owns it
	case id.Kind == arn.ModelARN && a.Account == "":
		return nil
	case id.Kind == arn.ModelARN, !isAccount(a.Account):
		return invalidIdentifier()
	case a.Account != account:
		return &OtherAccountError{ARN: a}
	}
	return nil
}

// CopySource checks the source of a new application profile (copyFrom), which only an ARN of a model on demand in the
// region, or of a cross-region profile offered there, can be. It returns what calls of the new profile will get.
func (s *Snapshot) CopySource(account arn.Account, region arn.Region, copyFrom string) (*Target, error) {
	id, ok := arn.ParseIdentifier(copyFrom)
	if !ok || (id.Kind != arn.ModelARN && id.Kind != arn.ProfileARN) {
		return nil, badCopySource("")
	}
	here := s.regions[region]
	if here == nil {
		return nil, unknownRegion(region)
	}
	if id.Kind == arn.ProfileARN && !isAccount(id.ARN.Account) || id.Kind == arn.ModelARN && id.ARN.Account != "" {
		return nil, badCopySource("")
	}
	if err := here.admits(account, id); err != nil {
		return nil, err
	}
	a := here.models[id.ID]
	if id.Kind == arn.ProfileARN {
		a = here.systems[id.ID]
	}
	switch {
	case a.why == notOnDemand:
		return nil, badCopySource("Model " + id.ID + " has no on-demand throughput in " + string(region) +
			"; copy from an inference profile that contains it.")
	case a.target == nil && a.why == allowed:
		return nil, badCopySource(strings.ReplaceAll(id.ARN.Resource, "/", " ") + " is not offered in " + string(region) + ".")
	}
	return a.resolve()
}

// isApplicationID reports whether s has the form of the ids CreateInferenceProfile gives out.
func isApplicationID(s string) bool {
	const length = 12
	return len(s) == length && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func isAccount(a arn.Account) bool {
	const digits = 12
	return len(a) == digits && strings.Trim(string(a), "0123456789") == ""
}

// resourceType is the first word of an ARN's resource: "provisioned-model", "prompt".
func resourceType(a arn.ARN) string {
	typ, _, _ := strings.Cut(a.Resource, "/")
	return typ
}
