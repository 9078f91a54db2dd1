package catalog

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// tampered is the embedded data with lines added to some files.
func tampered(t *testing.T, add map[string]string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	files, err := fs.Glob(embedded, "data/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(embedded, f)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(f, "data/")
		out[f] = &fstest.MapFile{Data: append(b, add[name]...)}
	}
	return out
}

func TestCheck(t *testing.T) {
	const src = `,"src":["gr-bedrock"]}`
	for _, test := range []struct {
		name, file, line string
		want             []string
	}{
		{
			"twice", "regions.jsonl", `{"id":"us-east-1","name":"again","partition":"aws","geo":"us"` + src,
			[]string{`regions["us-east-1"]: the id is there twice`},
		},
		{
			"region form and place", "regions.jsonl", `{"id":"US","name":"x","geo":"us","lat":100` + src,
			[]string{
				`regions["US"].id: not the form of a region`,
				`regions["US"].partition: no partition is named`,
				`regions["US"]: 100, 0 is no place on earth`,
			},
		},
		{
			"dangling model parts", "models.jsonl",
			`{"id":"x.y","input":["TEXT"],"output":["SMELL"],"now":{"on_demand":["nowhere"]},"mantle":{"regions":["no-where"]},"variant_of":"x.z","dimensions":[1],"dimension":2,"src":["gossip"]}`,
			[]string{
				`models["x.y"]: modality "SMELL" is not known`,
				`models["x.y"].regions: region nowhere is not known`,
				`models["x.y"].regions: a provisioned form is on demand in nowhere`,
				`models["x.y"].mantle.regions: region no-where is not known`,
				`models["x.y"].variant_of: model x.z is not known`,
				`models["x.y"].dimension: 2 is none of [1]`,
				`models["x.y"].src[0]: source "gossip" is not spelt out`,
			},
		},
		{
			"model with a profile's id", "models.jsonl", `{"id":"us.amazon.nova-lite-v1:0"}`,
			[]string{
				`models["us.amazon.nova-lite-v1:0"].id: a profile has the same id`,
				`models["us.amazon.nova-lite-v1:0"]: it reads or writes nothing`,
				`models["us.amazon.nova-lite-v1:0"].src: no source is named`,
			},
		},
		{
			"dangling profile parts", "profiles.jsonl",
			`{"id":"us.x.y","model":"x.y","geo":"us","routes":[{"from":["us-east-1","nowhere"],"to":["us-east-1","us-gov-west-1","no-where"]},{"from":["us-east-1"],"to":[]}]` + src,
			[]string{
				`profiles["us.x.y"].model: model x.y is not known`,
				`profiles["us.x.y"].routes[0].to: region us-gov-west-1 is in another partition than us-east-1`,
				`profiles["us.x.y"].routes[0].to: region no-where is not known`,
				`profiles["us.x.y"].routes[0].from: region nowhere is not known`,
				`profiles["us.x.y"].routes[1].from: region us-east-1 has another route`,
				`profiles["us.x.y"].routes[1].to: a call from us-east-1 can go nowhere`,
			},
		},
		{
			"profile without a route", "profiles.jsonl", `{"id":"us.a.b","model":"anthropic.claude-v2:1:18k","geo":"us"` + src,
			[]string{
				`profiles["us.a.b"].model: anthropic.claude-v2:1:18k is only served by provisioned throughput`,
				`profiles["us.a.b"].routes: there is none`,
			},
		},
		{
			"quota", "quotas.jsonl", `{"name":"q","model":"x.y","scope":"moon","metric":"per-fortnight","default":1,"by_region":{"nowhere":2}` + src,
			[]string{
				`quotas["q"].model: model x.y is not known`,
				`quotas["q"].metric: "per-fortnight" is not known`,
				`quotas["q"].scope: "moon" is not known`,
				`quotas["q"].by_region: region nowhere is not known`,
			},
		},
		{
			"price", "prices.jsonl", `{"model":"x.y","profile":"us.amazon.nova-lite-v1:0","in":["nowhere","nowhere"],"unit":"dozen","read":-1` + src,
			[]string{
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"].profile: profile us.amazon.nova-lite-v1:0 is of model amazon.nova-lite-v1:0`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"].model: model x.y is not known`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"].unit: "dozen" is not known`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"]: there is no price in the row`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"]: -1 pico-dollars is less than nothing`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"].in: region nowhere is not known`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"].in: region nowhere is not known`,
				`prices["x.y us.amazon.nova-lite-v1:0 standard base"].in: region "nowhere" has another row`,
			},
		},
		{
			"commitment", "commitments.jsonl", `{"model":"x.y","region":"nowhere","per_second":1` + src,
			[]string{
				`commitments[28].model: model x.y is not known`,
				`commitments[28].region: region nowhere is not known`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := load(tampered(t, map[string]string{test.file: test.line + "\n"}), Overlay{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range c.Check() {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBrokenData(t *testing.T) {
	for _, test := range []struct{ name, file, line, want string }{
		{"misspelt field", "regions.jsonl", `{"idd":"x"}`, "regions.jsonl:36: "},
		{"not JSON", "models.jsonl", `{`, "models.jsonl:224: "},
		{"trust", "quotas.jsonl", `{"trust":"total"}`, `trust "total" is neither high nor low`},
		{"date", "profiles.jsonl", `{"first_seen":"yesterday"}`, "profiles.jsonl:154: "},
		{"status", "models.jsonl", `{"life":{"status":"asleep"}}`, `status "asleep" is none of active, legacy, eol`},
		{"feature", "models.jsonl", `{"features":["telepathy"]}`, `"telepathy" is not a word that may stand here`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(tampered(t, map[string]string{test.file: test.line + "\n"}), Overlay{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("load: %v, want an error with %q", err, test.want)
			}
		})
	}
}
