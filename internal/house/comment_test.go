package house

import (
	"strings"
	"testing"
)

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	comments := map[string][]source{} // by folder, the files that carry a package comment
	names := map[string]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		names[s.dir] = s.file.Name.Name
		if s.file.Doc != nil {
			comments[s.dir] = append(comments[s.dir], s)
		}
	}
	for dir, name := range names {
		switch found := comments[dir]; len(found) {
		case 0:
			t.Errorf("%s: no package comment; begin one of its files with “// Package %s …” and say what it is for", dir, name)
		case 1:
			checkComment(t, found[0])
		default:
			t.Errorf("%s: package comments in both %s and %s; keep one", dir, found[0].path, found[1].path)
		}
	}
}

// checkComment demands that the first sentence names the package and then says something.
func checkComment(t *testing.T, s source) {
	t.Helper()
	text := s.file.Doc.Text()
	want := "Package " + s.file.Name.Name + " "
	if s.file.Name.Name == "main" {
		want = "Command "
	}
	if !strings.HasPrefix(text, want) {
		t.Errorf("%s: the package comment must begin with %q", s.at(s.file.Doc), want)
		return
	}
	sentence, _, ended := strings.Cut(strings.ReplaceAll(text, "\n", " ")+" ", ". ")
	if words := len(strings.Fields(sentence)); !ended || words < 5 {
		t.Errorf("%s: the first sentence must say what the package is for and end with a full stop: %q", s.at(s.file.Doc), sentence)
	}
}
