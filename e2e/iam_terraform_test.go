package e2e

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// These scenarios call what Terraform's provider calls for its aws_iam_* resources, in its order: make, read, change,
// read, tidy up, delete.

// terraform is a provider of one test.
type terraform struct {
	*testing.T
	c *iam.Client
}

// gone is what the provider takes for "not there".
func gone(err error) bool {
	_, ok := errors.AsType[*types.NoSuchEntityException](err)
	return ok
}

const assumable = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`

func TestTerraformsResources(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	tf := terraform{t, s.iamAs(s.credentials())}
	policy := tf.policy()
	tf.role(policy)
	tf.user(policy)
	tf.provider()
	tf.deletePolicy(policy)
}

// policy is aws_iam_policy: new versions until there are more than five.
func (tf terraform) policy() *string {
	ctx := withPatience(tf.T)
	made, err := tf.c.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("tf"), Path: aws.String("/"), Description: aws.String("made by code"), PolicyDocument: allows("bedrock:List*", "*"),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})
	if err != nil {
		tf.Fatal(err)
	}
	arn := made.Policy.Arn
	tf.readPolicy(arn, *allows("bedrock:List*", "*"))
	for range 6 {
		tf.prune(arn)
		v, err := tf.c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allows("bedrock:Get*", "*")})
		if err != nil {
			tf.Fatal(err)
		}
		ok(tf.T)(tf.c.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: v.PolicyVersion.VersionId}))
	}
	tf.readPolicy(arn, *allows("bedrock:Get*", "*"))
	return arn
}

func (tf terraform) readPolicy(arn *string, want string) {
	tf.Helper()
	ctx := withPatience(tf.T)
	p, err := tf.c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	if err != nil {
		tf.Fatal(err)
	}
	if *p.Policy.Description != "made by code" || len(p.Policy.Tags) != 1 {
		tf.Errorf("read %+v", p.Policy)
	}
	v, err := tf.c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: p.Policy.DefaultVersionId})
	if err != nil {
		tf.Fatal(err)
	}
	if got, err := url.QueryUnescape(*v.PolicyVersion.Document); err != nil || got != want {
		tf.Errorf("the document is %q (%v)", got, err)
	}
}

func (tf terraform) versions(arn *string) []types.PolicyVersion {
	tf.Helper()
	var all []types.PolicyVersion
	for pages := iam.NewListPolicyVersionsPaginator(tf.c, &iam.ListPolicyVersionsInput{PolicyArn: arn}); pages.HasMorePages(); {
		page, err := pages.NextPage(withPatience(tf.T))
		if err != nil {
			tf.Fatal(err)
		}
		all = append(all, page.Versions...)
	}
	return all
}

// prune deletes the oldest version when there are five.
func (tf terraform) prune(arn *string) {
	all := tf.versions(arn)
	if len(all) < 5 {
		return
	}
	var oldest types.PolicyVersion
	for _, v := range all {
		if !v.IsDefaultVersion && (oldest.VersionId == nil || v.CreateDate.Before(aws.ToTime(oldest.CreateDate))) {
			oldest = v
		}
	}
	ok(tf.T)(tf.c.DeletePolicyVersion(withPatience(tf.T), &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: oldest.VersionId}))
}

func (tf terraform) deletePolicy(arn *string) {
	ctx := withPatience(tf.T)
	for _, v := range tf.versions(arn) {
		if !v.IsDefaultVersion {
			ok(tf.T)(tf.c.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: v.VersionId}))
		}
	}
	ok(tf.T)(tf.c.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))
	if _, err := tf.c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}); !gone(err) {
		tf.Errorf("a deleted policy: %v", err)
	}
}

// role is aws_iam_role with aws_iam_role_policy and aws_iam_role_policy_attachment.
func (tf terraform) role(policy *string) {
	ctx, name := withPatience(tf.T), aws.String("tf-role")
	ok(tf.T)(tf.c.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, Path: aws.String("/"), AssumeRolePolicyDocument: aws.String(assumable), MaxSessionDuration: aws.Int32(3600),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	}))
	ok(tf.T)(tf.c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("call"), PolicyDocument: allows("bedrock:InvokeModel", "*")}))
	ok(tf.T)(tf.c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: policy}))
	ok(tf.T)(tf.c.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{RoleName: name, Description: aws.String("changed")}))
	ok(tf.T)(tf.c.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(7200)}))
	ok(tf.T)(tf.c.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"a"}}))
	ok(tf.T)(tf.c.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("c"), Value: aws.String("d")}}}))
	read, err := tf.c.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	if err != nil {
		tf.Fatal(err)
	}
	trust, err := url.QueryUnescape(*read.Role.AssumeRolePolicyDocument)
	if err != nil || trust != assumable || *read.Role.Description != "changed" || *read.Role.MaxSessionDuration != 7200 || len(read.Role.Tags) != 1 {
		tf.Errorf("read %+v (%v)", read.Role, err)
	}
	inline, err := tf.c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("call")})
	if err != nil {
		tf.Fatal(err)
	}
	if got, err := url.QueryUnescape(*inline.PolicyDocument); err != nil || got != *allows("bedrock:InvokeModel", "*") {
		tf.Errorf("the inline policy is %q (%v)", got, err)
	}

	profiles, err := tf.c.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: name})
	if err != nil || len(profiles.InstanceProfiles) != 0 {
		tf.Errorf("instance profiles %v (%v)", profiles, err)
	}
	attached, err := tf.c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})
	if err != nil {
		tf.Fatal(err)
	}
	for _, p := range attached.AttachedPolicies {
		ok(tf.T)(tf.c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: p.PolicyArn}))
	}
	names, err := tf.c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name})
	if err != nil {
		tf.Fatal(err)
	}
	for _, p := range names.PolicyNames {
		ok(tf.T)(tf.c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: &p}))
	}
	ok(tf.T)(tf.c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))
	if _, err := tf.c.GetRole(ctx, &iam.GetRoleInput{RoleName: name}); !gone(err) {
		tf.Errorf("a deleted role: %v", err)
	}
}

// user is aws_iam_user with force_destroy, aws_iam_user_group_membership, aws_iam_access_key and
// aws_iam_service_specific_credential.
func (tf terraform) user(policy *string) {
	ctx, name := withPatience(tf.T), aws.String("tf-user")
	ok(tf.T)(tf.c.CreateUser(ctx, &iam.CreateUserInput{UserName: name, Path: aws.String("/"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}))
	ok(tf.T)(tf.c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("tf-group"), Path: aws.String("/")}))
	ok(tf.T)(tf.c.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: name, GroupName: aws.String("tf-group")}))
	ok(tf.T)(tf.c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("tf-group"), PolicyArn: policy}))
	ok(tf.T)(tf.c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name}))
	ok(tf.T)(tf.c.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: name, ServiceName: aws.String("bedrock.amazonaws.com")}))
	ok(tf.T)(tf.c.UpdateUser(ctx, &iam.UpdateUserInput{UserName: name, NewUserName: aws.String("tf-renamed"), NewPath: aws.String("/team/")}))
	name = aws.String("tf-renamed")
	read, err := tf.c.GetUser(ctx, &iam.GetUserInput{UserName: name})
	if err != nil || *read.User.Path != "/team/" || len(read.User.Tags) != 1 || time.Since(*read.User.CreateDate) > time.Hour {
		tf.Errorf("read %+v (%v)", read, err)
	}

	tf.detachGroup(name, policy)
	list, err := tf.c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name})
	if err != nil {
		tf.Fatal(err)
	}
	for _, k := range list.AccessKeyMetadata {
		ok(tf.T)(tf.c.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: k.AccessKeyId}))
	}
	ok(tf.T)(tf.c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: name}))
	ok(tf.T)(tf.c.ListVirtualMFADevices(ctx, &iam.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeAssigned}))
	ok(tf.T)(tf.c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: name}))
	if _, err := tf.c.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: name}); !gone(err) {
		tf.Errorf("a login profile: %v", err)
	}
	ok(tf.T)(tf.c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: name}))
	own, err := tf.c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: name})
	if err != nil {
		tf.Fatal(err)
	}
	for _, k := range own.ServiceSpecificCredentials {
		ok(tf.T)(tf.c.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: k.ServiceSpecificCredentialId}))
	}
	ok(tf.T)(tf.c.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name}))
	if _, err := tf.c.GetUser(ctx, &iam.GetUserInput{UserName: name}); !gone(err) {
		tf.Errorf("a deleted user: %v", err)
	}
}

// detachGroup takes a user out of its groups, and those apart.
func (tf terraform) detachGroup(user, policy *string) {
	ctx := withPatience(tf.T)
	groups, err := tf.c.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: user})
	if err != nil || len(groups.Groups) != 1 {
		tf.Fatalf("groups %v (%v)", groups, err)
	}
	for _, g := range groups.Groups {
		ok(tf.T)(tf.c.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{UserName: user, GroupName: g.GroupName}))
		ok(tf.T)(tf.c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: g.GroupName, PolicyArn: policy}))
		ok(tf.T)(tf.c.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: g.GroupName}))
	}
}

// provider is aws_iam_openid_connect_provider and aws_iam_account_alias.
func (tf terraform) provider() {
	ctx := withPatience(tf.T)
	made, err := tf.c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://issuer.example.com"), ClientIDList: []string{"build"}})
	if err != nil {
		tf.Fatal(err)
	}
	arn := made.OpenIDConnectProviderArn
	ok(tf.T)(tf.c.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{
		OpenIDConnectProviderArn: arn, ThumbprintList: []string{"0123456789abcdef0123456789abcdef01234567"},
	}))
	ok(tf.T)(tf.c.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("deploy")}))
	read, err := tf.c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	if err != nil || *read.Url != "issuer.example.com" || len(read.ClientIDList) != 2 || len(read.ThumbprintList) != 1 {
		tf.Errorf("read %+v (%v)", read, err)
	}
	ok(tf.T)(tf.c.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))
	ok(tf.T)(tf.c.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: aws.String("tf-alias")}))
	aliases, err := tf.c.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{})
	if err != nil || len(aliases.AccountAliases) != 1 {
		tf.Errorf("aliases %v (%v)", aliases, err)
	}
	ok(tf.T)(tf.c.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: aws.String("tf-alias")}))
}
