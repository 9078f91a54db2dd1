package config

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChanged(t *testing.T) {
	parse := func(src string) *Config {
		t.Helper()
		c, err := Parse(filepath.Join(t.TempDir(), "outcrop.yaml"), []byte(src), func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		c.Data = "d"
		return c
	}
	const vllm = "providers: [{name: v, type: openai, url: 'http://127.0.0.1:1/v1', api-key: k}]\n"
	for _, c := range []struct {
		name, before, now string
		changed, fixed    []string
	}{
		{"nothing", vllm, vllm, nil, nil},
		{"another order of keys", "region: eu-west-1\nlisten: :1\n", "listen: :1\nregion: eu-west-1", nil, nil},
		{"one key of a section", "", "limits: {body: 1MB, body-timeout: 1s}", []string{"limits.body", "limits.body-timeout"}, nil},
		{"a secret alone", vllm, "providers: [{name: v, type: openai, url: 'http://127.0.0.1:1/v1', api-key: other}]", []string{"providers"}, nil},
		{"a list", vllm, vllm + "deployments: [{model: 'meta.*', provider: v}]", []string{"deployments"}, nil},
		{"prices, quotas, routing, simulator", "", "prices: {unknown: deny}\nquotas: {enforce: false}\nrouting: {policy: sticky}\nsimulator: {seed: 2}", []string{
			"routing.policy", "simulator.seed", "quotas.enforce", "prices.unknown",
		}, nil},
		{"rules", "", "simulator: {rules: [{name: r, answer: {text: hi}}]}", []string{"simulator.rules"}, nil},
		{
			"what holds until the next start", "", "listen: :1\nlimits: {header-timeout: 1s}\nrouting: {explain: 5}\nlog: {level: warn, format: json}",
			[]string{"listen", "log.level", "log.format", "limits.header-timeout", "routing.explain"},
			[]string{"listen", "log.format", "limits.header-timeout", "routing.explain"},
		},
		{"own profiles and own models", "", "catalog:\n  models: [{id: a.b, regions: [us-east-1]}]\n  profiles: [{id: c.a.b, model: a.b, regions: [us-east-1]}]", []string{"catalog.models", "catalog.profiles"}, []string{"catalog.models"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := Changed(parse(c.before), parse(c.now))
			if diff := cmp.Diff(c.changed, changed); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.fixed, Fixed(changed)); diff != "" {
				t.Errorf("fixed (-want +got):\n%s", diff)
			}
		})
	}
}
