package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/provider/simulator"
)

const goodRules = `
rules:
  - name: drill
    when: {region: "us-*", model: "anthropic.*", stream: true, tool-result: false, metadata: {suite: drill}}
    times: 2
    answers:
      - error: {kind: throttling, retry-after: 3s}
      - tools: [{name: find, input: '{"q": "{{last}}"}'}]
        per-event: 10ms
    then: repeat
`

func TestRules(t *testing.T) {
	yes, no, pause := true, false, 10*time.Millisecond
	want := []simulator.Rule{{
		Name: "drill",
		When: simulator.Match{
			Region: "us-*", Model: "anthropic.*", Stream: &yes, ToolResult: &no, Metadata: map[string]string{"suite": "drill"},
		},
		Times: 2,
		Answers: []simulator.Answer{
			{Error: &simulator.Fault{Kind: simulator.Throttling, RetryAfter: 3 * time.Second}},
			{Tools: []simulator.ScriptedTool{{Name: "find", Input: `{"q": "{{last}}"}`}}, PerEvent: &pause},
		},
		Then: simulator.Repeat,
	}}
	same := func(got []simulator.Rule, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
	}
	inside := parse(t, "simulator:"+strings.ReplaceAll(goodRules, "\n", "\n  "))
	same(inside.Simulator.Rules, nil)
	same(inside.Simulator.Settings().Rules, nil)

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "drill.yaml"), []byte(goodRules), 0o600); err != nil {
		t.Fatal(err)
	}
	apart, err := Parse(filepath.Join(dir, "outcrop.yaml"), []byte("simulator: {rules-file: drill.yaml}"), environment)
	if err != nil {
		t.Fatal(err)
	}
	same(apart.Simulator.Rules, nil)
	same(LoadRules(filepath.Join(dir, "drill.yaml"), environment))
}

// Both files are told of, each with its own places.
func TestFaultsOfARulesFile(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	for _, test := range []struct {
		name, config, rules string
		want                []string
	}{
		{
			"both files", "region: us-earth-1\nsimulator: {rules-file: rules.yaml}", "rules:\n  - when: {region: mars-1}\n  - answer: {}\n",
			[]string{"outcrop.yaml:1:9: region: ", "rules.yaml:2:5: rules[0]: a rule needs an answer", "rules.yaml:2:20: rules[0].when.region: ", "rules.yaml:3:13: rules[1].answer: the answer is empty"},
		},
		{"no such file", "simulator: {rules-file: none.yaml}", "", []string{"outcrop.yaml:1:25: simulator.rules-file: cannot read the rules", "no such file"}},
		{"rules twice", "simulator: {rules-file: rules.yaml, rules: [{answer: {text: a}}]}", "", []string{"simulator.rules-file: the rules stand in this file or"}},
		{"another document", "simulator: {rules-file: rules.yaml}", "simulator: {}", []string{"rules.yaml:1:1: simulator: unknown key; the keys here are rules"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := os.WriteFile(rules, []byte(test.rules), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Parse(filepath.Join(dir, "outcrop.yaml"), []byte(test.config), environment)
			var faults *strict.Error
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not among the faults:\n%v", want, err)
				}
			}
		})
	}
	if err := os.WriteFile(rules, []byte("rules: [{answer: {}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadRules(rules, environment); err == nil || !strings.Contains(err.Error(), "rules.yaml:1:18: rules[0].answer: the answer is empty") {
		t.Errorf("LoadRules: %v", err)
	}
	if _, err := LoadRules(filepath.Join(dir, "none.yaml"), environment); err == nil {
		t.Error("a file that is not there was read")
	}
}
