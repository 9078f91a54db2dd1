package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// iamAs is the Go SDK's client of the server's IAM, with a key.
func (s *server) iamAs(k keys) *iam.Client {
	return iam.New(iam.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, nil
		}),
	})
}

// newUser makes a user and its access key.
func newUser(t *testing.T, c *iam.Client, name string) keys {
	t.Helper()
	ok(t)(c.CreateUser(withPatience(t), &iam.CreateUserInput{UserName: &name}))
	made, err := c.CreateAccessKey(withPatience(t), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return keys{*made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey}
}

// ok fails the test on an error of a call whose answer does not matter.
func ok(t *testing.T) func(any, error) {
	t.Helper()
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// allows is a policy of one statement.
func allows(action, resource string) *string {
	return aws.String(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":%q}]}`, action, resource))
}

// caller is a user whose rights change.
type caller struct {
	*testing.T
	client
}

// may checks that the user may call a model, or may not.
func (c caller) may(want bool, after string) {
	c.Helper()
	_, err := c.converse(c.T, claude, "Hello")
	if want {
		if err != nil {
			c.Fatalf("after %s: %v", after, err)
		}
		return
	}
	c.refused(err, "AccessDeniedException", after)
}

func (c caller) refused(err error, code, after string) {
	c.Helper()
	if e, _ := failure[smithy.APIError](c.T, err, http.StatusForbidden); e.ErrorCode() != code {
		c.Fatalf("after %s: %v, want %s", after, e, code)
	}
}

// Rights that are given or taken count for the next call.
func TestRightsCountAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c, name := s.iamAs(s.credentials()), aws.String("kim")
	kim := caller{t, s.clientWith(access{keys: newUser(t, c, *name)})}
	kim.may(false, "nothing")
	policy, err := c.CreatePolicy(withPatience(t), &iam.CreatePolicyInput{PolicyName: aws.String("call"), PolicyDocument: allows("bedrock:InvokeModel*", "*")})
	if err != nil {
		t.Fatal(err)
	}
	arn := policy.Policy.Arn
	ok(t)(c.AttachUserPolicy(withPatience(t), &iam.AttachUserPolicyInput{UserName: name, PolicyArn: arn}))
	kim.may(true, "attaching a policy")
	ok(t)(c.CreatePolicyVersion(withPatience(t), &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allows("bedrock:List*", "*"), SetAsDefault: true}))
	kim.may(false, "a narrower version")
	ok(t)(c.SetDefaultPolicyVersion(withPatience(t), &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}))
	kim.may(true, "the old version")
	boundary := aws.String("arn:aws:iam::aws:policy/AmazonBedrockReadOnly")
	ok(t)(c.PutUserPermissionsBoundary(withPatience(t), &iam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: boundary}))
	kim.may(false, "a boundary")
	ok(t)(c.DeleteUserPermissionsBoundary(withPatience(t), &iam.DeleteUserPermissionsBoundaryInput{UserName: name}))
	kim.may(true, "no boundary")
	ok(t)(c.PutUserPolicy(withPatience(t), &iam.PutUserPolicyInput{UserName: name, PolicyName: aws.String("no"), PolicyDocument: aws.String(strings.Replace(*allows("bedrock:*", "*"), "Allow", "Deny", 1))}))
	kim.may(false, "an inline policy that denies")
	ok(t)(c.DeleteUserPolicy(withPatience(t), &iam.DeleteUserPolicyInput{UserName: name, PolicyName: aws.String("no")}))
	kim.may(true, "its end")
}

func TestKeysCountAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c, name := s.iamAs(s.credentials()), aws.String("kim")
	key := newUser(t, c, *name)
	ok(t)(c.AttachUserPolicy(withPatience(t), &iam.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))
	kim := caller{t, s.clientWith(access{keys: key})}
	kim.may(true, "making a key")
	set := func(status iamtypes.StatusType) {
		t.Helper()
		ok(t)(c.UpdateAccessKey(withPatience(t), &iam.UpdateAccessKeyInput{UserName: name, AccessKeyId: &key.id, Status: status}))
	}
	set(iamtypes.StatusTypeInactive)
	_, err := kim.converse(t, claude, "Hello")
	kim.refused(err, "UnrecognizedClientException", "making the key inactive")
	set(iamtypes.StatusTypeActive)
	kim.may(true, "making it active")
	used, err := c.GetAccessKeyLastUsed(withPatience(t), &iam.GetAccessKeyLastUsedInput{AccessKeyId: &key.id})
	if err != nil || used.AccessKeyLastUsed.LastUsedDate == nil || *used.UserName != "kim" || *used.AccessKeyLastUsed.Region != "us-east-1" {
		t.Errorf("last used: %+v %v", used, err)
	}
	ok(t)(c.DeleteAccessKey(withPatience(t), &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: &key.id}))
	_, err = kim.converse(t, claude, "Hello")
	kim.refused(err, "UnrecognizedClientException", "deleting the key")
}

