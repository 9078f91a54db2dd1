package access_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/access"
)

const (
	home   = arn.Account("111122223333")
	abroad = arn.Account("444455556666")
	sonnet = "anthropic.claude-3-5-sonnet-20241022-v2:0"
	usOne  = arn.Region("us-east-1")
)

var arrived = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fixed is a directory and a set of profiles that never change.
type (
	fixedDirectory struct{ now *directory.Snapshot }
	fixedProfiles  struct{ now *profile.Snapshot }
)

func (f fixedDirectory) Snapshot() *directory.Snapshot { return f.now }
func (f fixedProfiles) Snapshot() *profile.Snapshot    { return f.now }

var facts = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalog.Overlay{}) })

// house is two accounts, and in the first an application profile over a geographic one.
type house struct {
	t         testing.TB
	directory *directory.Snapshot
	profiles  *profile.Snapshot
	oneGrant  bool
}

const teamID = "abcdefghijkl"

func newHouse(t testing.TB) *house {
	t.Helper()
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	d, err := directory.New()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, directory: d, profiles: profile.NewSnapshot(c, profile.Options{})}
	h.put(&directory.Organization{ID: "o-outcrop0001", Root: "r-out1", Management: home, Created: arrived})
	for _, id := range []arn.Account{home, abroad} {
		h.put(&directory.Member{ID: id, Parent: "r-out1", Status: directory.Active, Created: arrived})
	}
	h.share("")
	return h
}

func (h *house) put(e directory.Entity) {
	h.directory = h.directory.With(directory.Change{Ref: e.Ref(), Entity: e})
}

// share puts the application profile, with a resource policy unless the text is empty.
func (h *house) share(text string) {
	h.t.Helper()
	app := &profile.Application{
		ID: teamID, Account: home, Region: usOne, Tags: map[string]string{"team": "search"},
		Source: arn.InferenceProfile(arn.AWS, usOne, home, "us."+sonnet),
	}
	if text != "" {
		d, err := policy.Parse([]byte(text), policy.Resource)
		if err != nil {
			h.t.Fatal(err)
		}
		app.Policy = &policy.Policy{Name: "resource policy", Document: d}
	}
	h.profiles = h.profiles.Put(app)
}

// user makes a user with one inline policy, which may be empty, and is the principal of that user.
func (h *house) user(account arn.Account, text string, tags ...identity.Tag) identity.Principal {
	h.t.Helper()
	u := &directory.User{Account: account, Name: "ann", Path: "/", ID: "AIDAANN" + string(account), Tags: tags}
	if text != "" {
		inline, err := directory.NewInline("p", text)
		if err != nil {
			h.t.Fatal(err)
		}
		u.Inline = []directory.Inline{inline}
	}
	h.put(u)
	return identity.Principal{Account: account, ARN: u.ARN(), UserID: u.ID, Kind: identity.User, Name: u.Name, Tags: u.Tags}
}

func (h *house) control() *access.Control {
	return access.New(access.Options{Directory: fixedDirectory{h.directory}, Profiles: fixedProfiles{h.profiles}, OneGrant: h.oneGrant})
}

// call makes a call by its identifier; $team stands for the application profile's ARN.
func (h *house) call(who identity.Principal, identifier string) (*gateway.Call, *profile.Target) {
	h.t.Helper()
	identifier = strings.ReplaceAll(identifier, "$team", arn.ApplicationProfile(arn.AWS, usOne, home, teamID).String())
	t, err := h.profiles.Resolve(home, usOne, identifier)
	if err != nil {
		h.t.Fatalf("%s: %v", identifier, err)
	}
	return &gateway.Call{Principal: who, Source: usOne, Operation: "Converse", Identifier: identifier, Arrived: arrived}, t
}

// statement is a policy of one statement: "Allow bedrock:* *", or more words for conditions as JSON.
func statement(text string) string {
	effect, rest, _ := strings.Cut(text, " ")
	action, rest, _ := strings.Cut(rest, " ")
	resource, condition, _ := strings.Cut(rest, " ")
	s := `{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"`
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + "}"
}

// document is a policy of statements, one a line; empty for none.
func document(lines string) string {
	if strings.TrimSpace(lines) == "" {
		return ""
	}
	var all []string
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, statement(line))
		}
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
}
