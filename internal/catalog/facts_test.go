package catalog

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/outcrop/outcrop/internal/arn"
	"pgregory.net/rapid"
)

func TestDestinations(t *testing.T) {
	c := embeddedOnly(t)
	for _, test := range []struct {
		profile string
		source  arn.Region
		want    []arn.Region
	}{
		{"us.anthropic.claude-3-5-sonnet-20241022-v2:0", "us-east-1", []arn.Region{"us-east-1", "us-east-2", "us-west-2"}},
		{"us.anthropic.claude-3-5-sonnet-20241022-v2:0", "us-west-2", []arn.Region{"us-west-2", "us-east-2", "us-east-1"}},
		{"us.anthropic.claude-3-5-sonnet-20241022-v2:0", "eu-west-1", nil},
		{"us-gov.anthropic.claude-opus-4-8", "us-gov-east-1", []arn.Region{"us-gov-west-1"}},
	} {
		p, ok := c.Profile(test.profile)
		if !ok {
			t.Fatalf("no profile %s", test.profile)
		}
		if diff := cmp.Diff(test.want, p.Destinations(test.source)); diff != "" {
			t.Errorf("%s from %s (-want +got):\n%s", test.profile, test.source, diff)
		}
	}
}

// TestGlobalProfilesRunEverywhere: every global profile reaches every commercial region from each of its sources.
func TestGlobalProfilesRunEverywhere(t *testing.T) {
	c := embeddedOnly(t)
	seen := 0
	for _, p := range c.Profiles() {
		if !p.Global {
			continue
		}
		for _, source := range p.Sources() {
			seen++
			if got := len(p.Destinations(source)); got != 33 {
				t.Errorf("%s from %s reaches %d regions, want 33", p.ID, source, got)
			}
		}
	}
	if seen != 605 {
		t.Errorf("%d routes of global profiles, want 605", seen)
	}
}

// TestEveryRouteIsOrdered holds each route to the rule: the source first, then by distance, then by name.
func TestEveryRouteIsOrdered(t *testing.T) {
	c := embeddedOnly(t)
	for _, p := range c.Profiles() {
		for _, source := range p.Sources() {
			to := p.Destinations(source)
			if i := slices.Index(to, source); i > 0 {
				t.Errorf("%s: source %s is number %d of its destinations", p.ID, source, i)
			}
			for i := 1; i < len(to); i++ {
				a, b := c.Distance(source, to[i-1]), c.Distance(source, to[i])
				if a > b || a == b && to[i-1] >= to[i] {
					t.Errorf("%s from %s: %s (%.0f km) before %s (%.0f km)", p.ID, source, to[i-1], a, to[i], b)
				}
			}
		}
	}
}

func TestDistance(t *testing.T) {
	c := embeddedOnly(t)
	for _, test := range []struct {
		a, b arn.Region
		km   float64
	}{
		{"eu-central-1", "eu-west-1", 1090}, // Frankfurt to Dublin
		{"us-east-1", "eu-west-1", 5430},
		{"ap-southeast-2", "sa-east-1", 13400},
		{"us-east-1", "us-east-1", 0},
	} {
		if got := c.Distance(test.a, test.b); math.Abs(got-test.km) > 0.02*test.km {
			t.Errorf("Distance(%s, %s) = %.0f km, want about %.0f", test.a, test.b, got, test.km)
		}
	}
	if got := c.Distance("us-east-1", "nowhere"); !math.IsInf(got, 1) {
		t.Errorf("Distance to an unknown region = %v, want infinity", got)
	}
}

func TestGreatCircleIsADistance(t *testing.T) {
	lat, lon := rapid.Float64Range(-90, 90), rapid.Float64Range(-180, 180)
	rapid.Check(t, func(t *rapid.T) {
		a, b := lat.Draw(t, "lat1"), lon.Draw(t, "lon1")
		x, y := lat.Draw(t, "lat2"), lon.Draw(t, "lon2")
		there, back := greatCircle(a, b, x, y), greatCircle(x, y, a, b)
		if there < 0 || there > math.Pi*earthRadius+1 || math.IsNaN(there) {
			t.Fatalf("%v km is no distance on earth", there)
		}
		if math.Abs(there-back) > 1e-6 {
			t.Fatalf("%v km there, %v km back", there, back)
		}
	})
}

func TestPricesAreExact(t *testing.T) {
	c := embeddedOnly(t)
	known := func(pico int64) Rate { return Rate{Pico: pico, Known: true} }
	for _, test := range []struct {
		model, profile, tier string
		input, output, read  Rate
	}{
		{"amazon.nova-pro-v1:0", "", "priority", known(1_400_000), known(5_600_000), Rate{}},
		{"amazon.nova-2-lite-v1:0", "", "standard", known(330_000), known(2_750_000), known(82_500)},
		{"anthropic.claude-sonnet-4-5-20250929-v1:0", "", "standard", known(3_300_000), known(16_500_000), known(330_000)},
		{"anthropic.claude-sonnet-4-5-20250929-v1:0", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "standard", known(3_000_000), known(15_000_000), known(300_000)},
		{"ai21.jamba-1-5-large-v1:0", "", "standard", known(2_000_000), known(8_000_000), Rate{}},
	} {
		i := slices.IndexFunc(c.PricesOf(test.model), func(p Price) bool {
			return p.Profile == test.profile && p.Tier == test.tier && p.Context == "base" && len(p.Regions) == 0
		})
		if i < 0 {
			t.Errorf("%s %s %s: no row", test.model, test.profile, test.tier)
			continue
		}
		p := c.PricesOf(test.model)[i]
		if p.Input != test.input || p.Output != test.output || p.CacheRead != test.read || p.Unit != PerToken {
			t.Errorf("%s %s: %+v", test.model, test.tier, p)
		}
	}
}

