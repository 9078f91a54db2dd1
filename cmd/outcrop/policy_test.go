package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// owned is an application profile that the servers of these tests know of.
const owned = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc"

// explainBy runs the command against a server that answers with one status and body, and returns what it was asked.
func explainBy(t *testing.T, status int, body string, args ...string) (asked url.Values, out string, err error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/listTagsForResource":
			io.WriteString(w, `{"tags":[{"key":"team","value":"search"},{"key":"stage","value":"prod"}]}`)
			return
		case strings.HasPrefix(r.URL.Path, "/resource-policy/") && strings.HasSuffix(r.URL.Path, "/abc"):
			io.WriteString(w, `{"resourcePolicy":"{\"Id\":\"x\"}"}`)
			return
		case strings.HasPrefix(r.URL.Path, "/resource-policy/"):
			w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException:http://x/")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"Message":"User: x is not authorized"}`)
			return
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if asked, err = url.ParseQuery(string(text)); err != nil {
			t.Error(err)
		}
		if asked.Get("Action") == "GetRole" {
			io.WriteString(w, `<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::111122223333:role/`+asked.Get("RoleName")+
				`</Arn><AssumeRolePolicyDocument>%7B%22Id%22%3A%22a+b%20c%22%7D</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>`)
			return
		}
		if !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/iam/aws4_request") {
			t.Errorf("signed as %q", r.Header.Get("Authorization"))
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"AWS_ENDPOINT_URL_IAM": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}[name]
		return v, ok
	}
	var stdout strings.Builder
	err = run(t.Context(), append([]string{"policy", "explain"}, args...), env, strings.NewReader(""), &stdout, io.Discard)
	return asked, stdout.String(), err
}

