package policy

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/fault"
)

// simulated is what these tests look at.
type simulated struct {
	Action, Resource string
	Outcome          Outcome
	Matched          []string
	Missing          []string
	Organization     bool
	Boundary         bool
}

func simulate(t *testing.T, s *Simulation) []simulated {
	t.Helper()
	answers, err := SimulatePolicy(s)
	if err != nil {
		t.Fatal(err)
	}
	var all []simulated
	for _, a := range answers {
		one := simulated{a.Action, a.Resource, a.Outcome, nil, a.Missing, a.AllowedByOrganization, a.AllowedByBoundary}
		for _, m := range a.Matched {
			one.Matched = append(one.Matched, m.Policy.Name+" "+m.Statement.Label())
		}
		all = append(all, one)
	}
	return all
}

// The example of the AWS CLI's manual for simulate-custom-policy, with its columns.
func TestSimulatorTellsPlacesAsAWSDoes(t *testing.T) {
	const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`
	for when, want := range map[string]Outcome{"2019-04-25T11:00:00Z": OutcomeAllowed, "2014-04-25T11:00:00Z": OutcomeImplicitDeny} {
		answers, err := SimulatePolicy(&Simulation{
			Set: &Set{Identity: []*Policy{{"PolicyInputList.1", mustParse(t, Identity, text)}}}, Principal: typicalCaller(),
			Actions: []string{"dynamodb:CreateBackup"}, Context: []ContextEntry{{"aws:CurrentTime", "date", []string{when}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		a := answers[0]
		if len(answers) != 1 || a.Outcome != want || a.Resource != "*" || a.Missing != nil || len(a.Matched) != map[Outcome]int{OutcomeAllowed: 1}[want] {
			t.Fatalf("%+v", answers)
		}
		for _, m := range a.Matched {
			if start, end := m.Statement.Source(); start != (Position{1, 38}) || end != (Position{1, 167}) {
				t.Errorf("from %s to %s", start, end)
			}
		}
	}
}

func TestSimulateNamesWhatDecided(t *testing.T) {
	set := typicalSet(t)
	keys := typicalKeys()
	const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"
	got := simulate(t, &Simulation{
		Set: set, Principal: typicalCaller(), Owner: "111122223333", Keys: keys,
		Actions: []string{"bedrock:InvokeModel", "bedrock:DeleteModelInvocationLoggingConfiguration", "s3:GetObject"}, Resources: []string{profile},
		Context: []ContextEntry{{"aws:ResourceTag/team", "string", []string{"search"}}},
	})
	want := []simulated{
		{
			"bedrock:InvokeModel", profile, OutcomeAllowed,
			[]string{"inline policy use-profiles Profiles"},
			[]string{"aws:ResourceTag/stage", "bedrock:GuardrailIdentifier"},
			true, true,
		},
		{
			"bedrock:DeleteModelInvocationLoggingConfiguration", profile, OutcomeExplicitDeny,
			[]string{"arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-guard KeepLogs"},
			nil, false, true,
		},
		{"s3:GetObject", profile, OutcomeImplicitDeny, nil, nil, true, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// What is given goes before what is known, and several resources come in order.
	got = simulate(t, &Simulation{
		Set: set, Principal: typicalCaller(), Keys: keys, Actions: []string{"bedrock:CreateInferenceProfile"}, Resources: []string{"*", profile},
		Context: []ContextEntry{{"aws:RequestTag/team", "", []string{"other"}}, {"aws:PrincipalTag/team", "string", []string{"other"}}},
	})
	if len(got) != 2 || got[0].Outcome != OutcomeAllowed || got[0].Resource != "*" || got[1].Resource != profile {
		t.Errorf("%+v", got)
	}
}

func TestSimulatedResourcesTellTheirOwner(t *testing.T) {
	const foreign = "arn:aws:bedrock:us-east-1:444455556666:application-inference-profile/abc"
	s := &Simulation{
		Set: &Set{Identity: []*Policy{{"all", mustParse(t, Identity, fullAccess)}}}, Principal: typicalCaller(),
		Actions: []string{"bedrock:InvokeModel"}, Resources: []string{foreign, "*"},
	}
	got := simulate(t, s)
	if got[0].Outcome != OutcomeImplicitDeny || got[1].Outcome != OutcomeAllowed {
		t.Errorf("%+v", got)
	}
	s.Owner = "444455556666"
	if got := simulate(t, s); got[1].Outcome != OutcomeImplicitDeny {
		t.Errorf("%+v", got)
	}
}

func TestSimulateRefuses(t *testing.T) {
	for want, s := range map[string]*Simulation{
		"Invalid Action Name: InvokeModel. An action has the form service:Name, such as bedrock:InvokeModel.": {Actions: []string{"InvokeModel"}},
		`Invalid context key name: "team". A key has the form service:Name, such as aws:SourceIp.`:            {Context: []ContextEntry{{"team", "string", []string{"x"}}}},
		`The context key a:b has the type string and 2 values: more than one need stringList.`:                {Context: []ContextEntry{{"a:b", "string", []string{"x", "y"}}}},
		`Invalid value "x" of the context key a:b: it is not of the type numeric.`:                            {Context: []ContextEntry{{"a:b", "numericList", []string{"1", "x"}}}},
		`Invalid value "x" of the context key a:b: it is not of the type boolean.`:                            {Context: []ContextEntry{{"a:b", "boolean", []string{"x"}}}},
		`Invalid value "x" of the context key a:b: it is not of the type date.`:                               {Context: []ContextEntry{{"a:b", "date", []string{"x"}}}},
		`Invalid value "x" of the context key a:b: it is not of the type ip.`:                                 {Context: []ContextEntry{{"a:b", "ip", []string{"x"}}}},
		`Invalid value "x" of the context key a:b: it is not of the type binary.`:                             {Context: []ContextEntry{{"a:b", "binary", []string{"x"}}}},
		`Invalid type "text" of the context key a:b: use string, numeric, boolean, ip, binary or date, or one of them followed by List.`: {
			Context: []ContextEntry{{"a:b", "text", []string{"x"}}},
		},
	} {
		s.Set, s.Principal = &Set{}, typicalCaller()
		_, err := SimulatePolicy(s)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.Validation || f.Name != "InvalidInput" || f.Message != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestExplainSaysWhy(t *testing.T) {
	set, requests := typicalSet(t), typicalRequests()
	set.Resource = &Policy{"profile policy", mustParse(t, Resource,
		`{"Version":"2012-10-17","Statement":[{"Sid":"Bob","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"bedrock:*","Resource":"*"}]}`)}
	why := map[string]string{}
	for _, f := range Explain(set, &requests[0]) {
		why[f.Policy.Name+" "+f.Statement.Label()] = f.Why
	}
	for statement, want := range map[string]string{
		"inline policy use-profiles Profiles":                                                     "",
		"inline policy use-profiles Batch":                                                        "it is not about bedrock:InvokeModel",
		"inline policy use-profiles Models":                                                       "it is not about arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456",
		"profile policy Bob":                                                                      "it is not about arn:aws:iam::111122223333:user/apps/ana",
		"arn:aws:iam::111122223333:policy/own-profiles Guardrail":                                 "its condition StringEquals on aws:ResourceTag/stage does not hold: the request does not have the key",
		"arn:aws:iam::111122223333:policy/own-profiles Office":                                    `its condition NotIpAddress on aws:SourceIp does not hold: the request has "10.1.2.3"`,
		"arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-guard Regions": `its condition StringNotEquals on aws:RequestedRegion does not hold: the request has "us-east-1"`,
	} {
		got, ok := why[statement]
		if !ok || got != want {
			t.Errorf("%s: %q, want %q (considered: %t)", statement, got, want, ok)
		}
	}
	bare := Request{Action: "bedrock:InvokeModel", Principal: typicalCaller()}
	for _, f := range Explain(set, &bare) {
		if f.Statement.Sid == "Profiles" && f.Why != "it is about resources, and the action has none" {
			t.Errorf("%q", f.Why)
		}
	}
}
