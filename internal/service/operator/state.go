package operator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/store"
)

// Profile is a cross-region profile made at run time, and how its calls are routed.
type Profile struct {
	ID          string `json:"id"`
	Model       string `json:"model,omitzero"` // default: the id behind its first dot
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	// Regions is the short form: from each of them a call may run in all of them. Routes names the destinations of each
	// source region, and wins.
	Regions []arn.Region                `json:"regions,omitzero"`
	Routes  map[arn.Region][]arn.Region `json:"routes,omitzero"`

	Policy *route.Policy `json:"policy,omitzero"`
	Queue  *Queue        `json:"queue,omitzero"`
	Hedge  *Duration     `json:"hedge,omitzero"`

	Created time.Time `json:"created,omitzero"`
	Updated time.Time `json:"updated,omitzero"`
}

// Queue is how many calls of a profile may wait for a model, and how long each.
type Queue struct {
	Length int      `json:"length"`
	Wait   Duration `json:"wait,omitzero"`
}

// Duration is written as "1m30s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	read, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("want a time such as 5s or 1m30s, found %q", b)
	}
	*d = Duration(read)
	return nil
}

// Drain keeps new calls from a region.
type Drain struct {
	Region  arn.Region `json:"region"`
	Profile string     `json:"profile,omitzero"` // whose calls alone; an id or a glob; empty: all
	Reason  string     `json:"reason,omitzero"`
	Since   time.Time  `json:"since,omitzero"`
	By      string     `json:"by,omitzero"` // ARN of who asked for it
}

type drainKey struct {
	region  arn.Region
	profile string
}

func (d *Drain) key() drainKey { return drainKey{d.Region, d.Profile} }

// String is the key of the document.
func (k drainKey) String() string { return string(k.region) + " " + k.profile }

// state is all that was made at run time. It is never written to once it counts: a change is a clone.
type state struct {
	profiles map[string]Profile
	drains   map[drainKey]Drain
}

func (s state) clone() state { return state{maps.Clone(s.profiles), maps.Clone(s.drains)} }

func (s state) read(d store.Document) error {
	switch d.Kind {
	case kindProfile:
		var p Profile
		if err := json.Unmarshal(d.Body, &p); err != nil {
			return err
		}
		s.profiles[p.ID] = p
	case kindDrain:
		var drain Drain
		if err := json.Unmarshal(d.Body, &drain); err != nil {
			return err
		}
		s.drains[drain.key()] = drain
	}
	return nil
}

// listed are the profiles by id.
func (s state) listed() []Profile {
	return slices.SortedFunc(maps.Values(s.profiles), func(a, b Profile) int { return cmp.Compare(a.ID, b.ID) })
}

// drained are the drains by region and profile.
func (s state) drained() []Drain {
	return slices.SortedFunc(maps.Values(s.drains), func(a, b Drain) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Profile, b.Profile))
	})
}

// overlay are the profiles as the catalog knows them, by id.
func (s state) overlay() []catalog.OverlayProfile {
	var out []catalog.OverlayProfile
	for _, p := range s.listed() {
		out = append(out, catalog.OverlayProfile{
			ID: p.ID, Model: p.Model, Name: p.Name, Description: p.Description, Regions: p.Regions, Routes: p.Routes,
		})
	}
	return out
}

// orders are what the state asks of routing. Drains hold whatever else is said.
func (s state) orders() []route.Order {
	var out []route.Order
	for _, d := range s.drained() {
		out = append(out, route.Order{Profile: d.Profile, Drain: []arn.Region{d.Region}})
	}
	for _, p := range s.listed() {
		o := route.Order{Profile: p.ID, Policy: p.Policy}
		if p.Queue != nil {
			o.QueueLength = &p.Queue.Length
			if p.Queue.Wait > 0 {
				wait := time.Duration(p.Queue.Wait)
				o.QueueWait = &wait
			}
		}
		if p.Hedge != nil {
			hedge := time.Duration(*p.Hedge)
			o.Hedge = &hedge
		}
		if p.Policy != nil || o.QueueLength != nil || o.Hedge != nil {
			out = append(out, o)
		}
	}
	return out
}

// without leaves the profiles out that have faults.
func (s state) without(faults catalog.Faults, tell func(id, why string)) state {
	next, listed := s.clone(), s.listed()
	for _, f := range faults {
		rest, isProfile := strings.CutPrefix(f.Path, "profiles[")
		number, _, _ := strings.Cut(rest, "]")
		i, err := strconv.Atoi(number)
		if isProfile && err == nil && i < len(listed) {
			tell(listed[i].ID, f.Message)
			delete(next.profiles, listed[i].ID)
		}
	}
	return next
}
