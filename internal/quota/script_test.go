package quota

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
)

var rewrite = flag.Bool("rewrite", false, "write what the code says into the scripts")

// TestScripts runs testdata/*.txt. A script is lines of commands, each followed by its outcome on indented lines:
//
//	policy YAML            the policy from here on, in one line; what has been used stays
//	at TIME                the time from here on, since the start of the script
//	call NAME WORD...      reserve, for a model from a region: scope, tokens=N, app=NAME, tag=KEY=VALUE, by=PRINCIPAL
//	settle NAME N          end a call that used N tokens
//	release NAME           end a call that was never tried
//	uses                   list what is used of every limit
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(b))
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

// stage is what a script works on.
type stage struct {
	t     *testing.T
	facts *catalog.Catalog
	book  *Book
	now   time.Duration
	calls map[string]*Hold
	apps  map[string]*profile.Application
}

func runScript(t *testing.T, text string) string {
	facts := load(t)
	s := &stage{
		t: t, facts: facts, calls: map[string]*Hold{}, apps: map[string]*profile.Application{},
		book: NewBook("111122223333", NewRules(facts, Policy{Enforce: true, Defaults: EnforceThose})),
	}
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
		verb, rest, _ := strings.Cut(line, " ")
		for o := range strings.Lines(s.do(verb, rest)) {
			out.WriteString("  " + o)
		}
	}
	return out.String()
}

func (s *stage) do(verb, rest string) string {
	w := strings.Fields(rest)
	switch verb {
	case "policy":
		return s.policy(rest)
	case "at":
		s.now = duration(s.t, rest)
	case "call":
		return s.call(w[0], w[1:])
	case "settle":
		h := s.held(w[0])
		s.book.Settle(s.now, h, number(s.t, w[1]))
		return leftText(s.book.Left(s.now, h))
	case "release":
		h := s.held(w[0])
		s.book.Release(s.now, h)
		return leftText(s.book.Left(s.now, h))
	case "uses":
		return s.uses()
	default:
		s.t.Fatalf("no command %q", verb)
	}
	return ""
}

func (s *stage) policy(text string) string {
	p := Policy{Enforce: true, Defaults: Off}
	if err := yaml.UnmarshalWithOptions([]byte(text), &p, yaml.Strict()); err != nil {
		s.t.Fatal(err)
	}
	var faults strings.Builder
	Check(&p, func(path, message string) { fmt.Fprintf(&faults, "%s: %s\n", path, message) })
	if faults.Len() == 0 {
		s.book.SetRules(NewRules(s.facts, p))
	}
	return faults.String()
}

func (s *stage) call(name string, words []string) string {
	c, tokens := Call{Source: "us-east-1", Model: model(s.t, s.facts, nova)}, int64(0)
	app := &profile.Application{Account: "111122223333", Region: "us-east-1", Tags: map[string]string{}}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "geo":
			c.Scope = profile.Geo
		case "global":
			c.Scope = profile.Global
		case "model":
			c.Model = model(s.t, s.facts, value)
		case "from":
			c.Source = arn.Region(value)
		case "tokens":
			tokens = number(s.t, value)
		case "app":
			app.Name, app.ID = value, "id"+value
		case "tag":
			k, v, _ := strings.Cut(value, "=")
			app.Tags[k] = v
		case "by":
			c.Principal = "arn:aws:iam::111122223333:" + value
		default:
			s.t.Fatalf("no word %q", word)
		}
	}
	if app.Name != "" {
		c.Application = app
	}
	h := &Hold{}
	if r := s.book.Reserve(s.now, &c, tokens, h); r != nil {
		return fmt.Sprintf("%s\n%s\n", r.Fault().Message, r)
	}
	s.calls[name] = h
	text := leftText(s.book.Left(s.now, h))
	if h.Exceeded != nil {
		text += "would be refused: " + h.Exceeded.String() + "\n"
	}
	return text
}

func (s *stage) held(name string) *Hold {
	h := s.calls[name]
	if h == nil {
		s.t.Fatalf("no call %q runs", name)
	}
	return h
}

func (s *stage) uses() string {
	var lines []string
	for u := range s.book.Uses(s.now) {
		line := fmt.Sprintf("%d of %d %s of %s", u.Used, u.Limit.Max, u.Measure, u.Subject)
		if u.Reset > 0 {
			line += ", free in " + u.Reset.String()
		}
		if u.Limit.Watched {
			line += ", watched"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(append(lines, ""), "\n")
}

// leftText is what a caller would read in headers.
func leftText(l Left) string {
	var b strings.Builder
	b.WriteString("taken")
	for i, r := range []Room{l.Requests, l.Tokens, l.DayTokens} {
		if r.Limited {
			fmt.Fprintf(&b, "; %d of %d %s", r.Remaining, r.Limit, []string{"requests", "tokens", "tokens a day"}[i])
			if r.Reset > 0 {
				fmt.Fprintf(&b, " (all in %s)", r.Reset)
			}
		}
	}
	return b.String() + "\n"
}

const nova = "amazon.nova-lite-v1:0"

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func model(t testing.TB, c *catalog.Catalog, id string) *catalog.Model {
	t.Helper()
	m, ok := c.Model(id)
	if !ok {
		t.Fatalf("no model %q", id)
	}
	return m
}

func duration(t testing.TB, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
