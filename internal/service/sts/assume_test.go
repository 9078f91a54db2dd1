package sts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
)

// Trusts that tests give roles.
const (
	trustsAlice = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}`
	trustsHome  = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession"]}`
	trustsAny   = `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}`
)

func asking(role string) *api.AssumeRoleRequest {
	return &api.AssumeRoleRequest{RoleARN: role, RoleSessionName: "me"}
}

func TestAssumeRoleGivesASession(t *testing.T) {
	w := start(t)
	w.role(t, home, "caller", trustsAlice, func(r *directory.Role) {
		r.Path, r.Tags, r.MaxSession = "/apps/", identity.Tags{{Key: "unit", Value: "u1"}}, 2*time.Hour
	})
	in := asking(roleARN(home, "apps/caller"))
	in.DurationSeconds, in.SourceIdentity = new(7200), new("alice@example.com")
	in.Tags = []api.Tag{{Key: "team", Value: "blue"}, {Key: "Project", Value: "p"}}
	in.TransitiveTagKeys = []string{"TEAM"}
	in.Policy = new(document(`{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}`))
	in.PolicyArns = []api.PolicyDescriptorType{{ARN: new("arn:aws:iam::aws:policy/AdministratorAccess")}}
	out, err := w.AssumeRole(t.Context(), w.by(t, "alice"), in)
	if err != nil {
		t.Fatal(err)
	}
	if !out.Credentials.Expiration.Equal(now().Add(2*time.Hour)) || *out.PackedPolicySize != 4 || *out.SourceIdentity != "alice@example.com" {
		t.Errorf("expires %s, packed %d%%, source identity %s", out.Credentials.Expiration, *out.PackedPolicySize, *out.SourceIdentity)
	}
	if diff := cmp.Diff(&api.AssumedRoleUser{AssumedRoleID: "AROACALLER:me", ARN: "arn:aws:sts::111122223333:assumed-role/caller/me"}, out.AssumedRoleUser); diff != "" {
		t.Error(diff)
	}
	got := w.with(t, out.Credentials).Principal
	want := identity.Principal{
		Account: home, ARN: "arn:aws:sts::111122223333:assumed-role/caller/me", UserID: "AROACALLER:me", AccessKeyID: out.Credentials.AccessKeyID,
		Kind: identity.AssumedRole, Name: "caller",
		Tags: identity.Tags{{Key: "Project", Value: "p"}, {Key: "team", Value: "blue"}, {Key: "unit", Value: "u1"}},
		Session: &identity.Session{
			Issuer: "arn:aws:iam::111122223333:role/apps/caller", Name: "me", Issued: now(), Expires: now().Add(2 * time.Hour),
			Policies: []string{*in.Policy}, PolicyARNs: []string{"arn:aws:iam::aws:policy/AdministratorAccess"}, Limited: true,
			Transitive: []string{"team"}, SourceIdentity: "alice@example.com",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAssumeRoleRefuses(t *testing.T) {
	w := start(t)
	w.role(t, home, "caller", trustsAlice, nil)
	w.role(t, home, "shared", trustsHome, nil)
	w.role(t, home, "plain", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:AssumeRole"}`, nil)
	w.role(t, home, "secret", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"e-1"}}}`, nil)
	w.role(t, away, "remote", trustsHome, nil)
	w.role(t, away, "closed", `{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}`, nil)
	denied := func(who, action, role, reason string) string {
		return "User: arn:aws:iam::111122223333:user/" + who + " is not authorized to perform: " + action + " on resource: " + role + " because no " + reason + " allows the " + action + " action"
	}
	caller, shared, plain, secret := roleARN(home, "caller"), roleARN(home, "shared"), roleARN(home, "plain"), roleARN(home, "secret")
	remote, closed, nobody := roleARN(away, "remote"), roleARN(away, "closed"), roleARN(home, "nobody")
	const untagged = "sts:TagSession"
	for _, test := range []struct {
		name, by, role string
		change         func(*api.AssumeRoleRequest)
		code, message  string // "": allowed
	}{
		{"trusted by name", "alice", caller, nil, "", ""},
		{"trusted with all of the account", "alice", shared, nil, "", ""},
		{"nobody lets bob", "bob", caller, nil, "AccessDenied", denied("bob", "sts:AssumeRole", caller, "role trust policy")},
		{"trust in the account needs the user's own right", "bob", shared, nil, "AccessDenied", denied("bob", "sts:AssumeRole", shared, "identity-based policy")},
		{"across accounts both allow", "alice", remote, nil, "", ""},
		{"across accounts the user needs the right", "bob", remote, nil, "AccessDenied", denied("bob", "sts:AssumeRole", remote, "identity-based policy")},
		{"across accounts the role must trust", "alice", closed, nil, "AccessDenied", denied("alice", "sts:AssumeRole", closed, "role trust policy")},
		{"a role that is not there", "alice", nobody, nil, "AccessDenied", denied("alice", "sts:AssumeRole", nobody, "role trust policy")},
		{"an account that is not there", "alice", roleARN("999999999999", "x"), nil, "AccessDenied", denied("alice", "sts:AssumeRole", roleARN("999999999999", "x"), "role trust policy")},
		{"no role at all", "alice", "arn:aws:iam::111122223333:user/alice", nil, "AccessDenied", denied("alice", "sts:AssumeRole", "arn:aws:iam::111122223333:user/alice", "role trust policy")},
		{"no ARN at all", "alice", "twenty characters and more", nil, "AccessDenied", denied("alice", "sts:AssumeRole", "twenty characters and more", "role trust policy")},

		{"with the external id", "alice", secret, func(in *api.AssumeRoleRequest) { in.ExternalID = new("e-1") }, "", ""},
		{"with another external id", "alice", secret, func(in *api.AssumeRoleRequest) { in.ExternalID = new("e-2") }, "AccessDenied", denied("alice", "sts:AssumeRole", secret, "role trust policy")},
		{"without the external id", "alice", secret, nil, "AccessDenied", denied("alice", "sts:AssumeRole", secret, "role trust policy")},

		{"tags need trust of their own", "alice", plain, func(in *api.AssumeRoleRequest) { in.Tags = []api.Tag{{Key: "a", Value: "b"}} }, "AccessDenied", denied("alice", untagged, plain, "role trust policy")},
		{"so does a source identity", "alice", plain, func(in *api.AssumeRoleRequest) { in.SourceIdentity = new("alice") }, "AccessDenied", denied("alice", "sts:SetSourceIdentity", plain, "role trust policy")},
		{"a tag twice", "alice", caller, func(in *api.AssumeRoleRequest) { in.Tags = []api.Tag{{Key: "a"}, {Key: "A"}} }, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{"a tag of AWS's", "alice", caller, func(in *api.AssumeRoleRequest) { in.Tags = []api.Tag{{Key: "AWS:x"}} }, "InvalidParameterValue", "Tag keys must not begin with aws:, which is reserved."},
		{"a transitive key without its tag", "alice", caller, func(in *api.AssumeRoleRequest) { in.TransitiveTagKeys = []string{"a"} }, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."},

		{"longer than the role allows", "alice", caller, func(in *api.AssumeRoleRequest) { in.DurationSeconds = new(3601) }, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{"a one-time password", "alice", caller, func(in *api.AssumeRoleRequest) { in.TokenCode = new("123456") }, "AccessDenied", wrongMFA},
		{"a session policy that is none", "alice", caller, func(in *api.AssumeRoleRequest) { in.Policy = new("{}") }, "MalformedPolicyDocument", "*"},
		{"a session policy with a principal", "alice", caller, func(in *api.AssumeRoleRequest) { in.Policy = new(document(trustsAny)) }, "MalformedPolicyDocument", "*"},
		{"a managed policy that is not there", "alice", caller, func(in *api.AssumeRoleRequest) {
			in.PolicyArns = []api.PolicyDescriptorType{{ARN: new("arn:aws:iam::111122223333:policy/x")}}
		}, "ValidationError", "Policy arn:aws:iam::111122223333:policy/x does not exist or is not attachable."},
		{"a managed policy without an ARN", "alice", caller, func(in *api.AssumeRoleRequest) { in.PolicyArns = make([]api.PolicyDescriptorType, 1) }, "ValidationError", "*"},
		{"too many managed policies", "alice", caller, func(in *api.AssumeRoleRequest) { in.PolicyArns = make([]api.PolicyDescriptorType, 11) }, "ValidationError", "*"},
		{"a policy too large", "alice", caller, func(in *api.AssumeRoleRequest) {
			in.Policy = new(document(`{"Sid":"` + strings.Repeat("x", 4096) + `","Effect":"Allow","Action":"*","Resource":"*"}`))
		}, "PackedPolicyTooLarge", "Packed policy consumes 103% of allotted space, please use smaller policy."},
		{"tags too large", "alice", caller, func(in *api.AssumeRoleRequest) {
			for i := range 20 {
				in.Tags = append(in.Tags, api.Tag{Key: fmt.Sprintf("key-%02d", i), Value: strings.Repeat("v", 250)})
			}
		}, "PackedPolicyTooLarge", "Packed size of session tags consumes 125% of allotted space."},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := asking(test.role)
			if test.change != nil {
				test.change(in)
			}
			_, err := w.AssumeRole(t.Context(), w.by(t, test.by), in)
			switch {
			case test.message == "" && err != nil:
				t.Error(err)
			case test.message == "*" && err != nil:
				refused(t, err, test.code, err.Error())
			case test.message != "":
				refused(t, err, test.code, test.message)
			}
		})
	}
}

func TestWhoMayNotAssumeRoles(t *testing.T) {
	w := start(t)
	w.role(t, home, "caller", trustsAny, nil)
	_, err := w.AssumeRole(t.Context(), w.call(t, "arn:aws:iam::111122223333:root"), asking(roleARN(home, "caller")))
	refused(t, err, "AccessDenied", "Roles may not be assumed by root accounts.")
	fed, err := w.GetFederationToken(t.Context(), w.by(t, "alice"), &api.GetFederationTokenRequest{Name: "fed"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.AssumeRole(t.Context(), w.with(t, fed.Credentials), asking(roleARN(home, "caller")))
	refused(t, err, "AccessDenied", "Roles may not be assumed by federated users.")
}

func TestAClosedAccountsRoles(t *testing.T) {
	w := start(t)
	w.role(t, away, "remote", trustsHome, nil)
	a, _ := w.people.now.Account(away)
	closed := *a.Member
	closed.Status = "SUSPENDED"
	w.people.change(directory.Put(&closed))
	if _, err := w.AssumeRole(t.Context(), w.by(t, "alice"), asking(roleARN(away, "remote"))); err == nil {
		t.Error("a role of a closed account was assumed")
	}
}

func TestChains(t *testing.T) {
	w := start(t)
	w.role(t, home, "first", trustsAlice, func(r *directory.Role) { r.MaxSession = 12 * time.Hour })
	w.role(t, home, "second", trustsAny, func(r *directory.Role) { r.MaxSession = 12 * time.Hour })
	in := asking(roleARN(home, "first"))
	in.Tags = []api.Tag{{Key: "team", Value: "blue"}, {Key: "app", Value: "x"}}
	in.TransitiveTagKeys, in.SourceIdentity = []string{"team"}, new("alice")
	first, err := w.AssumeRole(t.Context(), w.by(t, "alice"), in)
	if err != nil {
		t.Fatal(err)
	}
	next := asking(roleARN(home, "second"))
	next.DurationSeconds = new(3601)
	_, err = w.AssumeRole(t.Context(), w.with(t, first.Credentials), next)
	refused(t, err, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")

	next.DurationSeconds, next.Tags = nil, []api.Tag{{Key: "Team", Value: "red"}}
	_, err = w.AssumeRole(t.Context(), w.with(t, first.Credentials), next)
	refused(t, err, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")

	next.Tags = []api.Tag{{Key: "stage", Value: "test"}}
	second, err := w.AssumeRole(t.Context(), w.with(t, first.Credentials), next)
	if err != nil {
		t.Fatal(err)
	}
	got := w.with(t, second.Credentials).Principal
	if diff := cmp.Diff(identity.Tags{{Key: "stage", Value: "test"}, {Key: "team", Value: "blue"}}, got.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	want := &identity.Session{
		Issuer: "arn:aws:iam::111122223333:role/second", Name: "me", Issued: now(), Expires: now().Add(time.Hour), Transitive: []string{"team"}, Chained: true, SourceIdentity: "alice",
	}
	if diff := cmp.Diff(want, got.Session, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
}

// A user's own session is no link of a chain.
func TestAUsersSessionMayAssumeLongSessions(t *testing.T) {
	w := start(t)
	w.role(t, home, "caller", trustsAlice, func(r *directory.Role) { r.MaxSession = 12 * time.Hour })
	own, err := w.GetSessionToken(t.Context(), w.by(t, "alice"), &api.GetSessionTokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	in := asking(roleARN(home, "caller"))
	in.DurationSeconds = new(43200)
	if _, err := w.AssumeRole(t.Context(), w.with(t, own.Credentials), in); err != nil {
		t.Error(err)
	}
}

func TestConditionsOfTrust(t *testing.T) {
	w := start(t)
	for key, value := range map[string]string{
		"sts:RoleSessionName": "me", "aws:RequestTag/team": "blue", "aws:TagKeys": "team", "sts:TransitiveTagKeys": "team", "sts:SourceIdentity": "alice",
		"sts:DurationSeconds": "900", "aws:PrincipalOrgID": "o-abc", "aws:RequestedRegion": "us-east-1", "aws:ResourceTag/unit": "u1", "aws:username": "alice",
	} {
		w.role(t, home, "caller", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:*","Condition":{"StringEquals":{"`+key+`":"`+value+`"}}}`,
			func(r *directory.Role) { r.Tags = identity.Tags{{Key: "unit", Value: "u1"}} })
		in := asking(roleARN(home, "caller"))
		in.Tags, in.TransitiveTagKeys, in.SourceIdentity, in.DurationSeconds = []api.Tag{{Key: "team", Value: "blue"}}, []string{"team"}, new("alice"), new(900)
		if _, err := w.AssumeRole(t.Context(), w.by(t, "alice"), in); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		w.role(t, home, "caller", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:*","Condition":{"StringEquals":{"`+key+`":"other"}}}`, nil)
		if _, err := w.AssumeRole(t.Context(), w.by(t, "alice"), in); err == nil {
			t.Errorf("%s: another value was allowed", key)
		}
	}
}
