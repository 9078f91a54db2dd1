package e2e

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	runtimetypes "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
)

// organization is the Go SDK's client of the server's organisation, as its administrator.
func (s *server) organization() *organizations.Client {
	s.t.Helper()
	k := s.credentials()
	return organizations.New(organizations.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, nil
		}),
	})
}

// newAccount makes an account and returns its id.
func newAccount(t *testing.T, c *organizations.Client, name string) string {
	t.Helper()
	made, err := c.CreateAccount(withPatience(t), &organizations.CreateAccountInput{AccountName: &name, Email: aws.String(name + "@example.com")})
	if err != nil {
		t.Fatal(err)
	}
	status := made.CreateAccountStatus
	if status.State != types.CreateAccountStateSucceeded {
		t.Fatalf("account %s: %s, %s", name, status.State, status.FailureReason)
	}
	asked, err := c.DescribeCreateAccountStatus(withPatience(t), &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: status.Id})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(asked.CreateAccountStatus.AccountId); got != *status.AccountId {
		t.Errorf("the creation made account %s, and says later %s", *status.AccountId, got)
	}
	return *status.AccountId
}

// accountIDs are those of all accounts, a page of one at a time.
func accountIDs(t *testing.T, c *organizations.Client) []string {
	t.Helper()
	var ids []string
	for pages := organizations.NewListAccountsPaginator(c, &organizations.ListAccountsInput{MaxResults: aws.Int32(1)}); pages.HasMorePages(); {
		page, err := pages.NextPage(withPatience(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Accounts {
			ids = append(ids, *a.Id)
		}
	}
	return ids
}

func TestAnOrganisationOutlivesARestart(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c := s.organization()
	first, second := newAccount(t, c, "first"), newAccount(t, c, "second")
	roots, err := c.ListRoots(withPatience(t), &organizations.ListRootsInput{})
	if err != nil {
		t.Fatal(err)
	}
	root := roots.Roots[0].Id
	unit, err := c.CreateOrganizationalUnit(withPatience(t), &organizations.CreateOrganizationalUnitInput{ParentId: root, Name: aws.String("teams")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.MoveAccount(withPatience(t), &organizations.MoveAccountInput{AccountId: &first, SourceParentId: root, DestinationParentId: unit.OrganizationalUnit.Id})
	if err != nil {
		t.Fatal(err)
	}
	attachDenial(t, c, *unit.OrganizationalUnit.Id)
	s.stop()
	c = startIn(t, s.data, "").organization()
	if got, want := accountIDs(t, c), []string{account, first, second}; !slices.Equal(got, want) {
		t.Errorf("accounts %v, want %v", got, want)
	}
	parents, err := c.ListParents(withPatience(t), &organizations.ListParentsInput{ChildId: &first})
	if err != nil {
		t.Fatal(err)
	}
	if got := *parents.Parents[0].Id; got != *unit.OrganizationalUnit.Id {
		t.Errorf("the account is in %s, was moved to %s", got, *unit.OrganizationalUnit.Id)
	}
	policies, err := c.ListPoliciesForTarget(withPatience(t), &organizations.ListPoliciesForTargetInput{
		TargetId: unit.OrganizationalUnit.Id, Filter: types.PolicyTypeServiceControlPolicy,
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(policies.Policies); n != 2 {
		t.Errorf("the unit has %d policies, want 2", n)
	}
}

// attachDenial makes a policy that denies all models, attaches it to a target and returns its id.
func attachDenial(t *testing.T, c *organizations.Client, target string) string {
	t.Helper()
	made, err := c.CreatePolicy(withPatience(t), &organizations.CreatePolicyInput{
		Name: aws.String("no models"), Description: aws.String(""), Type: types.PolicyTypeServiceControlPolicy,
		Content: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"bedrock:*","Resource":"*"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Policy.PolicySummary.Id
	if _, err := c.AttachPolicy(withPatience(t), &organizations.AttachPolicyInput{PolicyId: id, TargetId: &target}); err != nil {
		t.Fatal(err)
	}
	return *id
}

// enter assumes the access role of a member account and returns a client of the runtime with its session.
func (s *server) enter(t *testing.T, member string) *bedrockruntime.Client {
	t.Helper()
	need(t, "the AWS CLI", "aws", "--version")
	var session struct {
		Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	}
	out := s.run(t, "aws", "sts", "assume-role", "--role-session-name", "visitor", "--output", "json",
		"--role-arn", "arn:aws:iam::"+member+":role/OrganizationAccountAccessRole")
	if err := json.Unmarshal([]byte(out), &session); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k := session.Credentials
	return bedrockruntime.New(bedrockruntime.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken}, nil
		}),
	})
}

func TestAServiceControlPolicyStopsTheNextCall(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c := s.organization()
	member := newAccount(t, c, "member")
	inside := s.enter(t, member)
	converse := func() error {
		_, err := inside.Converse(withPatience(t), &bedrockruntime.ConverseInput{ModelId: aws.String(claude), Messages: ask("What is an outcrop?")})
		return err
	}
	if err := converse(); err != nil {
		t.Fatalf("a new account may do everything: %v", err)
	}
	denial := attachDenial(t, c, member)
	refused, _ := failure[*runtimetypes.AccessDeniedException](t, converse(), 403)
	want := "User: arn:aws:sts::" + member + ":assumed-role/OrganizationAccountAccessRole/visitor is not authorized to perform: bedrock:InvokeModel on resource: " +
		modelARN("us-east-1", claude) + " with an explicit deny in a service control policy"
	if got := refused.ErrorMessage(); !strings.HasPrefix(got, want) {
		t.Errorf("the refusal says\n%s, want\n%s", got, want)
	}
	if _, err := c.DetachPolicy(withPatience(t), &organizations.DetachPolicyInput{PolicyId: &denial, TargetId: &member}); err != nil {
		t.Fatal(err)
	}
	if err := converse(); err != nil {
		t.Errorf("without the policy: %v", err)
	}
	if _, err := c.CloseAccount(withPatience(t), &organizations.CloseAccountInput{AccountId: &member}); err != nil {
		t.Fatal(err)
	}
	gone, _ := failure[*smithy.GenericAPIError](t, converse(), 403)
	if gone.Code != "UnrecognizedClientException" {
		t.Errorf("a session of a closed account is refused with %s", gone.Code)
	}
}

func TestErrorsOfTheOrganisationAreTyped(t *testing.T) {
	t.Parallel()
	c := start(t, "").organization()
	_, err := c.DescribeAccount(withPatience(t), &organizations.DescribeAccountInput{AccountId: aws.String("999999999999")})
	failure[*types.AccountNotFoundException](t, err, 400)
	_, err = c.DescribeAccount(withPatience(t), &organizations.DescribeAccountInput{AccountId: aws.String("nobody")})
	invalid, _ := failure[*types.InvalidInputException](t, err, 400)
	if invalid.Reason != types.InvalidInputExceptionReasonInvalidPattern {
		t.Errorf("the reason is %q", invalid.Reason)
	}
	_, err = c.CloseAccount(withPatience(t), &organizations.CloseAccountInput{AccountId: aws.String(account)})
	violated, _ := failure[*types.ConstraintViolationException](t, err, 400)
	if violated.Reason != types.ConstraintViolationExceptionReasonCannotCloseManagementAccount {
		t.Errorf("the reason is %q", violated.Reason)
	}
	_, err = c.CreatePolicy(withPatience(t), &organizations.CreatePolicyInput{
		Name: aws.String("broken"), Description: aws.String(""), Type: types.PolicyTypeServiceControlPolicy, Content: aws.String(`{"Statement":`),
	})
	failure[*types.MalformedPolicyDocumentException](t, err, 400)
}

func TestTheAWSCommandLineKnowsTheOrganisation(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, "")
	run := func(into any, args ...string) {
		t.Helper()
		out := s.run(t, "aws", append(append([]string{"organizations"}, args...), "--output", "json")...)
		if into == nil {
			return
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	var roots struct{ Roots []struct{ ID string } }
	run(&roots, "list-roots")
	var made struct {
		CreateAccountStatus struct{ AccountID, State string }
	}
	run(&made, "create-account", "--email", "team@example.com", "--account-name", "Team", "--tags", "Key=stage,Value=test")
	var unit struct{ OrganizationalUnit struct{ ID string } }
	run(&unit, "create-organizational-unit", "--parent-id", roots.Roots[0].ID, "--name", "Teams")
	member := made.CreateAccountStatus.AccountID
	run(nil, "move-account", "--account-id", member, "--source-parent-id", roots.Roots[0].ID, "--destination-parent-id", unit.OrganizationalUnit.ID)
	var children struct{ Children []struct{ ID, Type string } }
	run(&children, "list-children", "--parent-id", unit.OrganizationalUnit.ID, "--child-type", "ACCOUNT")
	if len(children.Children) != 1 || children.Children[0].ID != member {
		t.Errorf("in the unit are %v, want %s", children.Children, member)
	}
	var tags struct{ Tags []struct{ Key, Value string } }
	run(&tags, "list-tags-for-resource", "--resource-id", member)
	if len(tags.Tags) != 1 || tags.Tags[0].Key != "stage" || tags.Tags[0].Value != "test" {
		t.Errorf("tags %v", tags.Tags)
	}
	run(nil, "close-account", "--account-id", member)
	var closed struct{ Account struct{ Status string } }
	run(&closed, "describe-account", "--account-id", member)
	if closed.Account.Status != "SUSPENDED" {
		t.Errorf("a closed account is %s", closed.Account.Status)
	}
}

// What Terraform's provider calls for its aws_organizations_* resources, in its order.
func TestTerraformsOrganisation(t *testing.T) {
	t.Parallel()
	c := start(t, "").organization()
	ctx := withPatience(t)
	done := ok(t)
	// data aws_organizations_organization
	done(c.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{}))
	roots, err := c.ListRoots(ctx, &organizations.ListRootsInput{})
	done(roots, err)
	done(c.ListAWSServiceAccessForOrganization(ctx, &organizations.ListAWSServiceAccessForOrganizationInput{}))
	root := roots.Roots[0].Id
	// aws_organizations_organizational_unit
	made, err := c.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: root, Name: aws.String("tf"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
	done(made, err)
	unit := made.OrganizationalUnit.Id
	done(c.DescribeOrganizationalUnit(ctx, &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: unit}))
	done(c.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: unit}))
	done(c.UpdateOrganizationalUnit(ctx, &organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: unit, Name: aws.String("renamed")}))
	// aws_organizations_account
	member := newAccount(t, c, "tf-account")
	done(c.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: &member, SourceParentId: root, DestinationParentId: unit}))
	done(c.TagResource(ctx, &organizations.TagResourceInput{ResourceId: &member, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}))
	done(c.UntagResource(ctx, &organizations.UntagResourceInput{ResourceId: &member, TagKeys: []string{"a"}}))
	// aws_organizations_policy and aws_organizations_policy_attachment
	denial := attachDenial(t, c, *unit)
	targets, err := c.ListTargetsForPolicy(ctx, &organizations.ListTargetsForPolicyInput{PolicyId: &denial})
	done(targets, err)
	if len(targets.Targets) != 1 || *targets.Targets[0].TargetId != *unit || targets.Targets[0].Type != types.TargetTypeOrganizationalUnit {
		t.Errorf("targets %+v", targets.Targets)
	}
	_, err = c.DeletePolicy(ctx, &organizations.DeletePolicyInput{PolicyId: &denial})
	failure[*types.PolicyInUseException](t, err, 400)
	done(c.DetachPolicy(ctx, &organizations.DetachPolicyInput{PolicyId: &denial, TargetId: unit}))
	done(c.DeletePolicy(ctx, &organizations.DeletePolicyInput{PolicyId: &denial}))
	_, err = c.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &denial})
	failure[*types.PolicyNotFoundException](t, err, 400)
	// destroy
	_, err = c.RemoveAccountFromOrganization(ctx, &organizations.RemoveAccountFromOrganizationInput{AccountId: &member})
	failure[*types.ConstraintViolationException](t, err, 400)
	_, err = c.DeleteOrganizationalUnit(ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: unit})
	failure[*types.OrganizationalUnitNotEmptyException](t, err, 400)
	done(c.CloseAccount(ctx, &organizations.CloseAccountInput{AccountId: &member}))
	done(c.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: &member, SourceParentId: unit, DestinationParentId: root}))
	done(c.DeleteOrganizationalUnit(ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: unit}))
}
