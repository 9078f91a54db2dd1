package sts

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/oidc"
	"github.com/outcrop/outcrop/internal/oidc/oidctest"
)

// unsigned is a call of nobody's.
func unsigned() *awswire.Call { return calledBy(identity.Principal{}) }

// issuer starts an issuer that the operator trusts for all accounts.
func (w *world) issuer(t testing.TB) *oidctest.Issuer {
	t.Helper()
	i := oidctest.New(t)
	w.opt.Issuers[oidc.Name(i.URL)] = oidc.Issuer{URL: i.URL, Audiences: []string{"outcrop"}}
	return i
}

// vouches is a trust in an issuer, under a condition on one key of it.
func vouches(i *oidctest.Issuer, actions, key, value string) string {
	name := oidc.Name(i.URL)
	return `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/` + name + `"},"Action":` + actions + `,` +
		`"Condition":{"StringEquals":{"` + strings.ReplaceAll(key, "ISSUER", name) + `":"` + value + `"}}}`
}

func claims(i *oidctest.Issuer, changes map[string]any) map[string]any {
	c := map[string]any{"iss": i.URL, "sub": "repo:acme/app", "aud": "outcrop", "exp": now().Add(time.Minute).Unix(), "iat": now().Unix()}
	for k, v := range changes {
		c[k] = v
	}
	return c
}

func federating(role, token string) *api.AssumeRoleWithWebIdentityRequest {
	return &api.AssumeRoleWithWebIdentityRequest{RoleARN: role, RoleSessionName: "ci", WebIdentityToken: token}
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	w := start(t)
	i := w.issuer(t)
	w.role(t, home, "ci", vouches(i, `["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]`, "ISSUER:sub", "repo:acme/app"), nil)
	token := i.Token(t, claims(i, map[string]any{
		"https://aws.amazon.com/source_identity": "alice",
		"https://aws.amazon.com/tags":            map[string]any{"principal_tags": map[string]any{"team": []string{"blue"}, "app": []string{"x"}}, "transitive_tag_keys": []string{"team"}},
	}))
	out, err := w.AssumeRoleWithWebIdentity(t.Context(), unsigned(), federating(roleARN(home, "ci"), token))
	if err != nil {
		t.Fatal(err)
	}
	provider := "arn:aws:iam::111122223333:oidc-provider/" + oidc.Name(i.URL)
	if *out.SubjectFromWebIdentityToken != "repo:acme/app" || *out.Audience != "outcrop" || *out.Provider != provider || *out.SourceIdentity != "alice" {
		t.Errorf("got %s for %s by %s, source identity %s", *out.SubjectFromWebIdentityToken, *out.Audience, *out.Provider, *out.SourceIdentity)
	}
	got := w.with(t, out.Credentials).Principal
	want := identity.Principal{
		Account: home, ARN: "arn:aws:sts::111122223333:assumed-role/ci/ci", UserID: "AROACI:ci", AccessKeyID: out.Credentials.AccessKeyID,
		Kind: identity.AssumedRole, Name: "ci", Tags: identity.Tags{{Key: "app", Value: "x"}, {Key: "team", Value: "blue"}},
		Session: &identity.Session{
			Issuer: "arn:aws:iam::111122223333:role/ci", Name: "ci", Issued: now(), Expires: now().Add(time.Hour), Transitive: []string{"team"},
			SourceIdentity: "alice", Provider: i.URL,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAssumeRoleWithWebIdentityRefuses(t *testing.T) {
	w := start(t)
	i := w.issuer(t)
	stranger := oidctest.New(t)
	const action = `"sts:AssumeRoleWithWebIdentity"`
	w.role(t, home, "ci", vouches(i, action, "ISSUER:aud", "outcrop"), nil)
	w.role(t, home, "other", vouches(i, action, "ISSUER:sub", "repo:acme/other"), nil)
	w.role(t, home, "people", trustsAlice, nil)
	w.role(t, away, "ci", vouches(i, action, "ISSUER:aud", "outcrop"), nil)
	good := i.Token(t, claims(i, nil))
	tagged := i.Token(t, claims(i, map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"team": []string{"blue"}}}}))
	const notAuthorized = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	for _, test := range []struct {
		name, role, token string
		change            func(*api.AssumeRoleWithWebIdentityRequest)
		code, message     string
	}{
		{"good", roleARN(home, "ci"), good, nil, "", ""},
		{"another subject", roleARN(home, "other"), good, nil, "AccessDenied", notAuthorized},
		{"a role for people", roleARN(home, "people"), good, nil, "AccessDenied", notAuthorized},
		{"a role that is not there", roleARN(home, "nobody"), good, nil, "AccessDenied", notAuthorized},
		{"an account that is not there", roleARN("999999999999", "ci"), good, nil, "AccessDenied", notAuthorized},
		{"no ARN", "twenty characters and more", good, nil, "AccessDenied", notAuthorized},
		{"another account's provider", roleARN(away, "ci"), good, nil, "AccessDenied", notAuthorized},
		{"tags need trust of their own", roleARN(home, "ci"), tagged, nil, "AccessDenied", "Not authorized to perform sts:TagSession"},
		{"no token", roleARN(home, "ci"), "a token", nil, "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"},
		{"an issuer that nobody trusts", roleARN(home, "ci"), stranger.Token(t, claims(stranger, nil)), nil, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for " + stranger.URL},
		{"another audience", roleARN(home, "ci"), i.Token(t, claims(i, map[string]any{"aud": "x"})), nil, "InvalidIdentityToken", "Incorrect token audience"},
		{"OAuth", roleARN(home, "ci"), good, func(in *api.AssumeRoleWithWebIdentityRequest) { in.ProviderID = new("graph.facebook.com") }, "ValidationError", "ProviderId is for OAuth 2.0 access tokens alone, and only OpenID Connect ID tokens are taken."},
		{"too long", roleARN(home, "ci"), good, func(in *api.AssumeRoleWithWebIdentityRequest) { in.DurationSeconds = new(43200) }, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{"a policy that is not there", roleARN(home, "ci"), good, func(in *api.AssumeRoleWithWebIdentityRequest) {
			in.PolicyArns = []api.PolicyDescriptorType{{ARN: new("arn:aws:iam::aws:policy/NoSuchPolicy")}}
		}, "ValidationError", "Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable."},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := federating(test.role, test.token)
			if test.change != nil {
				test.change(in)
			}
			_, err := w.AssumeRoleWithWebIdentity(t.Context(), unsigned(), in)
			if test.message != "" {
				refused(t, err, test.code, test.message)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// What an account has registered counts for its own roles, and only there: it must have TLS, which tests' issuers have
// not, so what is seen is whom the server asks.
func TestAnAccountsOwnProvider(t *testing.T) {
	w := start(t)
	i := oidctest.New(t)
	name := oidc.Name(i.URL)
	w.role(t, home, "ci", vouches(i, `"sts:AssumeRoleWithWebIdentity"`, "ISSUER:aud", "outcrop"), nil)
	w.people.change(directory.Put(&directory.OIDCProvider{Account: home, URL: name, ClientIDs: []string{"outcrop"}}))
	_, err := w.AssumeRoleWithWebIdentity(t.Context(), unsigned(), federating(roleARN(home, "ci"), i.Token(t, claims(i, nil))))
	refused(t, err, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "+i.URL)
	_, err = w.AssumeRoleWithWebIdentity(t.Context(), unsigned(), federating(roleARN(home, "ci"), i.Token(t, claims(i, map[string]any{"iss": "https://" + name}))))
	refused(t, err, "IDPCommunicationError", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
}
