package catalog

import (
	"fmt"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// apply lays an overlay over the entries, before they are indexed, and returns everything wrong with it.
func (c *Catalog) apply(o Overlay) Faults {
	a := applier{
		regions:  byID(c.regions, regionID),
		models:   byID(c.models, modelID),
		profiles: byID(c.profiles, profileID),
		named:    map[string]string{},
	}
	for i := range o.Regions {
		a.region(fmt.Sprintf("regions[%d]", i), &o.Regions[i])
	}
	for i := range o.Models {
		a.model(fmt.Sprintf("models[%d]", i), &o.Models[i])
	}
	for i := range o.Profiles {
		a.profile(fmt.Sprintf("profiles[%d]", i), &o.Profiles[i])
	}
	c.regions = merged(c.regions, a.regions, regionID)
	c.models = merged(c.models, a.models, modelID)
	c.profiles = merged(c.profiles, a.profiles, profileID)
	return a.faults
}

// merged is a list with its entries as they are now, and the new ones. An id that stood twice still does, for Check to
// find.
func merged[K comparable, V any](list []V, now map[K]V, id func(V) K) []V {
	out := make([]V, 0, len(now))
	for _, v := range list {
		out = append(out, now[id(v)])
	}
	known := byID(list, id)
	for k, v := range now {
		if _, ok := known[k]; !ok {
			out = append(out, v)
		}
	}
	return out
}

// applier is the catalog while an overlay is laid over it.
type applier struct {
	regions  map[arn.Region]*RegionInfo
	models   map[string]*Model
	profiles map[string]*Profile

	named  map[string]string // kind and id → path of the entry that set it
	faults Faults
}

func (a *applier) fault(path, format string, args ...any) {
	a.faults = append(a.faults, Fault{path, fmt.Sprintf(format, args...)})
}

// once reports whether an overlay entry may be applied: its id is well-formed and no other entry has set it.
func (a *applier) once(path, kind, id string, wellFormed bool, form string) bool {
	switch first, twice := a.named[kind+id]; {
	case id == "":
		a.fault(path+".id", "a %s needs an id", kind)
	case !wellFormed:
		a.fault(path+".id", "%q is not the id of a %s: %s", id, kind, form)
	case twice:
		a.fault(path+".id", "%s %s is already set by %s", kind, id, first)
	default:
		a.named[kind+id] = path
		return true
	}
	return false
}

func (a *applier) region(path string, o *OverlayRegion) {
	if !a.once(path, "region", string(o.ID), regionForm(string(o.ID)), "use a-z, 0-9 and -, starting with a letter, at most 20 characters") {
		return
	}
	r := &RegionInfo{ID: o.ID, Name: string(o.ID), Partition: arn.AWS, Provenance: operators}
	if known := a.regions[o.ID]; known != nil {
		if o.Partition != "" && o.Partition != known.Partition {
			a.fault(path+".partition", "region %s is in partition %s; a known region keeps its partition", o.ID, known.Partition)
		}
		r.Partition = known.Partition
		if !o.Replace {
			*r = *known
		}
	} else {
		r.Partition = orElse(o.Partition, arn.AWS)
	}
	r.Name, r.Geography = orElse(o.Name, r.Name), orElse(o.Geography, r.Geography)
	a.locate(path, o, r)
	a.regions[o.ID] = r
}

// locate takes the coordinates over: both or none, and on this planet.
func (a *applier) locate(path string, o *OverlayRegion, r *RegionInfo) {
	if (o.Latitude == nil) != (o.Longitude == nil) {
		a.fault(path, "region %s has only one of latitude and longitude", o.ID)
		return
	}
	if o.Latitude == nil {
		return
	}
	if !within(*o.Latitude, 90) {
		a.fault(path+".latitude", "%g is not between -90 and 90 degrees", *o.Latitude)
	}
	if !within(*o.Longitude, 180) {
		a.fault(path+".longitude", "%g is not between -180 and 180 degrees", *o.Longitude)
	}
	r.Located, r.Latitude, r.Longitude = true, *o.Latitude, *o.Longitude
}

// operators is the provenance of everything an overlay says.
var operators = Provenance{Sources: []string{operatorSource}, Confidence: High}

// operatorSource is the key of the one source that sources.jsonl does not spell out.
const operatorSource = "operator"

// within is false for NaN too.
func within(v, limit float64) bool { return v >= -limit && v <= limit }

// regionForm reports whether s can be the region of an ARN.
func regionForm(s string) bool {
	if s == "" || len(s) > 20 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// idForm reports whether s can be the id of a model or a profile, and be told from an application profile's, which has
// no dot.
func idForm(s string, longest int) bool {
	id, ok := arn.ParseIdentifier(s)
	prefix, rest, dot := strings.Cut(s, ".")
	return ok && id.Kind == arn.Bare && dot && prefix != "" && rest != "" && len(s) <= longest && !strings.Contains(s, "_")
}
