package organizations_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/policy"
)

const (
	accountForm = `\b[1-9][0-9]{11}\b`
	unitForm    = `\bou-abcd-[a-z0-9]{8}\b`
	policyForm  = `\bp-[a-z0-9]{8}\b`
)

// may reports whether the access role of an account may invoke models.
func (n *node) may(account string) bool {
	n.t.Helper()
	now := n.people.Snapshot()
	who, ok := now.Principal("arn:aws:sts::" + account + ":assumed-role/OrganizationAccountAccessRole/me")
	if !ok {
		n.t.Fatalf("account %s has no access role", account)
	}
	return now.Authorize(&who, &policy.Request{
		Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-east-1::foundation-model/a.b", Principal: &who,
	}).Allowed
}

// What the organisation says is in force for the next call.
func TestControlPoliciesLimitAtOnce(t *testing.T) {
	n := newNode(t)
	account := n.ok("CreateAccount", `{"Email":"team@example.com","AccountName":"Team"}`, accountForm)
	unit := n.ok("CreateOrganizationalUnit", `{"ParentId":"r-abcd","Name":"No models"}`, unitForm)
	deny := n.ok("CreatePolicy", `{"Name":"No models","Description":"","Type":"SERVICE_CONTROL_POLICY","Content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"bedrock:*\",\"Resource\":\"*\"}}"}`, policyForm)
	for _, step := range []struct {
		operation, body string
		may             bool
	}{
		{"ListRoots", `{}`, true},
		{"AttachPolicy", `{"PolicyId":"` + deny + `","TargetId":"` + unit + `"}`, true},
		{"MoveAccount", `{"AccountId":"` + account + `","SourceParentId":"r-abcd","DestinationParentId":"` + unit + `"}`, false},
		{"DetachPolicy", `{"PolicyId":"` + deny + `","TargetId":"` + unit + `"}`, true},
		{"AttachPolicy", `{"PolicyId":"` + deny + `","TargetId":"r-abcd"}`, false},
		{"UpdatePolicy", `{"PolicyId":"` + deny + `","Content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"}`, true},
		{"UpdatePolicy", `{"PolicyId":"` + deny + `","Content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`, false},
		{"DisablePolicyType", `{"RootId":"r-abcd","PolicyType":"SERVICE_CONTROL_POLICY"}`, true},
		{"EnablePolicyType", `{"RootId":"r-abcd","PolicyType":"SERVICE_CONTROL_POLICY"}`, true},
		{"AttachPolicy", `{"PolicyId":"` + deny + `","TargetId":"` + account + `"}`, false},
		{"DetachPolicy", `{"PolicyId":"` + deny + `","TargetId":"` + account + `"}`, true},
		{"CloseAccount", `{"AccountId":"` + account + `"}`, false},
	} {
		n.ok(step.operation, step.body, "")
		if got := n.may(account); got != step.may {
			t.Errorf("after %s %s the account may: %v, want %v", step.operation, step.body, got, step.may)
		}
	}
}

func TestTheManagementAccountAssumesTheAccessRole(t *testing.T) {
	n := newNode(t)
	account := n.ok("CreateAccount", `{"Email":"team@example.com","AccountName":"Team","RoleName":"Door"}`, accountForm)
	role, ok := n.people.Snapshot().Role("arn:aws:iam::" + account + ":role/Door")
	if !ok {
		t.Fatal("there is no role")
	}
	if want := `"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`; !strings.Contains(role.Trust.Text(), want) {
		t.Errorf("the role trusts %s, not %s", role.Trust.Text(), want)
	}
}

func TestAccountsMadeAtOnce(t *testing.T) {
	n := newNode(t)
	const many = 12
	var wg sync.WaitGroup
	answers := make([]string, many)
	for i := range many {
		wg.Go(func() {
			// Two of each address: one of them must fail.
			_, answers[i] = n.callAt(management, "CreateAccount", fmt.Sprintf(`{"Email":"%d@example.com","AccountName":"a"}`, i/2), born)
		})
	}
	wg.Wait()
	made := strings.Count(strings.Join(answers, ""), `"SUCCEEDED"`)
	refused := strings.Count(strings.Join(answers, ""), `"EMAIL_ALREADY_EXISTS"`)
	if made != many/2 || refused != many/2 {
		t.Errorf("%d accounts were made and %d refused, want %d of each", made, refused, many/2)
	}
	if got := len(n.people.Snapshot().Accounts()); got != 1+many/2 {
		t.Errorf("there are %d accounts", got)
	}
}

