package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// module is the path of the shipped module; the modules beside it live below it.
const module = "github.com/outcrop/outcrop"

// source is one Go file of the repository, parsed.
type source struct {
	path      string // from the root, with slashes: "internal/arn/arn.go"
	dir       string // "internal/arn"
	file      *ast.File
	fset      *token.FileSet
	lines     int
	test      bool
	generated bool
}

// product reports whether the file ends up in what a user runs.
func (s source) product() bool {
	return !s.test && (strings.HasPrefix(s.path, "internal/") || strings.HasPrefix(s.path, "cmd/"))
}

// at is the place of n as "path:line".
func (s source) at(n ast.Node) string {
	p := s.fset.Position(n.Pos())
	p.Filename, p.Column = s.path, 0
	return p.String()
}

// imports are the import paths of the file.
func (s source) imports() []string {
	paths := make([]string, 0, len(s.file.Imports))
	for _, spec := range s.file.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, `"`))
	}
	return paths
}

// root is the folder of the shipped module, found from the folder the test runs in.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module "+module+"\n") {
		t.Fatalf("%s is not the root of %s (error: %v)", dir, module, err)
	}
	return dir
}

// skipped are folders that hold nothing written here.
func skipped(name string) bool {
	switch name {
	case ".git", "bin", "dist", "node_modules", "outcrop-data", "vendor", "__pycache__":
		return true
	}
	return false
}

// files lists every file below the root that is ours, from the root, with slashes.
func files(t *testing.T) []string {
	t.Helper()
	top := root(t)
	var paths []string
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(d.Name()):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(top, name)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// sources parses every Go file of the repository, in all of its modules.
func sources(t *testing.T) []source {
	t.Helper()
	top, fset := root(t), token.NewFileSet()
	var all []source
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			continue
		}
		file, err := parser.ParseFile(fset, filepath.Join(top, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{
			path: name, dir: path.Dir(name), file: file, fset: fset,
			lines:     fset.File(file.Pos()).LineCount(),
			test:      strings.HasSuffix(name, "_test.go"),
			generated: ast.IsGenerated(file),
		})
	}
	if len(all) == 0 {
		t.Fatal("no Go file found: the tests would prove nothing")
	}
	return all
}
