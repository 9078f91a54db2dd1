package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
)

// The policy as people write it: over several lines.
const openToEverybody = `{
	"Version": "2012-10-17",
	"Statement": [{
		"Effect": "Allow",
		"Principal": "*",
		"Action": ["bedrock:InvokeModel*", "bedrock:GetInferenceProfile"],
		"Resource": "*"
	}]
}
`

// An account shares an application profile, which another may then call, until it is shared no more or its account is closed.
func TestProfilesAreSharedAcrossAccounts(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	owner := newAccount(t, s.organization(), "owner")
	inside := s.callsWith(stscreds.NewAssumeRoleProvider(s.tokens(s.static()), "arn:aws:iam::"+owner+":role/OrganizationAccountAccessRole"))
	profile := inside.createProfile(t, "shared", modelARN("us-east-1", claude))
	denied := func() {
		t.Helper()
		code, message := refusal(t, s.client().helloTo(t, profile))
		if code != "AccessDeniedException" || !strings.HasSuffix(message, "on resource: "+profile+" because no resource-based policy allows the bedrock:InvokeModel action") {
			t.Errorf("%s: %s", code, message)
		}
	}
	share := func() {
		t.Helper()
		in := &bedrock.PutResourcePolicyInput{ResourceArn: &profile, ResourcePolicy: aws.String(openToEverybody)}
		if _, err := inside.control.PutResourcePolicy(withPatience(t), in); err != nil {
			t.Fatal(err)
		}
		if err := s.client().helloTo(t, profile); err != nil {
			t.Errorf("a shared profile: %v", err)
		}
	}
	denied()
	share()
	got, err := inside.control.GetResourcePolicy(withPatience(t), &bedrock.GetResourcePolicyInput{ResourceArn: &profile})
	if err != nil || *got.ResourcePolicy != openToEverybody {
		t.Errorf("the policy reads %+v, %v", got, err)
	}
	seen, err := s.client().control.GetInferenceProfile(withPatience(t), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &profile})
	if err != nil || *seen.InferenceProfileName != "shared" {
		t.Errorf("the profile looks like %+v, %v", seen, err)
	}
	if _, err := inside.control.DeleteResourcePolicy(withPatience(t), &bedrock.DeleteResourcePolicyInput{ResourceArn: &profile}); err != nil {
		t.Fatal(err)
	}
	denied()
	share()
	s.run(t, "aws", "organizations", "close-account", "--account-id", owner)
	denied()
}
