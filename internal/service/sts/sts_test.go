package sts

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

func TestGetCallerIdentity(t *testing.T) {
	w := start(t)
	w.people.change(directory.Put(user(t, "bob", `{"Effect":"Deny","Action":"*","Resource":"*"}`)))
	for name, id := range map[string]string{"arn:aws:iam::111122223333:user/bob": "AIDABOB", "arn:aws:iam::111122223333:root": home} {
		got, err := w.GetCallerIdentity(t.Context(), w.call(t, name), &api.GetCallerIdentityRequest{})
		if err != nil || *got.ARN != name || *got.UserID != id || *got.Account != home {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	w := start(t)
	keyed := user(t, "keyed", "")
	keyed.AccessKeys = []directory.AccessKey{{ID: "AKIAIOSFODNN7EXAMPLE", Secret: identity.NewSecret("x")}}
	w.people.change(directory.Put(keyed))
	w.role(t, away, "remote", trustsHome, nil)
	session, err := w.AssumeRole(t.Context(), w.by(t, "alice"), asking(roleARN(away, "remote")))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"AKIAIOSFODNN7EXAMPLE": home, session.Credentials.AccessKeyID: away} {
		got, err := w.GetAccessKeyInfo(t.Context(), w.by(t, "alice"), &api.GetAccessKeyInfoRequest{AccessKeyID: id})
		if err != nil || *got.Account != want {
			t.Errorf("%s: got %+v, %v; want %s", id, got, err, want)
		}
	}
	_, err = w.GetAccessKeyInfo(t.Context(), w.by(t, "alice"), &api.GetAccessKeyInfoRequest{AccessKeyID: "AKIAI44QH8DHBEXAMPLE"})
	refused(t, err, "ValidationError", "The access key AKIAI44QH8DHBEXAMPLE belongs to no account of this organization.")
	_, err = w.GetAccessKeyInfo(t.Context(), w.by(t, "bob"), &api.GetAccessKeyInfoRequest{AccessKeyID: "AKIAIOSFODNN7EXAMPLE"})
	refused(t, err, "AccessDenied", "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: sts:GetAccessKeyInfo because no identity-based policy allows the sts:GetAccessKeyInfo action")
}

func TestGetSessionToken(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		who   string
		asked *int
		want  time.Duration
	}{
		{"arn:aws:iam::111122223333:user/bob", nil, 12 * time.Hour},
		{"arn:aws:iam::111122223333:user/bob", new(129600), 36 * time.Hour},
		{"arn:aws:iam::111122223333:root", nil, time.Hour},
		{"arn:aws:iam::111122223333:root", new(900), 15 * time.Minute},
		{"arn:aws:iam::111122223333:root", new(129600), time.Hour},
	} {
		c := w.call(t, test.who)
		out, err := w.GetSessionToken(t.Context(), c, &api.GetSessionTokenRequest{DurationSeconds: test.asked})
		if err != nil {
			t.Fatal(err)
		}
		want := c.Principal
		want.AccessKeyID = out.Credentials.AccessKeyID
		want.Session = &identity.Session{Issuer: test.who, Issued: now(), Expires: now().Add(test.want)}
		if diff := cmp.Diff(want, w.with(t, out.Credentials).Principal); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.who, diff)
		}
	}
}

