package house

import (
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestProductLeavesEncodingJSONAlone(t *testing.T) {
	for _, s := range sources(t) {
		if s.product() && slices.Contains(s.imports(), "encoding/json") {
			t.Errorf("%s imports encoding/json: use github.com/go-json-experiment/json, which refuses duplicate keys and names the failing value", s.path)
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: construct it where it is wired instead", s.at(f))
			}
		}
	}
}

// In a file that works with testing/synctest time is fake, so there a sleep costs nothing.
func TestTestsNeverSleep(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test || slices.Contains(s.imports(), "testing/synctest") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" && isName(sel.X, "time") {
				t.Errorf("%s: time.Sleep: wait for the event itself, or use testing/synctest", s.at(n))
			}
			return true
		})
	}
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// leaks are texts that belong to somebody's machine and tell a reader nothing. They are put together
// here so that this file does not hold them.
func leaks() []string {
	return []string{
		"/" + "work/", "/" + "root/", "/tmp/" + "brief", "shared" + "/",
		"registry." + "npmjs", "proxy.golang" + ".org",
	}
}

func TestNoMachineLeaksIntoText(t *testing.T) {
	top := root(t)
	for _, name := range files(t) {
		text, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(text) {
			continue // an image or a recorded frame
		}
		for number, line := range strings.Split(string(text), "\n") {
			for _, leak := range leaks() {
				if strings.Contains(line, leak) {
					t.Errorf("%s:%d: %q belongs to one machine; say it without", name, number+1, leak)
				}
			}
		}
	}
}
