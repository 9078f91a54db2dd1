package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/auth/bearer"
)

// shortTermKey is what outcrop env prints for clients with API keys.
func (s *server) shortTermKey(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(withPatience(t), binary, "env", "--data", s.data, "--for", "bearer").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if key, ok := strings.CutPrefix(line, "export AWS_BEARER_TOKEN_BEDROCK="); ok {
			return strings.TrimSpace(key)
		}
	}
	t.Fatalf("there is no API key in %q", out)
	return ""
}

// longTermKey is an API key that IAM made for the administrator.
func (s *server) longTermKey(t *testing.T) (key, id string) {
	t.Helper()
	made, err := s.administration().CreateServiceSpecificCredential(withPatience(t), &iam.CreateServiceSpecificCredentialInput{
		UserName: aws.String("admin"), ServiceName: aws.String("bedrock.amazonaws.com"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := made.ServiceSpecificCredential
	if !strings.HasPrefix(*c.ServiceCredentialSecret, "ABSK") {
		t.Errorf("the key begins with %.4s", *c.ServiceCredentialSecret)
	}
	return *c.ServiceCredentialSecret, *c.ServiceSpecificCredentialId
}

// behindTLS puts TLS in front of the server, without which the Go SDK sends no API key.
func (s *server) behindTLS(t *testing.T) *httptest.Server {
	t.Helper()
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	t.Cleanup(front.Close)
	return front
}

func TestTheGoSDKSendsAPIKeys(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	front := s.behindTLS(t)
	with := func(key string) client {
		o := bedrockruntime.Options{
			BaseEndpoint: &front.URL, Region: "us-east-1", RetryMaxAttempts: 1, HTTPClient: front.Client(),
			BearerAuthTokenProvider: bearer.StaticTokenProvider{Token: bearer.Token{Value: key}}, AuthSchemePreference: []string{"httpBearerAuth"},
		}
		return client{runtime: bedrockruntime.New(o), options: o}
	}
	long, id := s.longTermKey(t)
	for name, key := range map[string]string{"short-term": s.shortTermKey(t), "long-term": long} {
		if err := with(key).hello(t); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if code, message := refusal(t, with(key[:len(key)-8]).hello(t)); code != "AccessDeniedException" || message != "Authentication failed: Please make sure your API Key is valid." {
			t.Errorf("%s, cut: %s: %s", name, code, message)
		}
	}
	_, err := s.administration().DeleteServiceSpecificCredential(withPatience(t), &iam.DeleteServiceSpecificCredentialInput{UserName: aws.String("admin"), ServiceSpecificCredentialId: &id})
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := refusal(t, with(long).hello(t)); code != "AccessDeniedException" {
		t.Errorf("a deleted key: %s", code)
	}
}

// A policy may forbid one kind of API key, or all.
func TestAPoliciesOfAPIKeys(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	short, secret := s.shortTermKey(t), s.credentials().secret
	long, _ := s.longTermKey(t)
	_, err := s.administration().PutUserPolicy(withPatience(t), &iam.PutUserPolicyInput{
		UserName: aws.String("admin"), PolicyName: aws.String("no-long-term-keys"), PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bedrock:CallWithBearerToken","Resource":"*","Condition":{"StringEquals":{"bedrock:BearerTokenType":"LONG_TERM"}}}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{short: http.StatusOK, long: http.StatusForbidden, secret: http.StatusForbidden} {
		for name, set := range map[string]func(*http.Request){
			"/foundation-models":    func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) },
			"/openai/v1/models":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) },
			"/anthropic/v1/models":  func(r *http.Request) { r.Header.Set("X-Api-Key", key) },
			"/anthropic/v1/models?": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) },
		} {
			r, err := http.NewRequestWithContext(withPatience(t), http.MethodGet, s.url+name, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			set(r)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("%s with %.6s…: %s, want %d", name, key, answer.Status, want)
			}
		}
	}
}

// The script signs a key as the official generator does, with the credentials of a role.
func TestBoto3SendsAPIKeys(t *testing.T) {
	t.Parallel()
	need(t, "boto3", "python3", "-c", "import boto3")
	s := start(t, "")
	role := s.newRole(t, "caller", homely)
	session, err := s.tokens(s.static()).AssumeRole(context.Background(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("me")})
	if err != nil {
		t.Fatal(err)
	}
	c := session.Credentials
	s.more = []string{"KEY_ID=" + *c.AccessKeyId, "KEY_SECRET=" + *c.SecretAccessKey, "KEY_TOKEN=" + *c.SessionToken, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
	if got := s.run(t, "python3", filepath.Join("clients", "python", "apikey.py")); got != "answered, listed, refused\n" {
		t.Errorf("the script says %q", got)
	}
}
