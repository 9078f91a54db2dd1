package main

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestPicoIsExact(t *testing.T) {
	for _, test := range []struct {
		dollars json.Number
		units   int64
		want    int64
	}{
		{"0.33", 1_000_000, 330_000},
		{"15", 1_000_000, 15_000_000},
		{"0.000035", 1_000_000, 35},
		{"6e-2", 1, 60_000_000_000},
		{"2.0", 1000, 2_000_000_000},
		{"0.0011416", 1, 1_141_600_000},
	} {
		got, err := pico(test.dollars, test.units)
		if err != nil || got == nil || *got != test.want {
			t.Errorf("pico(%s, %d) = %v, %v, want %d", test.dollars, test.units, got, err, test.want)
		}
	}
}

func TestPicoRefusesToRound(t *testing.T) {
	for _, bad := range []json.Number{"0.0000001", "free", "1e30"} {
		if got, err := pico(bad, 1_000_000); err == nil {
			t.Errorf("pico(%s) = %d, want an error", bad, *got)
		}
	}
	if got, err := pico("", 1); got != nil || err != nil {
		t.Errorf("no price: %v, %v, want none", got, err)
	}
}

func TestScopeFollowsFromProfile(t *testing.T) {
	for _, test := range []struct {
		in   priceIn
		fine bool
	}{
		{priceIn{Scope: "in-region"}, true},
		{priceIn{Scope: "geo", Geography: "us", Profile: "us.x.y"}, true},
		{priceIn{Scope: "global", Geography: "global", Profile: "global.x.y"}, true},
		{priceIn{Scope: "geo"}, false},
		{priceIn{Scope: "geo", Geography: "eu", Profile: "us.x.y"}, false},
	} {
		if err := scopeFollows(test.in); (err == nil) != test.fine {
			t.Errorf("%+v: %v", test.in, err)
		}
	}
}

func TestRoutesAreGrouped(t *testing.T) {
	got := groupRoutes(profileIn{
		Routes:     map[string][]string{"a": {"x", "y"}, "b": {"x", "y"}, "c": {"x", "y"}, "d": {"@ALL_COMMERCIAL"}},
		Provenance: map[string]string{"a": "api", "b": "docs", "c": "api", "d": "api"},
	})
	want := []routeOut{
		{From: []string{"a", "c"}, To: []string{"x", "y"}, Seen: "api"},
		{From: []string{"b"}, To: []string{"x", "y"}, Seen: "docs"},
		{From: []string{"d"}, To: []string{"@commercial"}, Seen: "api"},
	}
	if !slices.EqualFunc(got, want, func(a, b routeOut) bool {
		return slices.Equal(a.From, b.From) && slices.Equal(a.To, b.To) && a.Seen == b.Seen
	}) {
		t.Errorf("%+v", got)
	}
}

func TestSourcesAreSpeltOut(t *testing.T) {
	src := newSources()
	got := src.keys("github:Portkey-AI/models pricing/bedrock.json@f654307 x 1.1 (regional premium)")
	if !slices.Equal(got, []string{"portkey"}) || src.used["portkey"] == "" {
		t.Errorf("%v, %v", got, src.used)
	}
	if got := src.keys("hearsay"); !slices.Equal(got, []string{"hearsay"}) {
		t.Errorf("an unknown source became %v", got)
	}
}

func TestRunNeedsAFolder(t *testing.T) {
	if err := run("", t.TempDir()); err == nil {
		t.Error("no input folder is no error")
	}
	if err := run(t.TempDir(), t.TempDir()); err == nil {
		t.Error("an empty input folder is no error")
	}
}
