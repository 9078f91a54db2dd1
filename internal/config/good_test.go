package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider/simulator"
)

const llama = "meta.llama3-3-70b-instruct-v1:0"

func parse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse(filepath.Join(t.TempDir(), "outcrop.yaml"), []byte(text), environment)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFileWinsOverDefaults(t *testing.T) {
	got := parse(t, `
listen: ":0"
data: /srv/outcrop
limits: {body: 1MiB, drain-timeout: 0s}
log: {level: debug}
catalog:
  lifecycle: enforce
  models: [{id: acme.one, regions: [us-east-1]}]
providers:
  - name: vllm
    type: openai
    url: http://127.0.0.1:8000/v1/
    api-key: ${VLLM_KEY}
deployments:
  - model: acme.one
    provider: vllm
    regions: &home [us-east-1]
    concurrency: ${SLOTS}
  - {model: "meta.*", provider: simulator, regions: *home}
simulator:
`)
	want := Default()
	want.Listen, want.Data = ":0", "/srv/outcrop"
	want.Limits.Body, want.Limits.DrainTimeout = 1<<20, 0
	want.Log.Level = "debug"
	want.Catalog.Lifecycle = LifecycleEnforce
	want.Catalog.Models = []catalog.OverlayModel{{ID: "acme.one", Regions: []arn.Region{"us-east-1"}}}
	want.Providers = []Provider{{
		Name: "vllm", Type: TypeOpenAI, URL: "http://127.0.0.1:8000/v1",
		APIKey: identity.NewSecret("sk-from-the-environment"), Timeout: 10 * time.Minute,
	}}
	want.Deployments = []Deployment{
		{Model: "acme.one", Provider: "vllm", Regions: []arn.Region{"us-east-1"}, Concurrency: 12, FirstContent: 2 * time.Minute},
		{Model: "meta.*", Provider: "simulator", Regions: []arn.Region{"us-east-1"}, FirstContent: 2 * time.Minute},
	}
	if diff := cmp.Diff(want, got, sameSecret); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if printed := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(printed, "sk-from") {
		t.Errorf("printing the configuration shows a secret: %s", printed)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("key", "  sk-from-a-file\n")
	write("outcrop.yaml", "data: state\nproviders: [{name: a, type: openai, url: \"https://a.example/v1\", api-key: \"file:key\"}]\n")
	got, err := Load(filepath.Join(dir, "outcrop.yaml"), environment)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "state"); got.Data != want {
		t.Errorf("got data directory %q, want %q: it starts at the file", got.Data, want)
	}
	if key := got.Providers[0].APIKey.Reveal(); key != "sk-from-a-file" {
		t.Errorf("got key %q", key)
	}

	write("large.yaml", strings.Repeat("#", maxFile+1))
	write("empty.yaml", "# nothing\n")
	for name, want := range map[string]string{
		"none.yaml":  "no such file",
		"":           "is a directory",
		"large.yaml": "larger than 4 MiB",
	} {
		if _, err := Load(filepath.Join(dir, name), environment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", name, err, want)
		}
	}
	for _, path := range []string{"", filepath.Join(dir, "empty.yaml")} {
		got, err := Load(path, environment)
		if diff := cmp.Diff(Default(), got, sameSecret); err != nil || diff != "" {
			t.Errorf("%q: got error %v and a difference to the defaults:\n%s", path, err, diff)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "25MB": 25e6, "25 mb": 25e6, "25MiB": 25 << 20, "1.5kB": 1500, "7b": 7, "26214400": 25 << 20, "2GiB": 2 << 30,
	} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %d and error %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1", "1.5", "1XB", "1e30", "NaN", "Inf", "1 2", "0x10"} {
		got := Size(-1)
		if err := got.UnmarshalText([]byte(text)); err == nil || got != -1 {
			t.Errorf("%q: got %d and error %v, want an error and no change", text, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := Size(rapid.Int64Range(0, 1<<50).Draw(t, "bytes"))
		var got Size
		if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want {
			t.Fatalf("%s reads as %d with error %v, want %d", want, got, err, want)
		}
	})
}

func TestTable(t *testing.T) {
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	const here, there = "deployments: [{model: " + llama + ", regions: [us-east-1], provider: vllm}]\n",
		"providers: [{name: vllm, type: openai, url: \"http://127.0.0.1:8000/v1\"}]\n"
	tests := []struct {
		name, file             string
		served, beside, others string // providers of llama in us-east-1 and in us-west-2, and of another model
	}{
		{"no file", "", "simulator", "simulator", "simulator"},
		{"simulator off", "simulator: {enabled: false}", "", "", ""},
		{"deployments alone", here + there, "vllm", "", ""},
		{"the simulator for the rest", here + there + "simulator: {enabled: true}", "vllm", "simulator", "simulator"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := parse(t, tt.file).Table(facts)
			at := func(model string, region arn.Region) string {
				var names []string
				for _, d := range table.At(model, region) {
					names = append(names, d.Provider)
				}
				return strings.Join(names, " ")
			}
			got := []string{at(llama, "us-east-1"), at(llama, "us-west-2"), at("amazon.nova-lite-v1:0", "us-east-1")}
			if diff := cmp.Diff([]string{tt.served, tt.beside, tt.others}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A destination of a cross-region profile can be served even where the bare model was never listed.
func TestEveryDestinationIsServedByDefault(t *testing.T) {
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	table := Default().Table(facts)
	for _, p := range facts.Profiles() {
		for _, source := range p.Sources() {
			for _, region := range p.Destinations(source) {
				if len(table.At(p.Model.ID, region)) != 1 {
					t.Errorf("%s from %s: %d deployments in %s, want 1", p.ID, source, len(table.At(p.Model.ID, region)), region)
				}
			}
		}
	}
}

func TestSimulatorSettings(t *testing.T) {
	c := parse(t, `
simulator:
  seed: 7
  first-token: 10ms
  pace:
    - {region: "eu-*", tokens-per-second: 50}
    - {model: `+llama+`, first-token: 0s}
  capacity: [{region: us-east-1, concurrency: 2, requests-per-minute: 3, tokens-per-minute: 4}]
  failures: [{model: "meta.*", kind: cut, calls: 5, share: 0.5, event: 6, delay: 7ms}]
`)
	want := simulator.Settings{
		Seed: 7,
		Pace: simulator.Pace{FirstToken: 10 * time.Millisecond, TokensPerSecond: 400},
		Paces: []simulator.PaceAt{
			{Place: simulator.Place{Region: "eu-*"}, Pace: simulator.Pace{FirstToken: 10 * time.Millisecond, TokensPerSecond: 50}},
			{Place: simulator.Place{Model: llama}, Pace: simulator.Pace{TokensPerSecond: 400}},
		},
		Capacities: []simulator.CapacityAt{{
			Place:    simulator.Place{Region: "us-east-1"},
			Capacity: simulator.Capacity{Concurrency: 2, RequestsPerMinute: 3, TokensPerMinute: 4},
		}},
		Failures: []simulator.Failure{{
			Place: simulator.Place{Model: "meta.*"}, Kind: simulator.Cut,
			Calls: 5, Share: 0.5, Event: 6, Delay: 7 * time.Millisecond,
		}},
	}
	got := c.Simulator.Settings()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := got.Check(); err != nil {
		t.Errorf("what the configuration accepts the simulator refuses: %v", err)
	}
}

func TestLogger(t *testing.T) {
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1} {
		var out bytes.Buffer
		log := Log{Level: level, Format: "json"}.Logger(&out, Log{Level: level}.Severity())
		log.Debug("a")
		log.Info("b")
		log.Warn("c")
		log.Error("d")
		if got := strings.Count(out.String(), "\n{") + 1; got != want || out.Bytes()[0] != '{' {
			t.Errorf("%s: got %d lines of JSON, want %d:\n%s", level, got, want, &out)
		}
	}
}

func TestResolution(t *testing.T) {
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for lifecycle, want := range map[string]profile.Lifecycle{LifecycleIgnore: profile.Widest, LifecycleEnforce: profile.Enforce} {
		c := Catalog{Lifecycle: lifecycle}
		if got := c.Resolution(today); got.Lifecycle != want || got.Today != today {
			t.Errorf("%s: got %+v", lifecycle, got)
		}
	}
}

func TestPrices(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("prices.yaml", "overrides: [{model: acme.one, input: \"${SLOTS}\", output: 24}]\n")
	write("outcrop.yaml", `
catalog: {models: [{id: acme.one, regions: [us-east-1]}]}
prices:
  unknown: assume
  assume: {input: 1}
  files: [prices.yaml]
  overrides: [{model: acme.one, discount: 50, from: 2026-12-01}]
`)
	c, err := Load(filepath.Join(dir, "outcrop.yaml"), environment)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := catalog.Load(c.Catalog.Overlay)
	if err != nil {
		t.Fatal(err)
	}
	book, err := catalog.NewBook(facts, c.Prices.Options())
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]int64{30: 12_000_000, 31: 6_000_000} {
		q := book.Find(catalog.PriceKey{Model: "acme.one", At: time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC)})
		if got := q.Rates[catalog.Input].Pico; got != want || q.Assume[catalog.Input].Pico != 1_000_000 {
			t.Errorf("November %d: input costs %d pico-dollars by %s, want %d", day, got, q.Override, want)
		}
	}

	for text, want := range map[string]string{
		"overrides: [{model: acme.two, input: 1}, {model: x, input: 1}]\n": `bad.yaml:1:21: overrides[0].model: no model of the catalog is "acme.two" (and 1 more: outcrop prices import shows all)`,
		"overrides: []\n":   "there are no overrides in it",
		"prices: {}\n":      "prices: unknown key; the keys here are overrides",
		"overrides: [{]\n":  "not valid YAML",
		"overrides: hello ": "want a list",
	} {
		write("bad.yaml", text)
		write("outcrop.yaml", "prices: {files: [bad.yaml]}\n")
		if _, err := Load(filepath.Join(dir, "outcrop.yaml"), environment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", text, err, want)
		}
	}
}
