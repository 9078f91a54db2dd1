package iam_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/identity"
)

// form makes a form of pairs.
func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// refused sends a request that must be refused with an error.
func (n *node) refused(who identity.Principal, operation string, form url.Values, status int, code, sentence string) {
	n.t.Helper()
	got, body := n.post(who, operation, form)
	if got != status || !strings.Contains(body, "<Code>"+code+"</Code>") || !strings.Contains(body, sentence) {
		n.t.Errorf("%s: %d %s\nwant %d %s: %s", operation, got, body, status, code, sentence)
	}
}

// sized is a policy of n characters that are no white space, and some that are.
func sized(n int) string {
	const begin, end = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"arn:aws:bedrock:*::foundation-model/`, `"}]}`
	return begin + strings.Repeat("x", n-len(begin)-len(end)) + strings.ReplaceAll(end, "}", " \n\t}")
}

func TestSizesOfPolicies(t *testing.T) {
	n := newNode(t)
	who := root(management)
	const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"`
	const end = `"}}}]}`
	trustOf := func(n int) string { return trust + strings.Repeat("x", n-len(trust)-len(end)) + end }
	n.must(who, "CreateUser", form("UserName", "kim"))
	n.must(who, "CreateGroup", form("GroupName", "devs"))
	n.must(who, "CreateRole", form("RoleName", "r", "AssumeRolePolicyDocument", trustOf(2048)))
	n.refused(who, "UpdateAssumeRolePolicy", form("RoleName", "r", "PolicyDocument", trustOf(2049)), 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
	for _, tt := range []struct {
		operation, key, name string
		limit                int
	}{
		{"PutUserPolicy", "UserName", "kim", 2048},
		{"PutGroupPolicy", "GroupName", "devs", 5120},
		{"PutRolePolicy", "RoleName", "r", 10240},
	} {
		half := tt.limit / 2
		sentence := fmt.Sprintf("Maximum policy size of %d bytes exceeded for", tt.limit)
		n.must(who, tt.operation, form(tt.key, tt.name, "PolicyName", "a", "PolicyDocument", sized(half)))
		n.refused(who, tt.operation, form(tt.key, tt.name, "PolicyName", "b", "PolicyDocument", sized(half+1)), 409, "LimitExceeded", sentence)
		n.must(who, tt.operation, form(tt.key, tt.name, "PolicyName", "b", "PolicyDocument", sized(half)))
		n.must(who, tt.operation, form(tt.key, tt.name, "PolicyName", "b", "PolicyDocument", sized(half)))
	}
	n.refused(who, "CreatePolicy", form("PolicyName", "p", "PolicyDocument", sized(6145)), 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
	n.must(who, "CreatePolicy", form("PolicyName", "p", "PolicyDocument", sized(6144)))
}

func TestCountsAreLimited(t *testing.T) {
	n := newNode(t)
	who := root(management)
	n.must(who, "CreateUser", form("UserName", "kim"))
	for i := range 11 {
		name := fmt.Sprint("x", i)
		n.must(who, "CreateGroup", form("GroupName", name))
		n.must(who, "CreatePolicy", form("PolicyName", name, "PolicyDocument", sized(200)))
		join := form("UserName", "kim", "GroupName", name)
		attach := form("UserName", "kim", "PolicyArn", "arn:aws:iam::111122223333:policy/"+name)
		if i < 10 {
			n.must(who, "AddUserToGroup", join)
			n.must(who, "AttachUserPolicy", attach)
			continue
		}
		n.refused(who, "AddUserToGroup", join, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
		n.refused(who, "AttachUserPolicy", attach, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerUser: 10")
	}
	for i := range 50 {
		n.must(who, "TagUser", form("UserName", "kim", "Tags.member.1.Key", fmt.Sprint("k", i), "Tags.member.1.Value", ""))
	}
	n.must(who, "TagUser", form("UserName", "kim", "Tags.member.1.Key", "K7", "Tags.member.1.Value", "again"))
	n.refused(who, "TagUser", form("UserName", "kim", "Tags.member.1.Key", "k50", "Tags.member.1.Value", ""), 409, "LimitExceeded", "The number of tags has reached the maximum limit.")
}

// A key speaks for its user from the answer that has it until it is taken away, and no longer.
func TestAPIKeysLiveAndDie(t *testing.T) {
	n := newNode(t)
	who := root(management)
	n.must(who, "CreateUser", form("UserName", "kim"))
	of := form("UserName", "kim", "ServiceName", "bedrock.amazonaws.com", "CredentialAgeDays", "1")
	made := n.must(who, "CreateServiceSpecificCredential", of)
	key, id := made["ServiceSpecificCredential.ServiceCredentialSecret"], made["ServiceSpecificCredential.ServiceSpecificCredentialId"]
	speaks := func(key string) bool {
		found, ok := n.people.Snapshot().APIKey(key)
		return ok && found.ID == id && found.Principal.Name == "kim" && found.Principal.Bearer == identity.LongTerm
	}
	if !speaks(key) {
		t.Error("a new key speaks for nobody")
	}
	found, _ := n.people.Snapshot().APIKey(key)
	if at := n.now.Add(24 * time.Hour); found.Expired(at.Add(-time.Second)) || !found.Expired(at) {
		t.Errorf("it expires at %s", found.Expires)
	}
	named := form("UserName", "kim", "ServiceSpecificCredentialId", id)
	again := n.must(who, "ResetServiceSpecificCredential", named)["ServiceSpecificCredential.ServiceCredentialSecret"]
	if speaks(key) || !speaks(again) {
		t.Error("after a reset the old key speaks, or the new one does not")
	}
	n.restart()
	if !speaks(again) {
		t.Error("the key was forgotten")
	}
	named.Set("Status", "Inactive")
	n.must(who, "UpdateServiceSpecificCredential", named)
	if speaks(again) {
		t.Error("an inactive key speaks")
	}
	named.Set("Status", "Active")
	n.must(who, "UpdateServiceSpecificCredential", named)
	n.must(who, "DeleteServiceSpecificCredential", named)
	if speaks(again) {
		t.Error("a deleted key speaks")
	}
}

func TestAccessKeysLiveAndDie(t *testing.T) {
	n := newNode(t)
	who := root(member)
	n.must(who, "CreateUser", form("UserName", "kim"))
	made := n.must(who, "CreateAccessKey", form("UserName", "kim"))
	id := made["AccessKey.AccessKeyId"]
	speaks := func() bool {
		key, ok := n.people.Snapshot().AccessKey(id)
		return ok && key.Secret.Reveal() == made["AccessKey.SecretAccessKey"] && key.Principal.Name == "kim" && key.Principal.Account == member
	}
	if !speaks() {
		t.Error("a new key speaks for nobody")
	}
	named := form("UserName", "kim", "AccessKeyId", id, "Status", "Inactive")
	n.must(who, "UpdateAccessKey", named)
	if speaks() {
		t.Error("an inactive key speaks")
	}
	named.Set("Status", "Active")
	n.must(who, "UpdateAccessKey", named)
	n.must(who, "UpdateUser", form("UserName", "kim", "NewUserName", "lee"))
	if key, ok := n.people.Snapshot().AccessKey(id); !ok || key.Principal.ARN != "arn:aws:iam::444455556666:user/lee" {
		t.Errorf("after a new name it speaks for %s", key.Principal.ARN)
	}
	named.Set("UserName", "lee")
	n.must(who, "DeleteAccessKey", named)
	if _, ok := n.people.Snapshot().AccessKey(id); ok {
		t.Error("a deleted key speaks")
	}
}

// Every operation that is generated is served, and none fails on a request that says nothing.
func TestEveryOperationIsServed(t *testing.T) {
	n := newNode(t)
	for method := range reflect.TypeFor[api.Server]().Methods() {
		status, body := n.post(root(management), method.Name, form())
		if status >= 500 || strings.Contains(body, "<Code>InvalidAction</Code>") {
			t.Errorf("%s: %d %s", method.Name, status, body)
		}
	}
}

// Whatever comes in, nobody sees an error of the server.
func TestHostileRequests(t *testing.T) {
	n := newNode(t)
	for name, f := range map[string]url.Values{
		"GetUser":                        form("UserName", "../../etc/passwd"),
		"CreateUser":                     form("UserName", strings.Repeat("x", 65)),
		"GetPolicy":                      form("PolicyArn", strings.Repeat(":", 2048)),
		"AttachUserPolicy":               form("UserName", "a", "PolicyArn", "arn:aws:iam::111122223333:policy/"),
		"DeletePolicy":                   form("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess/"),
		"ListUsers":                      form("Marker", "\xff\xfe"),
		"ListRoles":                      form("MaxItems", "99999999999999999999"),
		"TagUser":                        form("UserName", "a", "Tags.member.1.Key", ""),
		"CreatePolicy":                   form("PolicyName", "p", "PolicyDocument", strings.Repeat("[", 100_000)),
		"CreateRole":                     form("RoleName", "r", "AssumeRolePolicyDocument", `{"Statement":{"Principal":{"AWS":null}}}`),
		"SimulateCustomPolicy":           form("PolicyInputList.member.1", "{}", "ActionNames.member.1", ":"),
		"SimulatePrincipalPolicy":        form("PolicySourceArn", ":group/:group/:group/", "ActionNames.member.1", "a:b"),
		"GetOpenIDConnectProvider":       form("OpenIDConnectProviderArn", "arn:aws:iam:::oidc-provider/"),
		"CreateOpenIDConnectProvider":    form("Url", "https://%zz"),
		"GetAccountAuthorizationDetails": form("Filter.member.1", "User", "Marker", "AAAA"),
	} {
		t.Run(name, func(t *testing.T) {
			status, body := n.post(root(management), name, f)
			if status < 400 && name != "GetAccountAuthorizationDetails" || status >= 500 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	if status, _ := n.post(root("999999999999"), "ListUsers", form()); status != http.StatusNotFound {
		t.Errorf("an account that is gone: %d", status)
	}
}