// What a user may not do in IAM is refused in IAM's own form.
func TestIAMIsGuarded(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c := s.iamAs(s.credentials())
	kim := s.iamAs(newUser(t, c, "kim"))
	_, err := kim.ListUsers(withPatience(t), &iam.ListUsersInput{})
	e, _ := failure[smithy.APIError](t, err, http.StatusForbidden)
	if e.ErrorCode() != "AccessDenied" || !strings.Contains(e.ErrorMessage(), "User: arn:aws:iam::111122223333:user/kim is not authorized to perform: iam:ListUsers") {
		t.Errorf("%v", e)
	}
	ok(t)(c.PutUserPolicy(withPatience(t), &iam.PutUserPolicyInput{
		UserName: aws.String("kim"), PolicyName: aws.String("own"), PolicyDocument: allows("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}"),
	}))
	mine, err := kim.ListAccessKeys(withPatience(t), &iam.ListAccessKeysInput{})
	if err != nil || len(mine.AccessKeyMetadata) != 1 {
		t.Errorf("its own keys: %v %v", mine, err)
	}
	if _, err := kim.ListAccessKeys(withPatience(t), &iam.ListAccessKeysInput{UserName: aws.String("admin")}); err == nil {
		t.Error("a user sees the administrator's keys")
	}
}

// A long-term API key calls until it is reset, and survives a restart.
func TestLongTermAPIKeys(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c, name := s.iamAs(s.credentials()), aws.String("kim")
	newUser(t, c, *name)
	ok(t)(c.AttachUserPolicy(withPatience(t), &iam.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess")}))
	made, err := c.CreateServiceSpecificCredential(withPatience(t), &iam.CreateServiceSpecificCredentialInput{
		UserName: name, ServiceName: aws.String("bedrock.amazonaws.com"), CredentialAgeDays: aws.Int32(30),
	})
	if err != nil {
		t.Fatal(err)
	}
	k := made.ServiceSpecificCredential
	if !strings.HasPrefix(*k.ServiceCredentialSecret, "ABSK") || k.ExpirationDate == nil {
		t.Errorf("made %+v", k)
	}
	s = s.restart("")
	c = s.iamAs(s.credentials())
	if status := s.callWith(t, *k.ServiceCredentialSecret); status != http.StatusOK {
		t.Errorf("the key is answered with %d", status)
	}
	again, err := c.ResetServiceSpecificCredential(withPatience(t), &iam.ResetServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: k.ServiceSpecificCredentialId})
	if err != nil {
		t.Fatal(err)
	}
	old, now := s.callWith(t, *k.ServiceCredentialSecret), s.callWith(t, *again.ServiceSpecificCredential.ServiceCredentialSecret)
	if old != http.StatusForbidden || now != http.StatusOK {
		t.Errorf("after a reset the old key is answered with %d, the new one with %d", old, now)
	}
}

// callWith calls a model with an API key, and returns the status.
func (s *server) callWith(t *testing.T, key string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(withPatience(t), http.MethodPost, s.url+"/model/"+claude+"/converse", strings.NewReader(`{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestAWSCommandLineManagesPeople(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, "")
	aws := func(into any, args ...string) {
		t.Helper()
		out := s.run(t, "aws", append(append([]string{"iam"}, args...), "--output", "json")...)
		if into == nil {
			return
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			t.Fatalf("aws iam %s printed %q: %v", strings.Join(args, " "), out, err)
		}
	}
	aws(nil, "create-group", "--group-name", "devs", "--path", "/eng/")
	for _, name := range []string{"ann", "bob"} {
		aws(nil, "create-user", "--user-name", name, "--path", "/eng/", "--tags", "Key=team,Value=core")
		aws(nil, "add-user-to-group", "--group-name", "devs", "--user-name", name)
	}
	var listed struct {
		Users []struct{ UserName, Arn string }
	}
	aws(&listed, "list-users", "--path-prefix", "/eng/", "--page-size", "1")
	if len(listed.Users) != 2 || listed.Users[1].Arn != "arn:aws:iam::111122223333:user/eng/bob" {
		t.Errorf("pages of one: %+v", listed)
	}
	aws(nil, "put-group-policy", "--group-name", "devs", "--policy-name", "call", "--policy-document", *allows("bedrock:InvokeModel", "*"))
	var inline struct {
		PolicyDocument struct{ Statement []map[string]any }
	}
	aws(&inline, "get-group-policy", "--group-name", "devs", "--policy-name", "call")
	want := []map[string]any{{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}}
	if diff := cmp.Diff(want, inline.PolicyDocument.Statement); diff != "" {
		t.Errorf("the policy (-want +got):\n%s", diff)
	}
	var simulated struct {
		EvaluationResults []struct{ EvalDecision string }
	}
	aws(&simulated, "simulate-principal-policy", "--policy-source-arn", "arn:aws:iam::111122223333:user/eng/ann", "--action-names", "bedrock:InvokeModel", "bedrock:DeleteInferenceProfile")
	var decisions []string
	for _, r := range simulated.EvaluationResults {
		decisions = append(decisions, r.EvalDecision)
	}
	if !slices.Equal(decisions, []string{"allowed", "implicitDeny"}) {
		t.Errorf("simulated %v", decisions)
	}
	var details struct {
		UserDetailList []struct{ GroupList []string }
		Policies       []struct{ PolicyName string }
	}
	aws(&details, "get-account-authorization-details", "--page-size", "2")
	if len(details.UserDetailList) != 3 || !slices.Equal(details.UserDetailList[1].GroupList, []string{"devs"}) || len(details.Policies) != 1 {
		t.Errorf("details %+v", details)
	}
}