func TestQuotaIn(t *testing.T) {
	c := embeddedOnly(t)
	for _, q := range c.QuotasOf("amazon.nova-lite-v1:0") {
		if q.Scope == Geo && q.Metric == RequestsPerMinute {
			if got := q.In("us-east-1"); got != 4000 {
				t.Errorf("%s in us-east-1: %d, want 4000", q.Name, got)
			}
			if got := q.In("eu-west-1"); got != 400 {
				t.Errorf("%s in eu-west-1: %d, want 400", q.Name, got)
			}
			return
		}
	}
	t.Error("no quota of cross-region requests for Nova Lite")
}

func TestModelFacts(t *testing.T) {
	c := embeddedOnly(t)
	m, ok := c.Model("anthropic.claude-3-5-sonnet-20241022-v2:0")
	if !ok {
		t.Fatal("no Claude 3.5 Sonnet v2")
	}
	west := m.Regions["us-west-2"]
	if west.Now != 0 || !west.Ever.Has(OnDemand|ViaProfile) || west.OnDemandUntil.Format(time.DateOnly) != "2026-03-27" {
		t.Errorf("us-west-2: %+v", west)
	}
	if len(m.Variants) != 3 || m.MaxOutput != 8192 || !m.Features.Tools || m.Features.Cache.MinTokens != 1024 || !m.Accepts(Image) {
		t.Errorf("%+v", m)
	}
	if v, _ := c.Model(m.Variants[0]); v.VariantOf != m.ID {
		t.Errorf("%s is a form of %s", v.ID, v.VariantOf)
	}
	if opus, _ := c.Model("anthropic.claude-opus-4-8"); opus.Burndown != 15 {
		t.Errorf("burndown of Opus 4.8: %d, want 15", opus.Burndown)
	}
	if titan, _ := c.Model("amazon.titan-embed-text-v2:0"); !titan.IsEmbedding() || titan.Features.DefaultDimension != 1024 {
		t.Errorf("Titan Embed v2: %+v", titan)
	}
	if s, ok := c.Source(m.Sources[0]); !ok || s == "" {
		t.Errorf("source %q is not spelt out", m.Sources[0])
	}
}

func TestLifecycleAt(t *testing.T) {
	date := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	planned := Lifecycle{Listed: Legacy, Effective: EndOfLife, Legacy: date("2026-03-30"), EndOfLife: date("2026-09-30")}
	noLegacy := Lifecycle{Listed: Active, Effective: EndOfLife, EndOfLife: date("2026-07-30")}
	undated := Lifecycle{Listed: EndOfLife, Effective: EndOfLife}
	for _, test := range []struct {
		life Lifecycle
		day  string
		want Status
	}{
		{planned, "2026-03-29", Active},
		{planned, "2026-03-30", Legacy},
		{planned, "2026-09-29", Legacy},
		{planned, "2026-09-30", EndOfLife},
		{noLegacy, "2026-07-29", Active},
		{noLegacy, "2026-07-30", EndOfLife},
		{undated, "2020-01-01", EndOfLife},
		{Lifecycle{}, "2030-01-01", Active},
	} {
		if got := test.life.At(date(test.day)); got != test.want {
			t.Errorf("%+v on %s: %v, want %v", test.life, test.day, got, test.want)
		}
	}
}

func TestInferenceTypesStrings(t *testing.T) {
	want := []string{"ON_DEMAND", "PROVISIONED", "INFERENCE_PROFILE"}
	if diff := cmp.Diff(want, (OnDemand | Provisioned | ViaProfile).Strings()); diff != "" {
		t.Error(diff)
	}
	if got := InferenceTypes(0).Strings(); got != nil {
		t.Errorf("no types: %v", got)
	}
}

// TestListsByModelAreWhole: what the look-ups by model return adds up to the whole lists.
func TestListsByModelAreWhole(t *testing.T) {
	c := embeddedOnly(t)
	prices, quotas := 0, len(c.QuotasOf(""))
	for _, m := range c.Models() {
		for _, p := range c.PricesOf(m.ID) {
			if p.Model != m.ID {
				t.Fatalf("PricesOf(%s) has a row of %s", m.ID, p.Model)
			}
			prices++
		}
		quotas += len(c.QuotasOf(m.ID))
	}
	if prices != len(c.Prices()) || quotas != len(c.Quotas()) {
		t.Errorf("%d of %d prices, %d of %d quotas", prices, len(c.Prices()), quotas, len(c.Quotas()))
	}
}
