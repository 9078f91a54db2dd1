package policy

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcrop/outcrop/internal/fault"
)

// TestMalformed plays testdata/malformed.txt.
func TestMalformed(t *testing.T) {
	text, err := os.ReadFile("testdata/malformed.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows, document := 0, ""
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		want, isAnswer := strings.CutPrefix(line, "= ")
		if !isAnswer {
			document = line
			continue
		}
		rows++
		kind, body, _ := strings.Cut(document, " ")
		_, err := Parse([]byte(body), kinds[kind])
		checkMalformed(t, err, kinds[kind])
		begin, isPrefix := strings.CutSuffix(want, "…")
		if err == nil || err.Error() != want && !(isPrefix && strings.HasPrefix(err.Error(), begin)) {
			t.Errorf("line %d: %s\ngot  %v\nwant %s", i+1, document, err, want)
		}
	}
	if rows < 70 {
		t.Errorf("only %d rows", rows)
	}
}

// checkMalformed demands the fault that the service which keeps a kind of document answers with.
func checkMalformed(t *testing.T, err error, kind Kind) {
	t.Helper()
	want := map[Kind]string{ServiceControl: "MalformedPolicyDocumentException", Resource: ""}
	name, ok := want[kind]
	if !ok {
		name = "MalformedPolicyDocument"
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Validation || f.Name != name {
		t.Errorf("%v: not a fault called %q", err, name)
	}
}

func TestPositions(t *testing.T) {
	d := mustParse(t, Identity, "{\n \"Statement\": [\n  {\"Sid\": \"A\", \"Effect\": \"Allow\",\n   \"Action\": \"*\", \"Resource\": \"*\"},\n"+
		"  {\"Effect\": \"Deny\", \"Action\": \"iam:*\", \"Resource\": \"arn:aws:iam::111122223333:user/ü\"}]\n}")
	type place struct {
		Number     int
		Deny       bool
		Start, End Position
	}
	var got []place
	for _, s := range d.Statements() {
		got = append(got, place{s.Number, s.Deny, s.Start, s.End})
	}
	want := []place{{1, false, Position{3, 3}, Position{4, 35}}, {2, true, Position{5, 3}, Position{5, 88}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err := Parse([]byte("{\n \"Statement\": {\n   \"Effekt\": 1}}"), Identity)
	if err == nil || !strings.Contains(err.Error(), "line 3, column 4") {
		t.Errorf("%v", err)
	}
}

func TestDocumentTellsOfItself(t *testing.T) {
	d := mustParse(t, Identity, ownProfiles)
	if d.Version() != Version2012 || d.Kind() != Identity || len(d.Statements()) != 5 {
		t.Errorf("%q %d %d", d.Version(), d.Kind(), len(d.Statements()))
	}
	want := []string{
		"aws:CurrentTime", "aws:PrincipalTag/team", "aws:RequestTag/team", "aws:ResourceTag/stage", "aws:ResourceTag/team",
		"aws:SourceIp", "aws:ViaAWSService", "bedrock:GuardrailIdentifier",
	}
	if diff := cmp.Diff(want, d.ContextKeys(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsTellTheirReason(t *testing.T) {
	var words []string
	for _, d := range []Decision{{}, {Reason: ExplicitDeny}, {Reason: Granted}, {Reason: RootUser}} {
		words = append(words, d.Reason.String())
	}
	if diff := cmp.Diff([]string{"implicit deny", "explicit deny", "granted", "root user"}, words); diff != "" {
		t.Error(diff)
	}
}

// A document that parses decides every request without panicking, in every part of a set that takes its kind, and its
// findings lead to the decision.
func FuzzParse(f *testing.F) {
	for _, text := range []string{fullAccess, guardRegions, readModels, ownProfiles, useProfiles, onlyBedrock} {
		f.Add([]byte(text), uint8(Identity))
	}
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}`), uint8(Trust))
	f.Add([]byte(`{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"*","NotResource":"arn:*"}}`), uint8(Resource))
	f.Add([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:*?*","Resource":"arn:*:${aws:username,'x'}*${*}","Condition":{"ForAnyValue:ArnLike":{"aws:TagKeys":["a:${b:c}:*"]}}}}`), uint8(ServiceControl))
	f.Fuzz(func(t *testing.T, text []byte, kind uint8) {
		k := Kind(kind % 6)
		d, err := Parse(text, k)
		if err != nil {
			checkMalformed(t, err, k)
			return
		}
		p := &Policy{"fuzzed", d}
		set := &Set{}
		switch k {
		case Resource, Trust:
			set.Resource = p
		case ServiceControl:
			set.SCPs = [][]*Policy{{p}}
		case Session:
			set.Session = []*Policy{p}
		case Boundary:
			set.Boundary = p
		default:
			set.Identity = []*Policy{p}
		}
		for _, r := range typicalRequests() {
			checkExplained(t, set, &r, Evaluate(set, &r))
		}
		d.ContextKeys()
	})
}
