package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// drill is one section of the guide to the simulator: rules, and what the commands said.
type drill struct{ name, rules, transcript string }

var fence = regexp.MustCompile("(?ms)^### ([^\n]*)$|^```(yaml|console)\n(.*?)^```$")

func drills(t *testing.T) (found []drill) {
	t.Helper()
	guide, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllStringSubmatch(string(guide), -1) {
		switch last := len(found) - 1; {
		case m[1] != "":
			found = append(found, drill{name: m[1]})
		case last < 0: // before the first drill
		case m[2] == "yaml":
			found[last].rules += m[3]
		case strings.HasPrefix(m[3], "$ outcrop "):
			found[last].transcript += m[3]
		}
	}
	return found
}

var (
	word     = regexp.MustCompile(`"[^"]*"|\S+`)
	duration = regexp.MustCompile(` · [0-9.]+m?s\b`)
)

// replay runs the commands of a transcript and writes what they say in between.
func (s *running) replay(t *testing.T, transcript string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(transcript) {
		command, ok := strings.CutPrefix(line, "$ outcrop ")
		if !ok {
			continue
		}
		out.WriteString(line)
		args := word.FindAllString(command, -1)
		for i := range args {
			args[i] = strings.Trim(args[i], `"`)
		}
		args = append(args, "--data", s.dir)
		if err := run(t.Context(), args, none, strings.NewReader(""), &out, &out); err != nil {
			fmt.Fprintln(&out, "outcrop:", err)
		}
	}
	return out.String()
}

// What the guide shows is what happens.
func TestGuideToTheSimulator(t *testing.T) {
	all := drills(t)
	if len(all) != 5 {
		t.Fatalf("found %d drills, want 5", len(all))
	}
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			rules := filepath.Join(t.TempDir(), "rules.yaml")
			if err := os.WriteFile(rules, []byte(d.rules), 0o600); err != nil {
				t.Fatal(err)
			}
			s := serveHere(t, fmt.Sprintf("simulator: {rules-file: %q}", rules))
			got := s.replay(t, d.transcript)
			timeless := func(s string) string { return duration.ReplaceAllString(s, " · TIME") }
			if diff := cmp.Diff(timeless(d.transcript), timeless(got)); diff != "" {
				t.Errorf("(-guide +run):\n%s", diff)
			}
			s.stop()
			if err := <-s.ended; err != nil {
				t.Errorf("the server ended with %v", err)
			}
		})
	}
}

// A rules file with faults stops the server from starting, and check from being content.
func TestFaultsOfRulesAreShown(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"outcrop.yaml": "simulator: {rules-file: rules.yaml}\n",
		"rules.yaml":   "rules:\n  - answer: {txt: hello}\n  - when: {model: anthropic.claude-9}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "outcrop.yaml")
	for _, command := range []string{"check", "serve"} {
		err := run(t.Context(), []string{command, "--config", config}, none, strings.NewReader(""), io.Discard, io.Discard)
		for _, want := range []string{"rules.yaml:2:14: rules[0].answer.txt: unknown key; did you mean \"text\"?", "rules.yaml:3:5: rules[1]: a rule needs an answer", "rules.yaml:3:19: rules[1].when.model: no model has the id"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q in it", command, err, want)
			}
		}
	}
}
