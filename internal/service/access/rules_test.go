package access_test

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/access"
)

var rewrite = flag.Bool("rewrite", false, "write what the rules ask for into testdata")

// apis are the control planes and their guards.
var apis = []struct {
	name   string
	server reflect.Type
	guard  func(*access.Control) awswire.Guard
}{
	{"bedrock", reflect.TypeFor[bedrock.Server](), (*access.Control).Bedrock},
	{"budgets", reflect.TypeFor[budgets.Server](), (*access.Control).Budgets},
	{"ce", reflect.TypeFor[costexplorer.Server](), (*access.Control).CostExplorer},
	{"iam", reflect.TypeFor[iam.Server](), (*access.Control).IAM},
	{"organizations", reflect.TypeFor[organizations.Server](), (*access.Control).Organizations},
	{"sns", reflect.TypeFor[sns.Server](), (*access.Control).SNS},
}

// filled is an input of type t whose every text is what its field would hold, and likewise of the structures right
// below it.
func filled(t reflect.Type) reflect.Value {
	in := reflect.New(t)
	fill(in.Elem(), true)
	return in
}

func fill(v reflect.Value, deeper bool) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if f.Kind() == reflect.Pointer && f.CanSet() {
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		switch {
		case f.Kind() == reflect.String && strings.HasSuffix(name, "ARN"):
			f.SetString("arn:" + name)
		case f.Kind() == reflect.String && f.CanSet():
			f.SetString(name)
		case f.Kind() == reflect.Struct && f.CanSet() && deeper:
			fill(f, false)
		}
	}
}

