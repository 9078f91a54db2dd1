package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// issuer is an OpenID Connect issuer on loopback.
type issuer struct {
	*httptest.Server
	key *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.URL, i.URL+"/keys")
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		point, err := key.PublicKey.Bytes() // 4, then x, then y
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"P-256","kid":"k","use":"sig","x":%q,"y":%q}]}`, raw64(point[1:33]), raw64(point[33:]))
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func raw64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token signs a token for an hour.
func (i *issuer) token(t *testing.T, subject, audience string) string {
	t.Helper()
	claims, err := json.Marshal(map[string]any{"iss": i.URL, "sub": subject, "aud": audience, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	text := raw64([]byte(`{"alg":"ES256","kid":"k"}`)) + "." + raw64(claims)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, i.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + raw64(signature[:])
}

// file is a file with a token, as a container finds it.
func (i *issuer) file(t *testing.T, subject, audience string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(name, []byte(i.token(t, subject, audience)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// federated is a server that trusts the issuer, and a role for one of its subjects.
func federated(t *testing.T, i *issuer) (*server, string) {
	t.Helper()
	s := start(t, "oidc-issuers:\n  - {url: \""+i.URL+"\", audiences: [outcrop]}\n")
	name := strings.TrimPrefix(i.URL, "http://")
	role := s.newRole(t, "ci", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::`+account+`:oidc-provider/`+name+`"},`+
		`"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"`+name+`:sub":"repo:acme/app"}}}]}`)
	return s, role
}

func TestWebIdentitiesCall(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	s, role := federated(t, i)
	from := stscreds.NewWebIdentityRoleProvider(s.tokens(nil), role, stscreds.IdentityTokenFile(i.file(t, "repo:acme/app", "outcrop")), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = "build-7"
	})
	if err := s.callsWith(from).hello(t); err != nil {
		t.Error(err)
	}
	who, err := s.tokens(from).GetCallerIdentity(withPatience(t), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:sts::"+account+":assumed-role/ci/build-7" {
		t.Errorf("the caller is %+v, %v", who, err)
	}
}

func TestWebIdentitiesAreRefused(t *testing.T) {
	t.Parallel()
	i, stranger := newIssuer(t), newIssuer(t)
	s, role := federated(t, i)
	for name, test := range map[string]struct{ token, code, message string }{
		"another subject":  {i.token(t, "repo:acme/other", "outcrop"), "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		"another audience": {i.token(t, "repo:acme/app", "sts"), "InvalidIdentityToken", "Incorrect token audience"},
		"another issuer":   {stranger.token(t, "repo:acme/app", "outcrop"), "InvalidIdentityToken", "No OpenIDConnect provider found in your account for " + stranger.URL},
		"no token":         {"a token", "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"},
	} {
		_, err := s.tokens(nil).AssumeRoleWithWebIdentity(withPatience(t), &sts.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: aws.String("ci"), WebIdentityToken: &test.token})
		if code, message := refusal(t, err); code != test.code || message != test.message {
			t.Errorf("%s: %s: %s", name, code, message)
		}
	}
}

// A container needs variables, and no code.
func TestBoto3TakesWebIdentities(t *testing.T) {
	t.Parallel()
	need(t, "boto3", "python3", "-c", "import boto3")
	i := newIssuer(t)
	s, role := federated(t, i)
	s.more = []string{
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_ROLE_ARN=" + role, "AWS_ROLE_SESSION_NAME=pod", "AWS_WEB_IDENTITY_TOKEN_FILE=" + i.file(t, "repo:acme/app", "outcrop"),
	}
	got := s.run(t, "python3", "-c", `import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])`)
	if want := "arn:aws:sts::" + account + ":assumed-role/ci/pod"; strings.TrimSpace(got) != want {
		t.Errorf("the caller is %s, want %s", got, want)
	}
}
