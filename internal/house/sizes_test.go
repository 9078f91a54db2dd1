package house

import (
	"go/ast"
	"testing"
)

// The hard limits. AGENTS.md asks for half of the first two; a file that outgrows these is two files.
const (
	maxFileLines      = 800
	maxFunctionLines  = 100
	maxInterfaceWidth = 9
)

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, the limit is %d: a file holds one idea", s.path, s.lines, maxFileLines)
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				checkFunction(t, s, n)
			case *ast.TypeSpec:
				checkInterface(t, s, n)
			}
			return true
		})
	}
}

// checkFunction leaves tests alone: a table of cases may be long.
func checkFunction(t *testing.T, s source, f *ast.FuncDecl) {
	t.Helper()
	lines := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
	if !s.test && lines > maxFunctionLines {
		t.Errorf("%s: %s has %d lines, the limit is %d", s.at(f), f.Name.Name, lines, maxFunctionLines)
	}
}

func checkInterface(t *testing.T, s source, spec *ast.TypeSpec) {
	t.Helper()
	if i, ok := spec.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxInterfaceWidth {
		t.Errorf("%s: interface %s has %d methods, the limit is %d: split it by who calls it",
			s.at(spec), spec.Name.Name, i.Methods.NumFields(), maxInterfaceWidth)
	}
}