// What every operation asks for first is written down in testdata/actions.txt: a principal without any right is told.
func TestWhatEveryOperationAsksFor(t *testing.T) {
	h := newHouse(t)
	who := h.user(home, "")
	control := h.control()
	var out strings.Builder
	for _, api := range apis {
		guard := api.guard(control)
		for i := range api.server.NumMethod() {
			m := api.server.Method(i)
			var in any // some operations have none
			if m.Type.NumIn() > 2 {
				in = filled(m.Type.In(2).Elem()).Interface()
			}
			c := &awswire.Call{Request: httptest.NewRequest("POST", "/", nil), Region: usOne, Principal: who, Arrived: arrived}
			err := guard.Permit(c, m.Name, in)
			fmt.Fprintf(&out, "%-14s %-42s %s\n", api.name, m.Name, asked(err))
		}
	}
	if *rewrite {
		if err := os.WriteFile("testdata/actions.txt", []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("testdata/actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("(-testdata +rules), -rewrite takes the rules' word:\n%s", diff)
	}
}

func TestDoors(t *testing.T) {
	h := newHouse(t)
	who, control := h.user(home, ""), h.control()
	c := &awswire.Call{Request: httptest.NewRequest("GET", "/", nil), Region: usOne, Principal: who, Arrived: arrived}
	for id, want := range map[string]string{
		sonnet: "bedrock:GetFoundationModel arn:aws:bedrock:us-east-1::foundation-model/" + sonnet, teamID: "bedrock:GetInferenceProfile " + team,
		"us." + sonnet: "bedrock:GetInferenceProfile arn:aws:bedrock:us-east-1:111122223333:inference-profile/us." + sonnet,
	} {
		if got := asked(control.Doors().Permit(c, "RetrieveModel", &id)); got != want {
			t.Errorf("%s asks for %s, want %s", id, got, want)
		}
	}
	if got := asked(control.Doors().Permit(c, "ListModels", nil)); got != "bedrock:ListInferenceProfiles" {
		t.Errorf("to list asks for %s", got)
	}
}

// asked is the action and the resource of a denial.
func asked(err error) string {
	if err == nil {
		return "free"
	}
	_, rest, ok := strings.Cut(err.Error(), "is not authorized to perform: ")
	rest, _, denied := strings.Cut(rest, " because no identity-based policy")
	if !ok || !denied {
		return "! " + err.Error()
	}
	return strings.Replace(rest, " on resource: ", " ", 1)
}

func TestAnOperationWithoutARuleIsNobodys(t *testing.T) {
	h := newHouse(t)
	who := h.user(home, document("Allow * *"))
	c := &awswire.Call{Request: httptest.NewRequest("POST", "/", nil), Region: usOne, Principal: who, Arrived: arrived}
	if err := h.control().Bedrock().Permit(c, "ForgottenOperation", nil); err == nil {
		t.Error("it was allowed")
	}
}

// Every row is a policy of one user and an operation.
func TestOperations(t *testing.T) {
	is := func(s string) *string { return &s }
	create := &bedrock.CreateInferenceProfileRequest{
		ModelSource: &bedrock.InferenceProfileModelSource{CopyFrom: is("arn:aws:bedrock:us-east-1::foundation-model/" + sonnet20240620)},
		Tags:        []bedrock.Tag{{Key: "team", Value: "search"}},
	}
	for name, c := range map[string]struct {
		policy    string
		operation string
		in        any
		bearer    identity.Bearer
		allowed   bool
	}{
		"a profile by its id, for its tag":  {"Allow bedrock:Get* * " + `{"StringEquals":{"aws:ResourceTag/team":"search"}}`, "GetInferenceProfile", &bedrock.GetInferenceProfileRequest{InferenceProfileIdentifier: teamID}, "", true},
		"one that is not there has no tags": {"Allow bedrock:Get* * " + `{"StringEquals":{"aws:ResourceTag/team":"search"}}`, "GetInferenceProfile", &bedrock.GetInferenceProfileRequest{InferenceProfileIdentifier: "000000000000"}, "", false},
		"a system profile":                  {"Allow bedrock:* arn:aws:bedrock:*:*:inference-profile/us.*", "GetInferenceProfile", &bedrock.GetInferenceProfileRequest{InferenceProfileIdentifier: "us." + sonnet}, "", true},
		"a create with the tag it must have": {
			"Allow bedrock:* * " + `{"StringEquals":{"aws:RequestTag/team":"search"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, "CreateInferenceProfile", create, "", true,
		},
		"a create from a model one may not use": {"Allow bedrock:* arn:aws:bedrock:*:*:application-inference-profile/*", "CreateInferenceProfile", create, "", false},
		"a tag one may not take":                {"Allow bedrock:* *\nDeny bedrock:UntagResource * " + `{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}`, "UntagResource", &bedrock.UntagResourceRequest{ResourceARN: team, TagKeys: []string{"x", "team"}}, "", false},
		"an API key without its right":          {"Allow bedrock:ListFoundationModels *", "ListFoundationModels", &bedrock.ListFoundationModelsRequest{}, identity.LongTerm, false},
		"an API key with it":                    {"Allow bedrock:ListFoundationModels *\nAllow bedrock:CallWithBearerToken *", "ListFoundationModels", &bedrock.ListFoundationModelsRequest{}, identity.LongTerm, true},
		"an action without a resource needs *":  {"Allow bedrock:ListFoundationModels " + models, "ListFoundationModels", &bedrock.ListFoundationModelsRequest{}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			who := h.user(home, document(c.policy))
			who.Bearer = c.bearer
			call := &awswire.Call{Request: httptest.NewRequest("POST", "/", nil), Region: usOne, Principal: who, Arrived: arrived}
			if err := h.control().Bedrock().Permit(call, c.operation, c.in); (err == nil) != c.allowed {
				t.Errorf("%v, want allowed %v", err, c.allowed)
			}
		})
	}
}

func TestIAMKeys(t *testing.T) {
	attach := &iam.AttachUserPolicyRequest{UserName: "bob", PolicyARN: "arn:aws:iam::aws:policy/AdministratorAccess"}
	for text, allowed := range map[string]bool{
		"Allow iam:AttachUserPolicy * " + `{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}`:    true,
		"Allow iam:AttachUserPolicy * " + `{"ArnNotEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}`: false,
		"Allow iam:AttachUserPolicy arn:aws:iam::111122223333:user/bob":                                                      true,
		"Allow iam:AttachUserPolicy arn:aws:iam::111122223333:user/${aws:username}":                                          false,
	} {
		h := newHouse(t)
		call := &awswire.Call{Request: httptest.NewRequest("POST", "/", nil), Region: usOne, Principal: h.user(home, document(text)), Arrived: arrived}
		if err := h.control().IAM().Permit(call, "AttachUserPolicy", attach); (err == nil) != allowed {
			t.Errorf("%s: %v, want allowed %v", text, err, allowed)
		}
	}
}