func TestQuotas(t *testing.T) {
	n := newNode(t)
	tags := make([]string, 51)
	for i := range tags {
		tags[i] = fmt.Sprintf(`{"Key":"k%d","Value":""}`, i)
	}
	long := `{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}` + strings.Repeat(" ", 10_240) + "}"
	for _, test := range []struct{ operation, body, reason string }{
		{"TagResource", `{"ResourceId":"r-abcd","Tags":[` + strings.Join(tags, ",") + `]}`, "MAX_TAG_LIMIT_EXCEEDED"},
		{"CreatePolicy", `{"Name":"long","Description":"","Type":"SERVICE_CONTROL_POLICY","Content":"` + long + `"}`, "POLICY_CONTENT_LIMIT_EXCEEDED"},
	} {
		status, answer := n.call(management, test.operation, test.body)
		if status != 400 || !strings.Contains(answer, `"__type":"ConstraintViolationException"`) || !strings.Contains(answer, `"Reason":"`+test.reason+`"`) {
			t.Errorf("%s: HTTP %d %s, want %s", test.operation, status, answer, test.reason)
		}
	}
}

// Nothing of the organisation shows to a member but what it belongs to.
func TestMembersSeeNothing(t *testing.T) {
	n := newNode(t)
	member := arn.Account(n.ok("CreateAccount", `{"Email":"team@example.com","AccountName":"Team"}`, accountForm))
	for operation, body := range map[string]string{
		"ListRoots": `{}`, "ListAccounts": `{}`, "DescribeAccount": `{"AccountId":"111122223333"}`, "ListAccountsForParent": `{"ParentId":"r-abcd"}`,
		"MoveAccount":  `{"AccountId":"111122223333","SourceParentId":"r-abcd","DestinationParentId":"r-abcd"}`,
		"CloseAccount": `{"AccountId":"111122223333"}`, "CreateAccount": `{"Email":"a@example.com","AccountName":"A"}`,
		"DescribeCreateAccountStatus": `{"CreateAccountRequestId":"car-00000000000000000000000000000000"}`, "ListCreateAccountStatus": `{}`,
		"CreateOrganizationalUnit": `{"ParentId":"r-abcd","Name":"A"}`, "DescribeOrganizationalUnit": `{"OrganizationalUnitId":"ou-abcd-zzzzzzzz"}`,
		"UpdateOrganizationalUnit": `{"OrganizationalUnitId":"ou-abcd-zzzzzzzz"}`, "DeleteOrganizationalUnit": `{"OrganizationalUnitId":"ou-abcd-zzzzzzzz"}`,
		"ListOrganizationalUnitsForParent": `{"ParentId":"r-abcd"}`, "ListParents": `{"ChildId":"111122223333"}`, "ListChildren": `{"ParentId":"r-abcd","ChildType":"ACCOUNT"}`,
		"CreatePolicy":   `{"Name":"a","Description":"","Type":"SERVICE_CONTROL_POLICY","Content":"{}"}`,
		"DescribePolicy": `{"PolicyId":"p-FullAWSAccess"}`, "UpdatePolicy": `{"PolicyId":"p-FullAWSAccess"}`, "DeletePolicy": `{"PolicyId":"p-FullAWSAccess"}`,
		"ListPolicies": `{"Filter":"SERVICE_CONTROL_POLICY"}`, "AttachPolicy": `{"PolicyId":"p-FullAWSAccess","TargetId":"r-abcd"}`,
		"DetachPolicy": `{"PolicyId":"p-FullAWSAccess","TargetId":"r-abcd"}`, "ListPoliciesForTarget": `{"TargetId":"r-abcd","Filter":"SERVICE_CONTROL_POLICY"}`,
		"ListTargetsForPolicy": `{"PolicyId":"p-FullAWSAccess"}`, "EnablePolicyType": `{"RootId":"r-abcd","PolicyType":"SERVICE_CONTROL_POLICY"}`,
		"DisablePolicyType": `{"RootId":"r-abcd","PolicyType":"SERVICE_CONTROL_POLICY"}`, "TagResource": `{"ResourceId":"r-abcd","Tags":[]}`,
		"RemoveAccountFromOrganization": `{"AccountId":"111122223333"}`, "ListAWSServiceAccessForOrganization": `{}`, "ListDelegatedAdministrators": `{}`,
		"ListDelegatedServicesForAccount": `{"AccountId":"111122223333"}`, "UntagResource": `{"ResourceId":"r-abcd","TagKeys":[]}`, "ListTagsForResource": `{"ResourceId":"r-abcd"}`,
	} {
		status, answer := n.call(member, operation, body)
		if want := `{"__type":"AccessDeniedException","Message":"You don't have permissions to access this resource."}`; status != 400 || answer != want {
			t.Errorf("%s: HTTP %d %s", operation, status, answer)
		}
	}
}
