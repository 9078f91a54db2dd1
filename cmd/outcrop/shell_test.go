package main

import (
	"os/exec"
	"testing"

	"pgregory.net/rapid"
)

func TestAssignments(t *testing.T) {
	for _, tt := range []struct{ shell, value, want string }{
		{"sh", "http://127.0.0.1:8080", "export X=http://127.0.0.1:8080"},
		{"sh", "", "export X=''"},
		{"sh", "it's", `export X='it'\''s'`},
		{"fish", "it's", `set -gx X 'it\'s'`},
		{"fish", `a\`, `set -gx X 'a\\'`},
		{"powershell", "it's", "$env:X = 'it''s'"},
	} {
		if got := assignment(tt.shell, "X", tt.value); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.shell, got, tt.want)
		}
	}
}

// The shell itself says what a quoted value means.
func TestShellReadsBackWhatIsQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[ -~\n]{0,20}`).Draw(t, "value")
		out, err := exec.Command("sh", "-c", assignment("sh", "X", value)+`; printf %s "$X"`).Output()
		if err != nil || string(out) != value {
			t.Fatalf("got %q and error %v, want %q", out, err, value)
		}
	})
}

func TestReachable(t *testing.T) {
	for listening, want := range map[string]string{
		"http://127.0.0.1:8080": "http://127.0.0.1:8080",
		"http://[::]:8080":      "http://127.0.0.1:8080",
		"http://0.0.0.0:1":      "http://127.0.0.1:1",
		"http://[::1]:8080":     "http://[::1]:8080",
		"http://10.0.0.1:80":    "http://10.0.0.1:80",
	} {
		if got := reachable(listening); got != want {
			t.Errorf("%s: got %s, want %s", listening, got, want)
		}
	}
}
