package awsauth

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
)

func TestMain(m *testing.M) {
	// The SDK keeps idle connections of its own for a while.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

// fakeSTS gives out credentials that last so long, numbered, and keeps what it was asked.
type fakeSTS struct {
	lasts time.Duration

	mu     sync.Mutex // guards the fields below
	asked  []url.Values
	auth   []string
	refuse bool
}

func (f *fakeSTS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked, f.auth = append(f.asked, r.Form), append(f.auth, r.Header.Get("Authorization"))
	if f.refuse {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`)
		return
	}
	_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
		`<AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>%s</Expiration>`+
		`</Credentials></AssumeRoleResult></AssumeRoleResponse>`, len(f.asked), time.Now().Add(f.lasts).UTC().Format(time.RFC3339))
}

func (f *fakeSTS) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

// start gives a source that assumes a role with the key AKIABASE.
func (f *fakeSTS) start(t *testing.T, role Role) *Source {
	t.Helper()
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	role.ARN, role.STS = "arn:aws:iam::999999999999:role/upstream", srv.URL
	s, err := New(t.Context(), Options{Key: identity.AccessKey{ID: "AKIABASE", Secret: identity.NewSecret("s")}, Role: &role})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func caller(team string) *provider.Caller {
	return &provider.Caller{
		Principal:   identity.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann"},
		Application: &profile.Application{ID: "abc123def456", Tags: map[string]string{"team": team}},
	}
}

func get(t *testing.T, s *Source, c *provider.Caller) Credentials {
	t.Helper()
	got, err := s.For(t.Context(), c, "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestARoleIsAssumedOnceForEachSetOfTags(t *testing.T) {
	f := &fakeSTS{lasts: time.Hour}
	s := f.start(t, Role{ExternalID: "x-1", SessionName: "{account}/{profile}", Tags: map[string]Template{
		"team": "{tag:team}", "who": "by {principal}", "absent": "{tag:nobody}",
	}})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got, err := s.For(t.Context(), caller("blue"), "eu-west-1"); err != nil || got.Key.ID != "ASIA1" || got.Token != "token" {
				t.Errorf("got %v, %v", got.Key.ID, err)
			}
		})
	}
	wg.Wait()
	if again := get(t, s, caller("red")); again.Key.ID != "ASIA2" || f.calls() != 2 {
		t.Errorf("another team: %s after %d calls of STS", again.Key.ID, f.calls())
	}
	want := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {"arn:aws:iam::999999999999:role/upstream"}, "ExternalId": {"x-1"},
		"RoleSessionName": {"111122223333-abc123def456"}, "DurationSeconds": {"3600"},
		"Tags.member.1.Key": {"team"}, "Tags.member.1.Value": {"blue"},
		"Tags.member.2.Key": {"who"}, "Tags.member.2.Value": {"by arn:aws:iam::111122223333:user/ann"},
	}
	if diff := cmp.Diff(want, f.asked[0]); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(f.auth[0], "Credential=AKIABASE/") || !strings.Contains(f.auth[0], "/eu-west-1/sts/") {
		t.Errorf("signed with %s", f.auth[0])
	}
}

func TestSessionsAreReplacedBeforeTheyEnd(t *testing.T) {
	f := &fakeSTS{lasts: refreshBefore - time.Minute} // always due
	s := f.start(t, Role{})
	first, second := get(t, s, caller("")), get(t, s, caller(""))
	if first.Key.ID != "ASIA1" || second.Key.ID != "ASIA2" {
		t.Errorf("got %s, then %s", first.Key.ID, second.Key.ID)
	}
	f.mu.Lock()
	f.refuse = true
	f.mu.Unlock()
	if kept := get(t, s, caller("")); kept.Key.ID != "ASIA2" {
		t.Errorf("when STS refuses: %s, want the last that still count", kept.Key.ID)
	}
	calls := f.calls()
	if kept := get(t, s, caller("")); kept.Key.ID != "ASIA2" || f.calls() != calls {
		t.Errorf("soon after: %s, %d more calls", kept.Key.ID, f.calls()-calls)
	}
}

func TestARefusedRoleIsAnError(t *testing.T) {
	f := &fakeSTS{refuse: true}
	if _, err := f.start(t, Role{}).For(t.Context(), caller(""), "eu-west-1"); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got %v", err)
	}
	over := &fakeSTS{lasts: time.Second}
	s := over.start(t, Role{})
	get(t, s, caller(""))
	over.mu.Lock()
	over.refuse = true
	over.mu.Unlock()
	if _, err := s.For(t.Context(), caller(""), "eu-west-1"); err == nil {
		t.Error("credentials at their end were kept")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	s, err := newSessions(nil, Role{Tags: map[string]Template{"team": "{tag:team}"}})
	if err != nil {
		t.Fatal(err)
	}
	first := s.of(caller("0"), "eu-west-1")
	for i := range maxSessions {
		s.of(caller(fmt.Sprint(i+1)), "eu-west-1")
		if i == maxSessions/2 && s.of(caller("0"), "eu-west-1") != first {
			t.Fatal("a session in use was forgotten")
		}
	}
	if len(s.all) != maxSessions || s.of(caller("0"), "eu-west-1") != first || len(s.clients) != 1 {
		t.Errorf("%d sessions, %d clients", len(s.all), len(s.clients))
	}
}

func TestTemplates(t *testing.T) {
	for text, want := range map[Template]string{
		"": "", "plain": "plain", "{account}": "111122223333", "a {tag:team} b": "a blue b", "{tag:none}": "", "}": "}", "{profile}{profile}": "abc123def456abc123def456",
	} {
		if err := text.Check(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if got := text.expand(caller("blue")); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := Template("{profile}{tag:team}").expand(&provider.Caller{}); got != "" {
		t.Errorf("without a profile: %q", got)
	}
	for _, bad := range []Template{"{", "{nobody}", "{tag:}", "{account", "{}"} {
		if bad.Check() == nil {
			t.Errorf("%q was taken", bad)
		}
		if _, err := New(t.Context(), Options{Key: identity.AccessKey{ID: "A"}, Role: &Role{Tags: map[string]Template{"t": bad}}}); err == nil {
			t.Errorf("%q was taken as a tag", bad)
		}
	}
}

func TestWhatSTSDoesNotTakeIsReplaced(t *testing.T) {
	s, err := newSessions(nil, Role{SessionName: "ü/{principal}", Tags: map[string]Template{"t": "{tag:team}"}})
	if err != nil {
		t.Fatal(err)
	}
	name, tags := s.describe(caller("grün #1\n" + strings.Repeat("x", 300)))
	if name != "--arn-aws-iam--111122223333-user-ann" || tags[0] != "grün _1_"+strings.Repeat("x", 248) {
		t.Errorf("got %q, %q", name, tags)
	}
	if name, _ := s.describe(&provider.Caller{}); name != "--" {
		t.Errorf("got %q", name)
	}
}

func TestTheStandardChain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", write("credentials", "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n"))
	t.Setenv("AWS_CONFIG_FILE", write("config", "[profile other]\nregion = eu-west-1\n"))
	find := func(o Options) (string, error) {
		s, err := New(context.Background(), o)
		if err != nil {
			return "", err
		}
		c, err := s.For(t.Context(), &provider.Caller{}, "us-east-1")
		return c.Key.ID, err
	}
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{}, "AKIADEFAULT"},
		{Options{Profile: "other"}, "AKIAOTHER"},
		{Options{Key: identity.AccessKey{ID: "AKIAFILE", Secret: identity.NewSecret("s")}, Profile: "other"}, "AKIAFILE"},
	} {
		if got, err := find(test.o); got != test.want || err != nil {
			t.Errorf("%+v: got %s, %v; want %s", test.o, got, err, test.want)
		}
	}
	if _, err := find(Options{Profile: "nobody"}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("a profile that is not there: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	if got, err := find(Options{}); got != "AKIAENV" || err != nil {
		t.Errorf("from the environment: %s, %v", got, err)
	}
}
