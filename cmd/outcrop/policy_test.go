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

// explainBy runs the command against a server that answers with one status and body, and returns what it was asked.
func explainBy(t *testing.T, status int, body string, args ...string) (asked url.Values, out string, err error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if asked, err = url.ParseQuery(string(text)); err != nil {
			t.Error(err)
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
