package config

import (
	"errors"
	"os"
	"testing"

	"github.com/outcrop/outcrop/internal/config/strict"
)

// Whatever the text, a scenario is a good one or has faults that lie within it.
func FuzzScenario(f *testing.F) {
	burst, err := os.ReadFile("../../docs/simulate/burst.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(burst))
	for _, seed := range []string{
		"", "simulate:\n", "simulate: {calls: {file: x.csv, generate: {for: 1s}}}", "simulate: {upstreams: [{region: '[', jitter: .nan}]}",
		"simulate: {start: 2026-13-01, compare: [{name: a}, {name: a, policy: x, queue: {length: -1}}]}",
		"simulate: {brown-outs: [{from: 1m, to: 1s, kind: flood, share: 2}], cache: {share: -1}}",
		"simulate: {calls: {generate: {for: 100h, rate: 1e6, arrivals: poisson, input: {median: 1, p95: 0}}}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		s := DefaultScenario()
		err := s.parse("s.yaml", []byte(src), func(string) (string, bool) { return "", false })
		var faults *strict.Error
		if err != nil && (!errors.As(err, &faults) || len(faults.Faults) == 0) {
			t.Errorf("%q: %v", src, err)
		}
		if err == nil {
			s.Simulate.Check(func(path, message string) { t.Errorf("%q is good, and yet %s: %s", src, path, message) })
		}
	})
}
