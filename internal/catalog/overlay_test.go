package catalog

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/outcrop/outcrop/internal/arn"
	"pgregory.net/rapid"
)

var rewrite = flag.Bool("rewrite", false, "write what the code says into the scripts")

// TestOverlay runs the scripts of testdata/overlay: an overlay as YAML, a line of dashes, and what comes of it: every
// fault, or every entry the overlay names as the catalog then has it.
func TestOverlay(t *testing.T) {
	files, err := filepath.Glob("testdata/overlay/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			in, want, _ := strings.Cut(string(b), "\n----\n")
			var o Overlay
			if err := yaml.UnmarshalWithOptions([]byte(in), &o, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			got := outcome(t, o)
			if *rewrite {
				if err := os.WriteFile(f, []byte(in+"\n----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", f, diff)
			}
		})
	}
}

// outcome describes what an overlay leads to.
func outcome(t *testing.T, o Overlay) string {
	c, err := Load(o)
	var faults Faults
	if errors.As(err, &faults) {
		return faults.Error() + "\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Check() {
		t.Errorf("Load let a fault through: %s", f)
	}
	var out strings.Builder
	for _, r := range o.Regions {
		got, _ := c.Region(r.ID)
		fmt.Fprintf(&out, "region %s: %s, %s, geography %q, located %t, nearest %v\n",
			got.ID, got.Name, got.Partition, got.Geography, got.Located, c.ByDistance(got.ID)[1:3])
	}
	for _, m := range o.Models {
		got, _ := c.Model(m.ID)
		fmt.Fprintf(&out, "model %s: %s by %s, family %s, %v to %v, streaming %t, window %d, output %d, burndown %d\n",
			got.ID, got.Name, got.Provider, got.Family, got.Input, got.Output, got.Streaming, got.ContextWindow, got.MaxOutput, got.Burndown)
		for _, r := range sortedKeys(got.Regions) {
			fmt.Fprintf(&out, "  %s: now %v, ever %v\n", r, got.Regions[r].Now.Strings(), got.Regions[r].Ever.Strings())
		}
	}
	for _, p := range o.Profiles {
		got, _ := c.Profile(p.ID)
		fmt.Fprintf(&out, "profile %s: %s, model %s, geography %s, global %t\n  %q\n",
			got.ID, got.Name, got.Model.ID, got.Geography, got.Global, got.Description)
		for _, r := range got.Sources() {
			fmt.Fprintf(&out, "  %s: %v\n", r, got.Destinations(r))
		}
	}
	return out.String()
}

// smallWorld is data in the embedded form that is loaded in no time.
var smallWorld = fstest.MapFS{
	"data/regions.jsonl": {Data: []byte(`
{"id":"us-east-1","name":"Virginia","partition":"aws","geo":"us","lat":39,"lon":-77,"src":["gr-bedrock"]}
{"id":"us-gov-west-1","name":"GovCloud","partition":"aws-us-gov","geo":"us-gov","lat":45,"lon":-119,"src":["gr-bedrock"]}
`)},
	"data/models.jsonl": {Data: []byte(`
{"id":"amazon.nova-lite-v1:0","name":"Nova Lite","input":["TEXT"],"output":["TEXT"],"now":{"on_demand":["us-east-1"]},"src":["gr-bedrock"]}
{"id":"amazon.nova-lite-v1:0:24k","name":"Nova Lite","variant_of":"amazon.nova-lite-v1:0","input":["TEXT"],"output":["TEXT"],"src":["gr-bedrock"]}
`)},
	"data/profiles.jsonl": {Data: []byte(`
{"id":"us.amazon.nova-lite-v1:0","model":"amazon.nova-lite-v1:0","geo":"us","routes":[{"from":["us-east-1"],"to":["@commercial"]}],"src":["gr-bedrock"]}
`)},
	"data/quotas.jsonl":      {},
	"data/prices.jsonl":      {},
	"data/commitments.jsonl": {},
	"data/notes.jsonl":       {},
	"data/sources.jsonl":     {Data: []byte(`{"key":"gr-bedrock","text":"AWS General Reference"}`)},
}

// TestAnyOverlayIsFaultOrSound throws overlays made of likely and unlikely words at Load. Each must come back as faults
// or as a catalog without any.
func TestAnyOverlayIsFaultOrSound(t *testing.T) {
	region := rapid.Map(rapid.SampledFrom([]string{"", "us-east-1", "us-gov-west-1", "site-a", "site-b", "Site", "@commercial"}),
		func(s string) arn.Region { return arn.Region(s) })
	id := rapid.SampledFrom([]string{
		"", "house.llama", "eu-dc.house.llama", "us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0",
		"amazon.nova-lite-v1:0:24k", "nodot", "a/b.c", "arn:aws:x", "global.house.llama", "é.é",
	})
	degrees := rapid.Ptr(rapid.Float64(), true)
	rapid.Check(t, func(t *rapid.T) {
		c, err := load(smallWorld, Overlay{
			Regions: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) OverlayRegion {
				return OverlayRegion{
					ID: region.Draw(t, "id"), Partition: rapid.SampledFrom([]arn.Partition{"", "aws", "aws-us-gov"}).Draw(t, "partition"),
					Latitude: degrees.Draw(t, "latitude"), Longitude: degrees.Draw(t, "longitude"), Replace: rapid.Bool().Draw(t, "replace"),
				}
			}), 0, 3).Draw(t, "regions"),
			Models: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) OverlayModel {
				return OverlayModel{
					ID: id.Draw(t, "id"), Regions: rapid.SliceOfN(region, 0, 2).Draw(t, "regions"),
					Input:    rapid.SliceOfN(rapid.SampledFrom([]Modality{Text, Image, "SMELL"}), 0, 2).Draw(t, "input"),
					Burndown: rapid.IntRange(-1, 2).Draw(t, "burndown"), Replace: rapid.Bool().Draw(t, "replace"),
				}
			}), 0, 3).Draw(t, "models"),
			Profiles: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) OverlayProfile {
				return OverlayProfile{
					ID: id.Draw(t, "id"), Model: id.Draw(t, "model"), Regions: rapid.SliceOfN(region, 0, 3).Draw(t, "regions"),
					Routes:  rapid.MapOfN(region, rapid.SliceOfN(region, 0, 2), 0, 2).Draw(t, "routes"),
					Replace: rapid.Bool().Draw(t, "replace"),
				}
			}), 0, 3).Draw(t, "profiles"),
		})
		var faults Faults
		if err != nil {
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("an overlay failed with %v", err)
			}
			return
		}
		if faults := c.Check(); len(faults) > 0 {
			t.Fatalf("Load let faults through:\n%v", faults)
		}
	})
}
