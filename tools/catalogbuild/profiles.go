package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

type profileIn struct {
	ID          string              `json:"inferenceProfileId"`
	Name        string              `json:"inferenceProfileName"`
	NameSource  string              `json:"name_source"`
	APIName     string              `json:"apiName2025"`
	Description string              `json:"description"`
	DescSource  string              `json:"description_source"`
	Prefix      string              `json:"prefix"`
	Status      string              `json:"status"`
	Model       string              `json:"modelId"`
	Routes      map[string][]string `json:"routes"`
	Provenance  map[string]string   `json:"source_provenance"`
	Created     string              `json:"createdAt"`
	FirstSeen   string              `json:"firstSeen"`
	LastSeen    string              `json:"lastSeen"`
	AsOf        string              `json:"as_of"`
	Source      string              `json:"source"`
	Note        string              `json:"note"`
}

type profileOut struct {
	ID          string     `json:"id"`
	Model       string     `json:"model"`
	Geography   string     `json:"geo"`
	Name        string     `json:"name"`
	APIName     string     `json:"api_name,omitempty"`
	NameFrom    string     `json:"name_from,omitempty"`
	Description string     `json:"description"`
	DescFrom    string     `json:"description_from,omitempty"`
	Retired     bool       `json:"retired,omitempty"`
	Created     string     `json:"created,omitempty"`
	FirstSeen   string     `json:"first_seen,omitempty"`
	LastSeen    string     `json:"last_seen,omitempty"`
	Routes      []routeOut `json:"routes"`
	origin
}

// routeOut is a group of source regions with the same destinations, known in the same way.
type routeOut struct {
	From []string `json:"from"`
	To   []string `json:"to"`
	Seen string   `json:"seen"`
}

func profiles(dir string, src *sources) ([]any, error) {
	in, err := read[struct{ Profiles []profileIn }](dir, "inference_profiles.json")
	slices.SortFunc(in.Profiles, func(a, b profileIn) int { return strings.Compare(a.ID, b.ID) })
	var out []any
	for _, p := range in.Profiles {
		o := profileOut{
			ID: p.ID, Model: p.Model, Geography: p.Prefix, Name: p.Name, APIName: p.APIName,
			Description: p.Description, Retired: p.Status == "RETIRED",
			Created: p.Created, FirstSeen: p.FirstSeen, LastSeen: p.LastSeen,
			Routes: groupRoutes(p),
			origin: origin{Sources: src.keys(p.Source), AsOf: day(p.AsOf), Trust: trust(profileTrust(p)), Doubt: p.Note},
		}
		if p.NameSource == "derived" {
			o.NameFrom = "pattern"
		}
		if strings.HasPrefix(p.DescSource, "derived") {
			o.DescFrom = "pattern"
		}
		out = append(out, o)
	}
	return out, err
}

// profileTrust is low where a destination was assumed and high where the API listed every route.
func profileTrust(p profileIn) string {
	grade := "high"
	for _, seen := range p.Provenance {
		switch {
		case strings.Contains(seen, "assumed"):
			return "low"
		case !strings.HasPrefix(seen, "api:"):
			grade = "medium"
		}
	}
	if p.Note != "" {
		return "low"
	}
	return grade
}

// groupRoutes joins sources with equal routes, and calls the set of all commercial regions @commercial.
func groupRoutes(p profileIn) []routeOut {
	byRoute := map[string]*routeOut{}
	for _, from := range slices.Sorted(maps.Keys(p.Routes)) {
		to := p.Routes[from]
		if slices.Equal(to, []string{"@ALL_COMMERCIAL"}) {
			to = []string{"@commercial"}
		}
		seen := p.Provenance[from]
		key, _ := json.Marshal([]any{to, seen})
		g := byRoute[string(key)]
		if g == nil {
			g = &routeOut{To: to, Seen: seen}
			byRoute[string(key)] = g
		}
		g.From = append(g.From, from)
	}
	var out []routeOut
	for _, g := range byRoute {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b routeOut) int { return strings.Compare(a.From[0], b.From[0]) })
	return out
}
