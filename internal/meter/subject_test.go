package meter

import "testing"

// What is asked of one call and of the sums that it is in has one answer.
func TestACallIsItsSums(t *testing.T) {
	u := &Usage{
		Account: "111122223333", Principal: "arn:aws:iam::111122223333:user/ann", Model: "m", System: "eu.m",
		Application:   Application{Tags: map[string]string{"team": "search", "iamPrincipal/team": "forged"}},
		PrincipalTags: map[string]string{"team": "ops"}, Metadata: map[string]string{"job": "7"},
	}
	d := &Dimensions{Account: u.Account, Principal: u.Principal, Model: u.Model, System: u.System, Service: "Amazon Bedrock", Tags: u.TagSet()}
	call, sums := &Subject{Dimensions: d, Call: u}, &Subject{Dimensions: d, Tags: u.Tags()}
	for key, want := range map[string]string{
		"team": "search", "iamPrincipal/team": "ops", "requestMetadata/job": "7", "requestMetadata/none": "", "none": "",
		TagModel: "m", TagProfile: "eu.m", TagPrincipal: u.Principal,
	} {
		if a, b := call.Tag(key), sums.Tag(key); a != want || b != want {
			t.Errorf("%s is %q of the call and %q of its sums, want %q", key, a, b, want)
		}
	}
	if call.Untagged() || sums.Untagged() || !(&Subject{Dimensions: d, Call: &Usage{}}).Untagged() {
		t.Error("tags are not told from their absence")
	}
	for name, want := range map[string]string{"BILLING_ENTITY": "AWS", "INSTANCE_TYPE": "NoInstanceType", "AZ": "NoAZ", "_": "No", "LINKED_ACCOUNT": "111122223333"} {
		if got := call.Dimension(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if TagKey("user:iamPrincipal/a") != "iamPrincipal/a" || TagKey("user:a") != "user:a" {
		t.Error("a prefix is not cut as it should be")
	}
}
