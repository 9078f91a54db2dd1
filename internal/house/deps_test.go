package house

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// licences are those a dependency may have, in the words of SPDX.
var licences = map[string]bool{
	"MIT": true, "BSD-2-Clause": true, "BSD-3-Clause": true, "Apache-2.0": true, "ISC": true, "MPL-2.0": true,
}

func TestEveryDependencyHasAReason(t *testing.T) {
	reasons := dependencyReasons(t)
	used := map[string]bool{}
	for _, name := range files(t) {
		if path.Base(name) != "go.mod" {
			continue
		}
		for _, dep := range directRequires(t, name) {
			used[dep] = true
			if _, ok := reasons[dep]; !ok && !strings.HasPrefix(dep, module) {
				t.Errorf("%s requires %s, which has no line in deps.md: add one with its licence and what it is for", name, dep)
			}
		}
	}
	for dep, line := range reasons {
		if !used[dep] {
			t.Errorf("deps.md lists %s, which no go.mod requires directly: remove the line", dep)
		}
		if !licences[line.licence] {
			t.Errorf("deps.md: %s has the licence %q, which is not one of those agreed on", dep, line.licence)
		}
		if len(strings.Fields(line.reason)) < 3 {
			t.Errorf("deps.md: %s needs a reason of a few words, has %q", dep, line.reason)
		}
	}
}

// reason is one line of deps.md.
type reason struct{ licence, reason string }

// dependencyReasons reads the tables of deps.md: module, licence, what it is for.
func dependencyReasons(t *testing.T) map[string]reason {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "deps.md"))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]reason{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "/") && !strings.Contains(cells[1], ".") {
			continue
		}
		reasons[strings.Trim(cells[1], " `")] = reason{strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])}
	}
	if len(reasons) == 0 {
		t.Fatal("deps.md: no table of module, licence and reason found")
	}
	return reasons
}

// directRequires lists the modules a go.mod names without the remark "indirect".
func directRequires(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	var deps []string
	block := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "require (":
			block = true
			continue
		case line == ")":
			block = false
			continue
		}
		single, isSingle := strings.CutPrefix(line, "require ")
		if (!block && !isSingle) || strings.HasSuffix(line, "// indirect") {
			continue
		}
		if fields := strings.Fields(single); len(fields) >= 2 {
			deps = append(deps, fields[0])
		}
	}
	return deps
}
