package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// row is one row of the layer table in AGENTS.md, which is the data of this test.
type row struct {
	name     string
	packages []string // "arn", "awsapi/…", "cmd/outcrop"
}

// holds reports whether the folder dir belongs to the row.
func (r row) holds(dir string) bool {
	dir = strings.TrimPrefix(dir, "internal/")
	for _, p := range r.packages {
		tree, whole := strings.CutSuffix(p, "/…")
		if dir == tree || whole && strings.HasPrefix(dir, tree+"/") {
			return true
		}
	}
	return false
}

// quoted matches one package in a cell of the table.
var quoted = regexp.MustCompile("`([^`]+)`")

// layers reads the table, the lowest row first.
func layers(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "AGENTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Layers\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []row
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		r := row{name: strings.TrimSpace(cells[1])}
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			r.packages = append(r.packages, m[1])
		}
		if len(r.packages) > 0 && r.name != "row" {
			rows = append(rows, r)
		}
	}
	if len(rows) < 3 {
		t.Fatalf("AGENTS.md: found %d rows in the table under “## Layers”, expected at least 3", len(rows))
	}
	return rows
}

// rank is the number of the row that holds dir, or -1.
func rank(rows []row, dir string) int {
	for i, r := range rows {
		if r.holds(dir) {
			return i
		}
	}
	return -1
}

func TestImportsPointDown(t *testing.T) {
	rows := layers(t)
	strangers := map[string]bool{}
	for _, s := range sources(t) {
		if !s.product() || s.dir == "internal/house" {
			continue
		}
		from := rank(rows, s.dir)
		if from < 0 {
			strangers[s.dir] = true
			continue
		}
		for _, imp := range s.imports() {
			dir, ours := strings.CutPrefix(imp, module+"/")
			if !ours {
				continue
			}
			if to := rank(rows, dir); to > from {
				t.Errorf("%s (row %q) imports %s (row %q): a package imports only from its own row or a row above it",
					s.path, rows[from].name, dir, rows[to].name)
			}
		}
	}
	for dir := range strangers {
		t.Errorf("%s stands in no row of the layer table in AGENTS.md: add it to the row whose duty it has", dir)
	}
}

func TestLayerTableHoldsTrees(t *testing.T) {
	r := row{packages: []string{"arn", "awsapi/…", "cmd/outcrop"}}
	for dir, want := range map[string]bool{
		"internal/arn": true, "internal/arnold": false, "internal/arn/deep": false,
		"internal/awsapi": true, "internal/awsapi/bedrock": true, "internal/awsapix": false,
		"cmd/outcrop": true, "cmd/other": false,
	} {
		if got := r.holds(dir); got != want {
			t.Errorf("holds(%q) = %v, want %v", dir, got, want)
		}
	}
}

func TestProductImportsNoBesides(t *testing.T) {
	for _, s := range sources(t) {
		for _, imp := range s.imports() {
			for _, beside := range []string{"tools", "e2e", "bench", "internal/house"} {
				own := s.dir == beside || strings.HasPrefix(s.dir, beside+"/")
				if path := module + "/" + beside; !own && (imp == path || strings.HasPrefix(imp, path+"/")) {
					t.Errorf("%s imports %s: %s is for the people who work here and must not reach a user", s.path, imp, beside)
				}
			}
		}
	}
}
