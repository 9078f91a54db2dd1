package iam_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/lastuse"
)

var rewrite = flag.Bool("rewrite", false, "write what the code says into the scripts")

// TestScripts runs testdata/*.txt. A script is lines of commands, each followed by its outcome on indented lines:
//
//	let NAME TEXT             from here on $NAME is the text, in commands and in outcomes
//	keep NAME PATH            likewise what stands at a path of the last answer
//	as ACCOUNT [USER]         who calls from here on: the root user of an account, or a user
//	session ACCOUNT ROLE      likewise a session of a role
//	used ID SERVICE REGION    a credential was used a minute ago
//	restart                   forget everything but the store
//	OPERATION NAME=VALUE …    call an operation; in a value + is a space
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{node: newNode(t), who: root(management), names: map[string]string{}}
			got := s.run(string(b))
			if *rewrite {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(b), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", f, diff)
			}
		})
	}
}

type script struct {
	*node
	who   identity.Principal
	names map[string]string
	order []string // of names, the latest first
	last  []leaf
}

// run returns the script with the outcomes as they are.
func (s *script) run(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue // the outcome of an earlier run
		}
		out.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for o := range strings.Lines(s.command(line)) {
			out.WriteString("  " + o)
		}
	}
	return out.String()
}

func (s *script) command(line string) string {
	verb, rest, _ := strings.Cut(line, " ")
	w := append(strings.Fields(rest), "", "", "")
	switch verb {
	case "let":
		_, text, _ := strings.Cut(rest, " ")
		s.let(w[0], text)
	case "keep":
		s.let(w[0], s.at(w[1]))
	case "as":
		s.as(arn.Account(w[0]), w[1])
	case "session":
		s.as(arn.Account(w[0]), "")
		now := s.people.Snapshot()
		who, ok := now.Principal("arn:aws:sts::" + w[0] + ":assumed-role/" + w[1] + "/s")
		if !ok {
			s.t.Fatalf("%s: no such role", line)
		}
		s.who = who
	case "used":
		s.used[s.expand(w[0])] = lastuse.Use{At: s.now.Truncate(time.Second).Add(-time.Minute), Service: w[1], Region: arn.Region(w[2])}
	case "restart":
		s.restart()
	default:
		return s.operation(verb, rest)
	}
	return ""
}

func (s *script) let(name, text string) {
	if text == "" {
		s.t.Fatalf("$%s is nothing", name)
	}
	s.names[name] = text
	s.order = append([]string{name}, s.order...)
}

func (s *script) at(path string) string {
	for _, l := range s.last {
		if l.path == path {
			return l.text
		}
	}
	s.t.Fatalf("the last answer has no %s", path)
	return ""
}

func (s *script) as(account arn.Account, user string) {
	if s.who = root(account); user == "" {
		return
	}
	a, _ := s.people.Snapshot().Account(account)
	u, ok := a.User(user)
	if !ok {
		s.t.Fatalf("no user %s", user)
	}
	s.who, _ = s.people.Snapshot().Principal(u.ARN())
}

func (s *script) expand(text string) string {
	for _, name := range s.order {
		text = strings.ReplaceAll(text, "$"+name, s.names[name])
	}
	return text
}

func (s *script) operation(name, rest string) string {
	form := url.Values{}
	for _, field := range strings.Fields(rest) {
		key, value, _ := strings.Cut(field, "=")
		form.Set(key, strings.ReplaceAll(s.expand(strings.ReplaceAll(value, "+", " ")), "%2B", "+"))
	}
	status, body := s.post(s.who, name, form)
	s.last = flatten(s.t, body)
	if status != 200 {
		var code, message string
		for _, l := range s.last {
			switch l.path {
			case "Code":
				code = l.text
			case "Message":
				message = l.text
			}
		}
		return fmt.Sprintf("%d %s: %s\n", status, code, s.masked(message))
	}
	var out strings.Builder
	for _, l := range s.last {
		text := l.text
		if random.MatchString(l.path) {
			fmt.Fprintf(&out, "%s …\n", l.path)
			continue
		}
		if plain, err := url.PathUnescape(text); err == nil && strings.HasPrefix(text, "%7B") {
			text = "escaped " + strings.Join(strings.Fields(plain), " ")
		}
		fmt.Fprintf(&out, "%s\n", strings.TrimRight(l.path+" "+s.masked(text), " "))
	}
	return out.String()
}

// What is drawn at random, or follows from it: by its form, and by the place where it stands.
var (
	randomID = regexp.MustCompile(`\b(AIDA|AGPA|AROA|ANPA|AKIA|ACCA)[A-Z2-7]{16,17}\b`)
	random   = regexp.MustCompile(`(^Marker|Secret|SecretAccessKey)$`)
)

// masked puts names in the place of what they stand for, and dots in that of what is random.
func (s *script) masked(text string) string {
	for _, name := range s.order {
		text = strings.ReplaceAll(text, s.names[name], "$"+name)
	}
	return randomID.ReplaceAllString(text, "$1…")
}