func TestSessionsAskForNoSessions(t *testing.T) {
	w := start(t)
	own, err := w.GetSessionToken(t.Context(), w.by(t, "alice"), &api.GetSessionTokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	c := w.with(t, own.Credentials)
	_, err = w.GetSessionToken(t.Context(), c, &api.GetSessionTokenRequest{})
	refused(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	_, err = w.GetFederationToken(t.Context(), c, &api.GetFederationTokenRequest{Name: "fed"})
	refused(t, err, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	_, err = w.GetSessionToken(t.Context(), w.by(t, "alice"), &api.GetSessionTokenRequest{SerialNumber: new("GAHT12345678"), TokenCode: new("123456")})
	refused(t, err, "AccessDenied", wrongMFA)
}

func TestGetFederationToken(t *testing.T) {
	w := start(t)
	in := &api.GetFederationTokenRequest{
		Name: "fed", Tags: []api.Tag{{Key: "team", Value: "blue"}}, DurationSeconds: new(900),
		Policy: new(document(`{"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*"}`)),
	}
	out, err := w.GetFederationToken(t.Context(), w.by(t, "alice"), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&api.FederatedUser{FederatedUserID: "111122223333:fed", ARN: "arn:aws:sts::111122223333:federated-user/fed"}, out.FederatedUser); diff != "" {
		t.Error(diff)
	}
	got := w.with(t, out.Credentials).Principal
	want := identity.Principal{
		Account: home, ARN: "arn:aws:sts::111122223333:federated-user/fed", UserID: "111122223333:fed", AccessKeyID: out.Credentials.AccessKeyID,
		Kind: identity.FederatedUser, Name: "fed", Tags: identity.Tags{{Key: "team", Value: "blue"}},
		Session: &identity.Session{
			Issuer: "arn:aws:iam::111122223333:user/alice", Name: "fed", Issued: now(), Expires: now().Add(15 * time.Minute),
			Policies: []string{*in.Policy}, Limited: true,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for action, want := range map[string]bool{"sts:GetAccessKeyInfo": true, "sts:DecodeAuthorizationMessage": false} {
		if d := w.people.now.Authorize(&got, &policy.Request{Action: action, Principal: &got}); d.Allowed != want {
			t.Errorf("%s is allowed: %t", action, d.Allowed)
		}
	}
	bare, err := w.GetFederationToken(t.Context(), w.by(t, "alice"), &api.GetFederationTokenRequest{Name: "fed"})
	if err != nil || bare.PackedPolicySize != nil {
		t.Fatalf("%+v, %v", bare, err)
	}
	got = w.with(t, bare.Credentials).Principal
	if d := w.people.now.Authorize(&got, &policy.Request{Action: "sts:GetAccessKeyInfo", Principal: &got}); d.Allowed {
		t.Error("without a session policy there is a right")
	}
}

func TestGetFederationTokenRefuses(t *testing.T) {
	w := start(t)
	w.people.change(directory.Put(user(t, "carol", `{"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"arn:aws:sts::111122223333:federated-user/c-*"}`)))
	denied := func(who, action, name string) string {
		return "User: arn:aws:iam::111122223333:user/" + who + " is not authorized to perform: " + action + " on resource: arn:aws:sts::111122223333:federated-user/" + name + " because no identity-based policy allows the " + action + " action"
	}
	for _, test := range []struct {
		by            string
		in            api.GetFederationTokenRequest
		code, message string
	}{
		{"carol", api.GetFederationTokenRequest{Name: "c-1"}, "", ""},
		{"carol", api.GetFederationTokenRequest{Name: "d-1"}, "AccessDenied", denied("carol", "sts:GetFederationToken", "d-1")},
		{"carol", api.GetFederationTokenRequest{Name: "c-1", Tags: []api.Tag{{Key: "a"}}}, "AccessDenied", denied("carol", "sts:TagSession", "c-1")},
		{"bob", api.GetFederationTokenRequest{Name: "c-1"}, "AccessDenied", denied("bob", "sts:GetFederationToken", "c-1")},
		{"alice", api.GetFederationTokenRequest{Name: "c-1", Tags: []api.Tag{{Key: "a"}, {Key: "a"}}}, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{"alice", api.GetFederationTokenRequest{Name: "c-1", PolicyArns: []api.PolicyDescriptorType{{ARN: new("arn:aws:iam::aws:policy/NoSuchPolicy")}}}, "ValidationError", "Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable."},
	} {
		_, err := w.GetFederationToken(t.Context(), w.by(t, test.by), &test.in)
		if test.message != "" {
			refused(t, err, test.code, test.message)
		} else if err != nil {
			t.Error(err)
		}
	}
}

func TestUnsignedIsOneOperation(t *testing.T) {
	if diff := cmp.Diff([]string{"AssumeRoleWithWebIdentity"}, Unsigned()); diff != "" {
		t.Error(diff)
	}
}
