package iam

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// recording keeps the input of an operation.
type recording struct {
	Unimplemented
	in *CreateUserRequest
}

func (r *recording) CreateUser(_ context.Context, _ *awswire.Call, in *CreateUserRequest) (*CreateUserResponse, error) {
	r.in = in
	return &CreateUserResponse{User: &User{
		Path: "/", UserName: in.UserName, UserID: "AIDAEXAMPLE", ARN: "arn:aws:iam::111122223333:user/" + in.UserName,
		CreateDate: time.Date(2026, 11, 22, 18, 0, 0, 5, time.UTC), Tags: in.Tags,
	}}, nil
}

func (r *recording) ListUsers(context.Context, *awswire.Call, *ListUsersRequest) (*ListUsersResponse, error) {
	return &ListUsersResponse{IsTruncated: new(false)}, nil
}

func (r *recording) DeleteUser(context.Context, *awswire.Call, *DeleteUserRequest) error {
	return fault.Named(fault.ResourceNotFound, NoSuchEntityException, "The user with name a cannot be found.")
}

func (r *recording) GetAccountSummary(context.Context, *awswire.Call) (*GetAccountSummaryResponse, error) {
	return &GetAccountSummaryResponse{SummaryMap: map[SummaryKeyType]int{SummaryKeyTypeUsers: 5}}, nil
}

func (r *recording) DeleteAccountAlias(context.Context, *awswire.Call, *DeleteAccountAliasRequest) error {
	return nil
}

func do(s Server, form string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	NewService(s).Serve(rec, &awswire.Call{Request: httptest.NewRequest("POST", "/", nil), Body: []byte("Version=2010-05-08&Action=" + form), RequestID: "id-1"})
	return rec
}

const (
	open  = ` xmlns="https://iam.amazonaws.com/doc/2010-05-08/">`
	close = `<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>`
)

func TestAnswers(t *testing.T) {
	s := new(recording)
	for form, want := range map[string]string{
		"CreateUser&UserName=team%2Ba&Tags.member.2.Key=b&Tags.member.2.Value=&Tags.member.1.Key=a&Tags.member.1.Value=1+%2B+2": `<CreateUserResponse` + open + `<CreateUserResult><User>` +
			`<Path>/</Path><UserName>team+a</UserName><UserId>AIDAEXAMPLE</UserId><Arn>arn:aws:iam::111122223333:user/team+a</Arn><CreateDate>2026-11-22T18:00:00Z</CreateDate>` +
			`<Tags><member><Key>a</Key><Value>1 + 2</Value></member><member><Key>b</Key><Value></Value></member></Tags></User></CreateUserResult>` + close + `</CreateUserResponse>`,
		"ListUsers":                            `<ListUsersResponse` + open + `<ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult>` + close + `</ListUsersResponse>`,
		"GetAccountSummary":                    `<GetAccountSummaryResponse` + open + `<GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>5</value></entry></SummaryMap></GetAccountSummaryResult>` + close + `</GetAccountSummaryResponse>`,
		"DeleteAccountAlias&AccountAlias=my-1": `<DeleteAccountAliasResponse` + open + close + `</DeleteAccountAliasResponse>`,
	} {
		rec := do(s, form)
		if diff := cmp.Diff(want, rec.Body.String()); rec.Code != 200 || diff != "" {
			t.Errorf("%s: HTTP %d (-want +got):\n%s", form, rec.Code, diff)
		}
	}
	want := &CreateUserRequest{UserName: "team+a", Tags: []Tag{{"a", "1 + 2"}, {"b", ""}}}
	if diff := cmp.Diff(want, s.in); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	const violated = "<Code>ValidationError</Code><Message>1 validation error detected: Value "
	for _, test := range []struct {
		form   string
		status int
		want   string
	}{
		{"DeleteUser&UserName=a", 404, "<Code>NoSuchEntity</Code><Message>The user with name a cannot be found.</Message>"},
		{"CreateUser", 400, violated + "null at 'userName' failed to satisfy constraint: Member must not be null</Message>"},
		{"CreateUser&UserName=a+b", 400, "<Code>ValidationError</Code><Message>The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-</Message>"},
		{"CreateUser&UserName=a+b&Path=c", 400, "<Message>2 validation errors detected: Value 'c' at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: "},
		{"CreateUser&UserName=a&Tags.member.1.Key=k", 400, violated + "null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null</Message>"},
		{"CreateUser&UserName=a&PermissionsBoundary=short", 400, violated + "'short' at 'permissionsBoundary' failed to satisfy constraint: Member must have length greater than or equal to 20</Message>"},
		{"PutUserPolicy&UserName=a&PolicyName=p&PolicyDocument=%E2%82%AC", 400, `pattern: [\u0009\u000A\u000D\u0020-\u00FF]+</Message>`},
		{"CreateUser&UserName=a&Tags=x", 400, "<Code>MalformedInput</Code><Message>STRING_VALUE can not be converted to a list at 'Tags'</Message>"},
		{"ListUsers&MaxItems=many", 400, "<Code>MalformedInput</Code><Message>'many' at 'MaxItems' can not be converted to an Integer</Message>"},
		{"GetUser", 400, "<Code>InvalidAction</Code><Message>Could not find operation GetUser for version 2010-05-08</Message>"},
		{"GetTea", 400, "<Code>InvalidAction</Code><Message>Could not find operation GetTea for version 2010-05-08</Message>"},
	} {
		rec := do(new(recording), test.form)
		if rec.Code != test.status || !strings.Contains(rec.Body.String(), test.want) {
			t.Errorf("%s: HTTP %d %s\nwant %d %s", test.form, rec.Code, rec.Body, test.status, test.want)
		}
	}
}

func TestAliases(t *testing.T) {
	for alias, want := range map[string]bool{"my-1": true, "a1b": true, "a--b": false, "-ab": false, "ab-": false, "Ab1": false, "a_b": false} {
		if got := patternAccountAliasType.Match(alias); got != want {
			t.Errorf("%q is an alias: %v, want %v", alias, got, want)
		}
	}
}