func TestPolicyExplainAsksIAM(t *testing.T) {
	file := filepath.Join(t.TempDir(), "more.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked, out, err := explainBy(t, 200, `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>
<EvaluationResults><member><EvalActionName>bedrock:InvokeModel</EvalActionName><EvalDecision>explicitDeny</EvalDecision>
<MatchedStatements><member><SourcePolicyId>inline policy limits</SourcePolicyId><StartPosition><Line>3</Line><Column>4</Column></StartPosition><EndPosition><Line>9</Line><Column>5</Column></EndPosition></member>
<member><SourcePolicyId>PolicyInputList.1</SourcePolicyId><StartPosition><Line>1</Line><Column>4</Column></StartPosition><EndPosition><Line>2</Line><Column>5</Column></EndPosition></member></MatchedStatements>
<MissingContextValues><member>aws:ResourceTag/team</member></MissingContextValues>
<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>
<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>true</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>
</member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
		"arn:aws:iam::111122223333:user/ana", "bedrock:InvokeModel", "arn:aws:bedrock:us-east-1:111122223333:prompt/p",
		"--key", "aws:RequestedRegion=us-east-1", "--key", "aws:TagKeys=a", "--key", "AWS:tagkeys=b", "--policy", file, "--resource-policy", file, "--boundary", file)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"Action": {"SimulatePrincipalPolicy"}, "Version": {"2010-05-08"}, "PolicySourceArn": {"arn:aws:iam::111122223333:user/ana"},
		"ActionNames.member.1": {"bedrock:InvokeModel"}, "ResourceArns.member.1": {"arn:aws:bedrock:us-east-1:111122223333:prompt/p"},
		"PolicyInputList.member.1": {"{}"}, "PermissionsBoundaryPolicyInputList.member.1": {"{}"}, "ResourcePolicy": {"{}"}, "ResourceOwner": {"arn:aws:iam::111122223333:root"},
		"ContextEntries.member.1.ContextKeyName": {"aws:RequestedRegion"}, "ContextEntries.member.1.ContextKeyType": {"string"}, "ContextEntries.member.1.ContextKeyValues.member.1": {"us-east-1"},
		"ContextEntries.member.2.ContextKeyName": {"aws:TagKeys"}, "ContextEntries.member.2.ContextKeyType": {"stringList"},
		"ContextEntries.member.2.ContextKeyValues.member.1": {"a"}, "ContextEntries.member.2.ContextKeyValues.member.2": {"b"},
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantOut := `denied explicitly
  arn:aws:iam::111122223333:user/ana does bedrock:InvokeModel on arn:aws:bedrock:us-east-1:111122223333:prompt/p
  denied by inline policy limits, lines 3 to 9
  denied by ` + file + `, lines 1 to 2
  stopped: the organisation's service control policies do not allow it
  asked for by conditions and not given: aws:ResourceTag/team (see --key)
`
	if diff := cmp.Diff(wantOut, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const allowedBy = `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member><EvalDecision>allowed</EvalDecision>
<MatchedStatements><member><SourcePolicyId>ResourcePolicy</SourcePolicyId><StartPosition><Line>2</Line></StartPosition><EndPosition><Line>2</Line></EndPosition></member></MatchedStatements>
</member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`

func TestPolicyExplainKnowsProfiles(t *testing.T) {
	asked, out, err := explainBy(t, 200, allowedBy, "arn:aws:iam::111122223333:user/ana", "bedrock:InvokeModel", owned, "--key", "aws:resourcetag/stage=test")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		asked.Get("ResourcePolicy"), asked.Get("ContextEntries.member.1.ContextKeyName"), asked.Get("ContextEntries.member.1.ContextKeyValues.member.1"),
		asked.Get("ContextEntries.member.2.ContextKeyName"), asked.Get("ContextEntries.member.2.ContextKeyValues.member.1"), asked.Get("ContextEntries.member.3.ContextKeyName"),
	}
	if diff := cmp.Diff([]string{`{"Id":"x"}`, "aws:resourcetag/stage", "test", "aws:ResourceTag/team", "search", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := "allowed\n  arn:aws:iam::111122223333:user/ana does bedrock:InvokeModel on " + owned + "\n  allowed by the resource's policy, line 2\n"
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, out, err = explainBy(t, 200, allowedBy, "arn:aws:iam::111122223333:user/ana", "bedrock:InvokeModel", owned+"d")
	if err != nil || !strings.Contains(out, "not known: the resource's policy: AccessDeniedException: User: x is not authorized\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPolicyExplainKnowsTrust(t *testing.T) {
	asked, _, err := explainBy(t, 200, allowedBy, "arn:aws:iam::111122223333:user/ana", "sts:AssumeRole", "arn:aws:iam::111122223333:role/worker")
	if got := asked.Get("ResourcePolicy"); err != nil || got != `{"Id":"a+b c"}` {
		t.Errorf("%v %s", err, got)
	}
	_, out, err := explainBy(t, 200, strings.Replace(allowedBy, "allowed", "implicitDeny", 1), "arn:aws:iam::111122223333:user/ana", "sts:AssumeRole", "arn:aws:iam::111122223333:role/worker")
	want := `denied
  arn:aws:iam::111122223333:user/ana does sts:AssumeRole on arn:aws:iam::111122223333:role/worker
  not enough: the role's trust policy, line 2
  stopped: no identity-based policy allows it
`
	if diff := cmp.Diff(want, out); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, out, err = explainBy(t, 200, allowedBy, "arn:aws:iam::111122223333:user/ana", "sts:AssumeRole", "arn:aws:iam::444455556666:role/worker")
	if err != nil || !strings.Contains(out, "not known: the role's trust policy: the role of that name here is arn:aws:iam::111122223333:role/worker\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPolicyExplainTellsErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		body, want string
	}{
		"IAM's own":         {404, `<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>The user with name x cannot be found.</Message></Error></ErrorResponse>`, "NoSuchEntity: The user with name x cannot be found."},
		"not IAM's":         {502, "Bad Gateway", `the server answered HTTP 502, not as IAM does: "Bad Gateway"`},
		"an answer cut off": {200, "<Simul", "cannot read the answer: XML syntax error on line 1: unexpected EOF"},
		"no decision":       {200, "<SimulatePrincipalPolicyResponse/>", "the server answered one question with 0 decisions"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := explainBy(t, test.status, test.body, "arn:aws:iam::111122223333:user/x", "bedrock:InvokeModel")
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}
