package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/apikey"
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/server"
	rights "github.com/outcrop/outcrop/internal/service/access"
	"github.com/outcrop/outcrop/internal/service/credentials"
	"github.com/outcrop/outcrop/internal/session"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// BenchmarkAuthorize is what it takes to know who sends a Converse call and whether it may: the credential checked over a
// body of 1 kB, the application profile resolved, and the right judged on the profile and on the model in each of its
// three regions, by two levels of service control policies, a boundary and three identity policies with conditions.
func BenchmarkAuthorize(b *testing.B) {
	for _, credential := range []string{"access key", "session", "short-term API key"} {
		b.Run(strings.ReplaceAll(credential, " ", "-"), func(b *testing.B) { benchmarkAuthorize(b, credential) })
	}
}

func benchmarkAuthorize(b *testing.B, credential string) {
	y := newYard(b)
	r, body := y.request(b, credential)
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		if err := y.admit(r, body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op")
}

// processorTime is what the process has used of its processors: what counts on a machine that others use too.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const (
	benchAccount arn.Account = "444455556666"
	benchTeam    string      = "abcdefghijkl"
)

// yard is one member account with one user and one application profile, and all that decides on calls.
type yard struct {
	people  *directory.Snapshot
	ring    *seal.Ring
	facts   *catalog.Catalog
	apps    *profile.Snapshot
	control *rights.Control
	checks  []server.Authenticator
}

type (
	fixedPeople   struct{ now *directory.Snapshot }
	fixedProfiles struct{ now *profile.Snapshot }
)

func (f fixedPeople) Snapshot() *directory.Snapshot { return f.now }
func (f fixedProfiles) Snapshot() *profile.Snapshot { return f.now }

func newYard(b *testing.B) *yard {
	b.Helper()
	facts, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		b.Fatal(err)
	}
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		b.Fatal(err)
	}
	y := &yard{people: benchPeople(b), ring: ring, facts: facts, apps: profile.NewSnapshot(facts, profile.Options{})}
	y.apps = y.apps.Put(&profile.Application{
		ID: benchTeam, Account: benchAccount, Region: "us-east-1", Tags: map[string]string{"team": "search"},
		Source: arn.InferenceProfile(arn.AWS, "us-east-1", benchAccount, "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
	})
	y.control = rights.New(rights.Options{Directory: fixedPeople{y.people}, Profiles: fixedProfiles{y.apps}})
	known := regions(facts)
	y.checks = authenticators(credentials.New(fixedPeople{y.people}, ring, known), "us-east-1", known)
	return y
}

// benchPeople is an organisation of two accounts; the second has a user with a boundary and three policies.
func benchPeople(b *testing.B) *directory.Snapshot {
	b.Helper()
	empty, err := directory.New()
	if err != nil {
		b.Fatal(err)
	}
	founded, err := directory.Found("o-abcdefghij", "r-abcd", &directory.Member{ID: firstAccount, Name: "main"}, someday)
	if err != nil {
		b.Fatal(err)
	}
	near, err := directory.NewDocument(policy.ServiceControl, "near", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"bedrock:*","Resource":"*",
		"Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","us-east-2","us-west-2","unspecified"]}}}}`)
	if err != nil {
		b.Fatal(err)
	}
	user := &directory.User{
		Account: benchAccount, Name: "ann", Path: "/", ID: "AIDAABCDEFGHIJKLMNOPQ", Tags: identity.Tags{{Key: "team", Value: "search"}},
		AccessKeys: []directory.AccessKey{{ID: "AKIAIOSFODNN7EXAMPLE", Secret: identity.NewSecret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Active: true}},
	}
	user.Boundary = "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
	user.Attached = []string{"arn:aws:iam::aws:policy/AmazonBedrockReadOnly"}
	for name, statement := range map[string]string{
		"call": `{"Effect":"Allow","Action":["bedrock:InvokeModel*","bedrock:CallWithBearerToken"],"Resource":"*","Condition":{"StringEqualsIfExists":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}`,
		"late": `{"Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2100-01-01T00:00:00Z"},"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`,
	} {
		inline, err := directory.NewInline(name, `{"Version":"2012-10-17","Statement":[`+statement+`]}`)
		if err != nil {
			b.Fatal(err)
		}
		user.Inline = append(user.Inline, inline)
	}
	full, _ := empty.With(founded...).ControlPolicy(directory.FullAWSAccess)
	attached := *full
	attached.Targets = append([]string{string(benchAccount)}, full.Targets...)
	return empty.With(append(founded,
		directory.Put(&directory.Member{ID: benchAccount, Name: "lab", Parent: "r-abcd", Status: directory.Active}),
		directory.Put(&attached), directory.Put(user),
		directory.Put(&directory.ControlPolicy{ID: "p-near", Name: "near", Document: near, Targets: []string{"r-abcd"}}),
	)...)
}

// request is a Converse call of the application profile with one kind of credential.
func (y *yard) request(b *testing.B, credential string) (*http.Request, []byte) {
	b.Helper()
	body := fmt.Appendf(nil, `{"messages":[{"role":"user","content":[{"text":%q}]}]}`, strings.Repeat("What is an outcrop? ", 50))
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/model/"+url.PathEscape(y.profile())+"/converse", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	key, _ := y.people.AccessKey("AKIAIOSFODNN7EXAMPLE")
	now := time.Now()
	switch credential {
	case "short-term API key":
		r.Header.Set("Authorization", "Bearer "+apikey.ShortTerm(key, "", "us-east-1", time.Hour, now).Reveal())
		return r, body
	case "session":
		key.ID, key.Principal.AccessKeyID = "ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
		key.Principal.Session = &identity.Session{Issued: now, Expires: now.Add(time.Hour)}
		token, err := session.Codec{Ring: y.ring}.Token(&session.Grant{Key: key, IssuerID: key.Principal.UserID})
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("X-Amz-Security-Token", token)
	}
	sigv4.Sign(r, body, key, "us-east-1", "bedrock", now)
	return r, body
}

func (y *yard) profile() string {
	return arn.ApplicationProfile(arn.AWS, "us-east-1", benchAccount, benchTeam).String()
}

// admit finds out who sends a request and decides whether it may run.
func (y *yard) admit(r *http.Request, body []byte) error {
	now := time.Now()
	check := y.checks[1]
	if y.checks[0].Claims(r) {
		check = y.checks[0]
	}
	who, err := check.Authenticate(r, body, now)
	if err != nil {
		return err
	}
	target, err := y.apps.Resolve(who.Principal.Account, who.Region, y.profile())
	if err != nil {
		return err
	}
	return y.control.Authorize(&gateway.Call{
		Principal: who.Principal, Source: who.Region, Operation: "Converse", Identifier: y.profile(), Arrived: now,
	}, target)
}
