package e2e

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// static are the administrator's own credentials.
func (s *server) static() aws.CredentialsProvider {
	s.t.Helper()
	k := s.credentials()
	return credentials.NewStaticCredentialsProvider(k.id, k.secret, "")
}

// tokens is a client of STS. Without credentials it asks for what needs none.
func (s *server) tokens(from aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1, Credentials: from})
}

// callsWith are Bedrock's clients with credentials of one's own.
func (s *server) callsWith(from aws.CredentialsProvider) client {
	runtime := bedrockruntime.Options{BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1, Credentials: from}
	control := bedrock.Options{BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1, Credentials: from}
	return client{bedrock.New(control), bedrockruntime.New(runtime), runtime}
}

// administration is a client of IAM, as the administrator.
func (s *server) administration() *iam.Client {
	s.t.Helper()
	return iam.New(iam.Options{BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1, Credentials: s.static()})
}

const (
	mayCall  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}]}`
	mayCount = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:CountTokens","Resource":"*"}]}`
	homely   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
)

// newRole makes a role that may call models and returns its ARN.
func (s *server) newRole(t *testing.T, name, trust string) string {
	t.Helper()
	made, err := s.administration().CreateRole(withPatience(t), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.administration().PutRolePolicy(withPatience(t), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("call"), PolicyDocument: aws.String(mayCall)})
	if err != nil {
		t.Fatal(err)
	}
	return *made.Role.Arn
}

// hello calls a model once.
func (c client) hello(t *testing.T) error {
	t.Helper()
	return c.helloTo(t, claudeProfile)
}

// helloTo calls a model once, by whatever names it.
func (c client) helloTo(t *testing.T, model string) error {
	t.Helper()
	_, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
		ModelId: &model, Messages: []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "hello"}}}},
	})
	return err
}

// refusal is the code and the message of an API's error.
func refusal(t *testing.T, err error) (code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Errorf("got %v, want an API's error", err)
		return "", ""
	}
	return e.ErrorCode(), e.ErrorMessage()
}

func TestAssumedRolesCallUntilTheyAreGone(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	role := s.newRole(t, "caller", homely)
	provider := stscreds.NewAssumeRoleProvider(s.tokens(s.static()), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = "me", 15*time.Minute
		o.Tags = []ststypes.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}
	})
	session, err := provider.Retrieve(withPatience(t))
	if err != nil {
		t.Fatal(err)
	}
	from := credentials.StaticCredentialsProvider{Value: session}
	who, err := s.tokens(from).GetCallerIdentity(withPatience(t), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:sts::"+account+":assumed-role/caller/me" || *who.Account != account {
		t.Errorf("the caller is %+v, %v", who, err)
	}
	if err := s.callsWith(from).hello(t); err != nil {
		t.Errorf("the session cannot call: %v", err)
	}
	if left := time.Until(session.Expires); left > 15*time.Minute || left < 14*time.Minute {
		t.Errorf("the session ends in %s", left)
	}

	// A restart keeps it, and so does another key that seals.
	s.stop()
	if out, err := exec.Command(binary, "seal", "rotate", "--data", s.data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s = startIn(t, s.data, "")
	if err := s.callsWith(from).hello(t); err != nil {
		t.Errorf("after a restart with another sealing key: %v", err)
	}

	if _, err := s.administration().DeleteRolePolicy(withPatience(t), &iam.DeleteRolePolicyInput{RoleName: aws.String("caller"), PolicyName: aws.String("call")}); err != nil {
		t.Fatal(err)
	}
	if code, message := refusal(t, s.callsWith(from).hello(t)); code != "AccessDeniedException" || !strings.Contains(message, "assumed-role/caller/me is not authorized to perform: bedrock:InvokeModel") {
		t.Errorf("without its policy: %s: %s", code, message)
	}
	if _, err := s.administration().DeleteRole(withPatience(t), &iam.DeleteRoleInput{RoleName: aws.String("caller")}); err != nil {
		t.Fatal(err)
	}
	if code, message := refusal(t, s.callsWith(from).hello(t)); code != "UnrecognizedClientException" || message != "The security token included in the request is invalid" {
		t.Errorf("without its role: %s: %s", code, message)
	}
}

func TestSessionPoliciesLimit(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	role := s.newRole(t, "caller", homely)
	limited := stscreds.NewAssumeRoleProvider(s.tokens(s.static()), role, func(o *stscreds.AssumeRoleOptions) { o.Policy = aws.String(mayCount) })
	if code, message := refusal(t, s.callsWith(limited).hello(t)); code != "AccessDeniedException" || !strings.HasSuffix(message, "because no session policy allows the bedrock:InvokeModel action") {
		t.Errorf("%s: %s", code, message)
	}
	federated, err := s.tokens(s.static()).GetFederationToken(withPatience(t), &sts.GetFederationTokenInput{Name: aws.String("guest"), Policy: aws.String(mayCall)})
	if err != nil {
		t.Fatal(err)
	}
	c := federated.Credentials
	guest := credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	if err := s.callsWith(guest).hello(t); err != nil {
		t.Errorf("a federated user: %v", err)
	}
	if _, err := s.callsWith(guest).control.ListInferenceProfiles(withPatience(t), &bedrock.ListInferenceProfilesInput{}); err != nil {
		t.Errorf("a federated user: %v", err)
	}
}

func TestBadSessionsAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	session, err := s.tokens(s.static()).GetSessionToken(withPatience(t), &sts.GetSessionTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	c, k := session.Credentials, s.credentials()
	const broken = "The security token included in the request is invalid"
	for name, test := range map[string]struct{ id, secret, token, code, message string }{
		"good":                {*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken, "", ""},
		"another secret":      {*c.AccessKeyId, k.secret, *c.SessionToken, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
		"a token cut":         {*c.AccessKeyId, *c.SecretAccessKey, (*c.SessionToken)[:40], "UnrecognizedClientException", broken},
		"no token":            {*c.AccessKeyId, *c.SecretAccessKey, "", "UnrecognizedClientException", broken + "."},
		"another key's token": {k.id, k.secret, *c.SessionToken, "UnrecognizedClientException", broken},
	} {
		err := s.callsWith(credentials.NewStaticCredentialsProvider(test.id, test.secret, test.token)).hello(t)
		if test.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if code, message := refusal(t, err); code != test.code || message != test.message {
			t.Errorf("%s: %s: %s", name, code, message)
		}
	}
}

// STS has names of its own for what other services refuse too.
func TestTheSecurityTokenServiceSaysItItsWay(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	k := s.credentials()
	for name, test := range map[string]struct{ id, secret, token, code string }{
		"another secret": {k.id, "x", "", "SignatureDoesNotMatch"},
		"nobody's key":   {"AKIAIOSFODNN7EXAMPLE", "x", "", "InvalidClientTokenId"},
		"a bad token":    {k.id, k.secret, "x", "InvalidClientTokenId"},
	} {
		_, err := s.tokens(credentials.NewStaticCredentialsProvider(test.id, test.secret, test.token)).GetCallerIdentity(withPatience(t), &sts.GetCallerIdentityInput{})
		if code, message := refusal(t, err); code != test.code {
			t.Errorf("%s: %s: %s", name, code, message)
		}
	}
	late := sts.Options{BaseEndpoint: &s.url, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: s.static(), HTTPSignerV4: wrongClock{v4.NewSigner(), -14 * time.Minute}}
	if _, err := sts.New(late).GetCallerIdentity(withPatience(t), &sts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("14 minutes late: %v", err)
	}
	late.HTTPSignerV4 = wrongClock{v4.NewSigner(), -16 * time.Minute}
	_, err := sts.New(late).GetCallerIdentity(withPatience(t), &sts.GetCallerIdentityInput{})
	if code, message := refusal(t, err); code != "SignatureDoesNotMatch" || !strings.HasPrefix(message, "Signature expired: ") || !strings.HasSuffix(message, " - 15 min.)") {
		t.Errorf("16 minutes late: %s: %s", code, message)
	}
	answer, err := http.PostForm(s.url+"/", map[string][]string{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "<Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message>") {
		t.Errorf("%s %s, %v", answer.Status, body, err)
	}
}

func TestPresignedRequests(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	signed, err := sts.NewPresignClient(s.tokens(s.static())).PresignGetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	get := func(method, url string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(withPatience(t), method, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	for range 2 { // it may come twice
		if status, body := get(signed.Method, signed.URL); status != http.StatusOK || !strings.Contains(body, ":user/admin</Arn>") {
			t.Errorf("%d %s", status, body)
		}
	}
	if status, body := get(signed.Method, signed.URL+"&RoleArn=x"); status != http.StatusForbidden || !strings.Contains(body, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("with a parameter more: %d %s", status, body)
	}
}

func TestTheCommandLineAssumesRoles(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, "")
	role := s.newRole(t, "caller", homely)
	got := s.run(t, "aws", "sts", "assume-role", "--role-arn", role, "--role-session-name", "cli", "--query", "AssumedRoleUser.Arn", "--output", "text")
	if want := "arn:aws:sts::" + account + ":assumed-role/caller/cli"; strings.TrimSpace(got) != want {
		t.Errorf("assumed %s, want %s", got, want)
	}
	if got := s.run(t, "aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"); strings.TrimSpace(got) != "arn:aws:iam::"+account+":user/admin" {
		t.Errorf("the caller is %s", got)
	}
	if got := s.run(t, "aws", "sts", "get-access-key-info", "--access-key-id", s.credentials().id, "--query", "Account", "--output", "text"); strings.TrimSpace(got) != account {
		t.Errorf("the key's account is %s", got)
	}
}

// A new account has a role that the management account may assume, and nothing else is visible from there or here.
func TestRolesLeadIntoOtherAccounts(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	other := newAccount(t, s.organization(), "other")
	there := s.callsWith(stscreds.NewAssumeRoleProvider(s.tokens(s.static()), "arn:aws:iam::"+other+":role/OrganizationAccountAccessRole"))
	id := there.createProfile(t, "theirs", modelARN("us-east-1", claude))
	if !strings.Contains(id, ":"+other+":") {
		t.Errorf("the profile is %s, not of account %s", id, other)
	}
	for whose, c := range map[string]client{"theirs": there, "": s.client()} {
		list, err := c.control.ListInferenceProfiles(withPatience(t), &bedrock.ListInferenceProfilesInput{TypeEquals: bedrocktypes.InferenceProfileTypeApplication})
		if err != nil {
			t.Fatal(err)
		}
		names := ""
		for _, p := range list.InferenceProfileSummaries {
			names += *p.InferenceProfileName
		}
		if names != whose {
			t.Errorf("got the profiles %q, want %q", names, whose)
		}
	}
	if code, _ := refusal(t, s.client().helloTo(t, id)); code != "AccessDeniedException" {
		t.Errorf("from the other account: %s", code)
	}
	if err := there.helloTo(t, id); err != nil {
		t.Errorf("from its own account: %v", err)
	}
}
