package compare

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{7}, 7}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	g := Grid{{"program", "µs"}, {"a", "65.0"}, {"bee", "7.1"}}
	const want = "| program |   µs |\n| --- | ---: |\n| a       | 65.0 |\n| bee     |  7.1 |\n"
	if got := g.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRewriteKeepsThePageAround(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# Before\n" + begin + "old\n" + end + "after\n")
	for range 2 { // writing twice is writing once
		if err := Rewrite(path, "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if want := "# Before\n" + begin + "\nnew\n\n" + end + "after\n"; err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	write("# No markers\n")
	if err := Rewrite(path, "new\n"); err == nil {
		t.Error("a page without markers was rewritten")
	}
}
