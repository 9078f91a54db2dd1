package iam_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

const (
	someDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}]}`
	someTrust    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
)

// calls are operations with the names of their parameters; each is drawn from a few values, so that calls often meet.
var calls = map[string]string{
	"CreateUser": "UserName Path", "DeleteUser": "UserName", "UpdateUser": "UserName NewUserName", "TagUser": "UserName Tags.member.1.Key Tags.member.1.Value",
	"CreateGroup": "GroupName Path", "DeleteGroup": "GroupName", "UpdateGroup": "GroupName NewGroupName",
	"AddUserToGroup": "UserName GroupName", "RemoveUserFromGroup": "UserName GroupName",
	"CreateRole": "RoleName Path AssumeRolePolicyDocument", "DeleteRole": "RoleName", "UpdateRole": "RoleName MaxSessionDuration",
	"CreateAccessKey": "UserName", "CreateServiceSpecificCredential": "UserName ServiceName",
	"PutUserPolicy": "UserName PolicyName PolicyDocument", "DeleteUserPolicy": "UserName PolicyName",
	"PutGroupPolicy": "GroupName PolicyName PolicyDocument", "PutRolePolicy": "RoleName PolicyName PolicyDocument",
	"CreatePolicy": "PolicyName Path PolicyDocument", "DeletePolicy": "PolicyArn", "CreatePolicyVersion": "PolicyArn PolicyDocument SetAsDefault",
	"AttachUserPolicy": "UserName PolicyArn", "DetachUserPolicy": "UserName PolicyArn", "AttachGroupPolicy": "GroupName PolicyArn",
	"AttachRolePolicy": "RoleName PolicyArn", "PutUserPermissionsBoundary": "UserName PermissionsBoundary",
	"CreateOpenIDConnectProvider": "Url", "CreateAccountAlias": "AccountAlias",
}

// values are what is drawn for a parameter.
func values(name string) []string {
	switch name {
	case "Path":
		return []string{"/", "/a/"}
	case "PolicyDocument":
		return []string{someDocument, strings.Replace(someDocument, "Allow", "Deny", 1)}
	case "AssumeRolePolicyDocument":
		return []string{someTrust, strings.Replace(someTrust, "*", "arn:aws:iam::111122223333:user/xxx", 1), strings.Replace(someTrust, "*", "arn:aws:iam::111122223333:role/x", 1)}
	case "PolicyArn", "PermissionsBoundary":
		return []string{"arn:aws:iam::111122223333:policy/x", "arn:aws:iam::111122223333:policy/a/x", "arn:aws:iam::111122223333:policy/y", "arn:aws:iam::aws:policy/AmazonBedrockReadOnly"}
	case "ServiceName":
		return []string{"bedrock.amazonaws.com"}
	case "SetAsDefault":
		return []string{"true", "false"}
	case "MaxSessionDuration":
		return []string{"3600", "7200"}
	case "Url":
		return []string{"https://a.example.com", "https://b.example.com/x"}
	}
	return []string{"xxx", "yyy", "x", "y"}
}

// Whatever is done, the directory in memory is the one that the store holds, and everybody has the rights that a
// directory made anew gives them.
func TestHistoriesSurvive(t *testing.T) {
	n := newNode(t)
	names := slices.Sorted(maps.Keys(calls))
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "calls") {
			name := rapid.SampledFrom(names).Draw(rt, "operation")
			f := url.Values{}
			for _, key := range strings.Fields(calls[name]) {
				f.Set(key, rapid.SampledFrom(values(key)).Draw(rt, key))
			}
			who := root(rapid.SampledFrom([]identity.Principal{root(management), root(member)}).Draw(rt, "caller").Account)
			if status, body := n.post(who, name, f); status >= 500 {
				rt.Fatalf("%s %v: %d %s", name, f, status, body)
			}
		}
		loaded, err := registrar.Open(rt.Context(), n.db, n.ring)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(dump(rt, loaded.Snapshot()), dump(rt, n.people.Snapshot())); diff != "" {
			rt.Fatalf("(-store +memory):\n%s", diff)
		}
	})
}

// dump is everything a directory says of everybody, as text.
func dump(t *rapid.T, s *directory.Snapshot) []string {
	var lines []string
	add := func(e directory.Entity, who identity.Principal) {
		text, err := directory.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		line := string(text)
		if who.ARN != "" {
			set := s.Set(&who)
			line += fmt.Sprint(" boundary ", set.Boundary != nil, " limited ", len(set.SCPs))
			for _, p := range set.Identity {
				line += " " + p.Name + fmt.Sprint(p.Statements()[0].Deny)
			}
		}
		lines = append(lines, line)
	}
	for _, a := range s.Accounts() {
		add(a.Member, identity.Principal{})
		for _, u := range a.Users() {
			who, _ := s.Principal(u.ARN())
			add(u, who)
			for _, k := range u.AccessKeys {
				key, ok := s.AccessKey(k.ID)
				lines = append(lines, fmt.Sprint(k.ID, ok, key.Secret.Reveal(), key.Principal.ARN, key.Principal.Tags))
			}
		}
		for _, g := range a.Groups() {
			add(g, identity.Principal{})
		}
		for _, r := range a.Roles() {
			who, _ := s.Principal(r.ARN())
			add(r, who)
		}
		for _, p := range a.Policies() {
			add(p, identity.Principal{})
		}
		for _, p := range a.Providers() {
			add(p, identity.Principal{})
		}
	}
	return lines
}
