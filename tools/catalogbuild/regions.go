package main

import (
	"slices"
	"strings"
)

type regionIn struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Partition    string  `json:"partition"`
	Geography    string  `json:"geography"`
	SubGeography string  `json:"sub_geography"`
	Latitude     float64 `json:"latitude"`
	Longitude    float64 `json:"longitude"`
	Metro        string  `json:"metro"`
	OptIn        bool    `json:"opt_in"`
	Control      bool    `json:"bedrock_control_plane"`
	Runtime      bool    `json:"runtime_endpoint_listed"`
	FIPS         bool    `json:"fips_endpoint"`
	Endpoints    struct {
		Control string `json:"control"`
		Runtime string `json:"runtime"`
	} `json:"endpoints"`
	Source string `json:"source"`
	AsOf   string `json:"as_of"`
}

type regionOut struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Partition string  `json:"partition"`
	Geography string  `json:"geo"`
	Narrow    string  `json:"narrow,omitempty"`
	Latitude  float64 `json:"lat"`
	Longitude float64 `json:"lon"`
	Metro     string  `json:"metro"`
	OptIn     bool    `json:"opt_in,omitempty"`
	Control   bool    `json:"control,omitempty"`
	Runtime   bool    `json:"runtime,omitempty"`
	FIPS      bool    `json:"fips,omitempty"`
	ControlAt string  `json:"control_at,omitempty"`
	RuntimeAt string  `json:"runtime_at,omitempty"`
	origin
}

// regions keeps every region. The coordinates are the one part that no source gives.
func regions(dir string, src *sources) ([]any, error) {
	in, err := read[struct{ Regions []regionIn }](dir, "regions.json")
	slices.SortFunc(in.Regions, func(a, b regionIn) int { return strings.Compare(a.ID, b.ID) })
	var out []any
	for _, r := range in.Regions {
		out = append(out, regionOut{
			ID: r.ID, Name: r.Name, Partition: r.Partition, Geography: r.Geography, Narrow: r.SubGeography,
			Latitude: r.Latitude, Longitude: r.Longitude, Metro: r.Metro, OptIn: r.OptIn,
			Control: r.Control, Runtime: r.Runtime, FIPS: r.FIPS,
			ControlAt: r.Endpoints.Control, RuntimeAt: r.Endpoints.Runtime,
			origin: origin{
				Sources: src.keys(r.Source), AsOf: day(r.AsOf), Trust: "high",
				Doubt: "coordinates are those of the nearest large city, from general knowledge",
			},
		})
	}
	return out, err
}
