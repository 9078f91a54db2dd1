package policy

import (
	"net/netip"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// The documents of a typical account: two levels of service control policies, three identity policies of five
// statements, a boundary; with conditions and tags.
const (
	fullAccess = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

	guardRegions = `{"Version":"2012-10-17","Statement":[
		{"Sid":"Regions","Effect":"Deny","NotAction":["iam:*","sts:*","organizations:*"],"Resource":"*",
		 "Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","us-east-2","us-west-2","eu-west-1"]},
		              "ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/platform/*"}}},
		{"Sid":"KeepLogs","Effect":"Deny","Action":["bedrock:DeleteModelInvocationLoggingConfiguration","bedrock:PutModelInvocationLoggingConfiguration"],"Resource":"*"},
		{"Sid":"NoLongKeys","Effect":"Deny","Action":"bedrock:CallWithBearerToken","Resource":"*","Condition":{"StringEquals":{"bedrock:BearerTokenType":"LONG_TERM"}}}]}`

	readModels = `{"Version":"2012-10-17","Statement":[
		{"Sid":"List","Effect":"Allow","Action":["bedrock:List*","bedrock:Get*"],"Resource":"*"},
		{"Sid":"Cost","Effect":"Allow","Action":["ce:Get*","budgets:ViewBudget"],"Resource":"*"},
		{"Sid":"Own","Effect":"Allow","Action":["iam:GetUser","iam:*AccessKey*"],"Resource":"arn:aws:iam::*:user/${aws:username}"},
		{"Sid":"Tags","Effect":"Allow","Action":["bedrock:TagResource","bedrock:UntagResource"],"Resource":"arn:aws:bedrock:*:*:application-inference-profile/*",
		 "Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team","project"]}}},
		{"Sid":"Assume","Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444455556666:role/shared-*"}]}`

	ownProfiles = `{"Version":"2012-10-17","Statement":[
		{"Sid":"Create","Effect":"Allow","Action":"bedrock:CreateInferenceProfile","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"${aws:PrincipalTag/team}"}}},
		{"Sid":"Delete","Effect":"Allow","Action":"bedrock:DeleteInferenceProfile","Resource":"arn:aws:bedrock:*:*:application-inference-profile/*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}},
		{"Sid":"Office","Effect":"Deny","Action":"bedrock:InvokeModel*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}},
		{"Sid":"Frozen","Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}},
		{"Sid":"Guardrail","Effect":"Deny","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*:*:application-inference-profile/*","Condition":{"StringEquals":{"aws:ResourceTag/stage":"prod"},"Null":{"bedrock:GuardrailIdentifier":"true"}}}]}`

	useProfiles = `{"Version":"2012-10-17","Statement":[
		{"Sid":"Batch","Effect":"Allow","Action":["bedrock:CreateModelInvocationJob","bedrock:StopModelInvocationJob"],"Resource":"*"},
		{"Sid":"Prompts","Effect":"Allow","Action":"bedrock:RenderPrompt","Resource":"arn:aws:bedrock:us-east-1:111122223333:prompt/*"},
		{"Sid":"Global","Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:::foundation-model/*","Condition":{"StringEquals":{"aws:RequestedRegion":"unspecified"}}},
		{"Sid":"Models","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":"arn:aws:bedrock:*::foundation-model/*",
		 "Condition":{"ArnLike":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:111122223333:application-inference-profile/*"}}},
		{"Sid":"Profiles","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":"arn:aws:bedrock:*:*:application-inference-profile/*",
		 "Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}]}`

	onlyBedrock = `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["bedrock:*","ce:*","budgets:*","sts:*"],"Resource":"*"},
		{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]}`
)

func typicalSet(t testing.TB) *Set {
	p := func(kind Kind, name, text string) *Policy { return &Policy{name, mustParse(t, kind, text)} }
	return &Set{
		SCPs: [][]*Policy{
			{p(ServiceControl, "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", fullAccess)},
			{
				p(ServiceControl, "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", fullAccess),
				p(ServiceControl, "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-guard", guardRegions),
			},
		},
		Identity: []*Policy{
			p(Identity, "arn:aws:iam::111122223333:policy/read-models", readModels),
			p(Identity, "arn:aws:iam::111122223333:policy/own-profiles", ownProfiles),
			p(Identity, "inline policy use-profiles", useProfiles),
		},
		Boundary: p(Boundary, "arn:aws:iam::111122223333:policy/only-bedrock", onlyBedrock),
	}
}

func typicalCaller() *identity.Principal {
	return &identity.Principal{
		Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/apps/ana", UserID: "AIDAEXAMPLE", AccessKeyID: "AKIAEXAMPLE",
		Kind: identity.User, Name: "ana", Tags: identity.Tags{{Key: "cost", Value: "42"}, {Key: "team", Value: "search"}},
	}
}

func typicalKeys() Keys {
	return Keys{
		Time: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), SourceIP: netip.MustParseAddr("10.1.2.3"), SecureTransport: true,
		UserAgent: "aws-cli/2", RequestedRegion: "us-east-1",
	}
}

// typicalRequests are what one call through an application profile asks: the profile, then a model behind it.
func typicalRequests() [2]Request {
	const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456"
	caller := typicalCaller()
	onProfile := Request{Action: "bedrock:InvokeModel", Resource: profile, Owner: "111122223333", Principal: caller, Keys: typicalKeys()}
	onProfile.Keys.ResourceTags = identity.Tags{{Key: "project", Value: "x"}, {Key: "team", Value: "search"}}
	onModel := Request{
		Action: "bedrock:InvokeModel", Resource: arn.FoundationModel(arn.AWS, "us-east-1", "amazon.nova-lite-v1:0").String(), Principal: caller, Keys: typicalKeys(),
	}
	onModel.Keys.InferenceProfileARN = profile
	return [2]Request{onProfile, onModel}
}

func mustParse(t testing.TB, kind Kind, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text), kind)
	if err != nil {
		t.Fatalf("cannot parse %s: %v", text, err)
	}
	return d
}

func TestTypicalSetAllowsAndAllocatesNothing(t *testing.T) {
	set, requests := typicalSet(t), typicalRequests()
	for i := range requests {
		if d := Evaluate(set, &requests[i]); !d.Allowed {
			t.Errorf("%s: %v", requests[i].Resource, d.Denied(&requests[i]))
		}
		if n := testing.AllocsPerRun(100, func() { Evaluate(set, &requests[i]) }); n != 0 {
			t.Errorf("%s: %v allocations", requests[i].Resource, n)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	set, requests := typicalSet(b), typicalRequests()
	for i, name := range []string{"profile", "model"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !Evaluate(set, &requests[i]).Allowed {
					b.Fatal("denied")
				}
			}
		})
	}
	denied := requests[0]
	denied.Action = "bedrock:CreateGuardrail"
	b.Run("denied by none", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if Evaluate(set, &denied).Allowed {
				b.Fatal("allowed")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(ownProfiles)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text, Identity); err != nil {
			b.Fatal(err)
		}
	}
}
