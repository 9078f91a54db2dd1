package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write what commands print into the documents that show it")

// transcript is a command of docs/simulate.md and what it prints.
var transcript = regexp.MustCompile("(?s)```console\n\\$ outcrop (simulate [^\n]*)\n(.*?)```\n")

// Every table and picture of docs/simulate.md is what its command makes.
func TestSimulateGuide(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the figures are those of amd64: processors that fuse multiplications and additions round otherwise")
	}
	const guide = "../../docs/simulate.md"
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	found := transcript.FindAllSubmatch(text, -1)
	if len(found) < 2 {
		t.Fatalf("%d transcripts in %s", len(found), guide)
	}
	for _, m := range found {
		command, want := string(m[1]), string(m[2])
		t.Run(command, func(t *testing.T) {
			got := simulateHere(t, command)
			if *rewrite {
				text = bytes.Replace(text, m[0], []byte("```console\n$ outcrop "+command+"\n"+got+"```\n"), 1)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-guide +command), -rewrite accepts it:\n%s", diff)
			}
		})
	}
	if *rewrite {
		if err := os.WriteFile(guide, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// simulateHere runs a command as from the top of the tree, and holds the picture it makes against the one there.
func simulateHere(t *testing.T, command string) string {
	t.Helper()
	args, picture := strings.Fields(command), ""
	for i, a := range args {
		if strings.HasPrefix(a, "docs/") {
			args[i] = filepath.Join("../..", a)
		}
		if i > 0 && args[i-1] == "--report" {
			picture, args[i] = args[i], filepath.Join(t.TempDir(), filepath.Base(a))
		}
	}
	made := args[len(args)-1]
	var out, log strings.Builder
	if err := run(context.Background(), args, none, strings.NewReader(""), &out, &log); err != nil {
		t.Fatal(err)
	}
	if picture == "" {
		return out.String()
	}
	got, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(picture, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if want, err := os.ReadFile(picture); err != nil || !bytes.Equal(want, got) {
		t.Errorf("%s is not what the command draws (%v), -rewrite accepts it", picture, err)
	}
	return out.String()
}
