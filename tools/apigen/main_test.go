package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const committed = "../../internal/awsapi"

// installed returns the botocore on this machine, or skips.
func installed(t *testing.T) source {
	t.Helper()
	src, err := findBotocore("")
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	return src
}

func TestCommittedCodeIsClean(t *testing.T) {
	err := checkClean("", committed)
	if skip, ok := errors.AsType[skipped](err); ok {
		t.Skipf("SKIPPED: %v", skip)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestGenerationIsDeterministic(t *testing.T) {
	src := installed(t)
	first, err := generate(src)
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate(src)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(first, second, bytes.Equal) {
		t.Error("two runs differ")
	}
	for name, text := range first {
		if !strings.HasPrefix(string(text), header) {
			t.Errorf("%s does not begin with %q", name, header)
		}
	}
}

func TestCompareNamesEveryDifference(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"a/same.gen.go": []byte("1"), "a/other.gen.go": []byte("1"), "a/gone.gen.go": []byte("1")}
	for name, text := range map[string]string{"same": "1", "other": "2", "left": "1"} {
		if err := write(filepath.Join(dir, "a", name+".gen.go"), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	err := compare(dir, files)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"a/other.gen.go is not what the generator writes", "a/gone.gen.go is missing", "a/left.gen.go is no longer generated"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "same") {
		t.Errorf("%v", err)
	}
}

func TestCheckSkipsWithoutTheRecordedBotocore(t *testing.T) {
	recorded, err := recordedSource(committed)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "__init__.py"), []byte("__version__ = '0.0.1'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for models, want := range map[string]string{
		other:                           "made from " + recorded + ", installed is botocore 0.0.1",
		filepath.Join(other, "nowhere"): "cannot read botocore's version",
	} {
		err := checkClean(models, committed)
		if _, ok := errors.AsType[skipped](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it skipped with %q", err, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"modelId": "ModelID", "inferenceProfileArn": "InferenceProfileARN", "resourceARN": "ResourceARN", "CacheTTL": "CacheTTL", "ttl": "TTL",
		"uri": "URI", "url": "URL", "json": "JSON", "topP": "TopP", "s3Location": "S3Location", "latencyMs": "LatencyMs", "AutomatedReasoningId": "AutomatedReasoningID",
	} {
		if got := goName(name); got != want {
			t.Errorf("goName(%s) is %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]string{"ConverseStream": "converseStream", "URLList": "urlList", "ARN": "arn"} {
		if got := lowerName(name); got != want {
			t.Errorf("lowerName(%s) is %s, want %s", name, got, want)
		}
	}
	for value, want := range map[string]string{"end_turn": "KindEndTurn", "ON_DEMAND": "KindOnDemand", "5m": "Kind5m", "x-aac": "KindXAac", "three_gp": "KindThreeGp"} {
		if got := constName("Kind", value); got != want {
			t.Errorf("constName(%s) is %s, want %s", value, got, want)
		}
	}
}

func TestTranslate(t *testing.T) {
	for pattern, want := range map[string]string{
		`[a-zA-Z0-9-:.]+`: `\A(?:[a-zA-Z0-9-:.]+)\z`,
		`a|b`:             `\A(?:a|b)\z`,
		`[a-z\s._]*`:      `\A(?:[a-z\s\v._]*)\z`,
		`\s?\S*`:          `\A(?:[\s\v]?\S*)\z`,
		`[\s\S]*`:         `\A(?:[\s\v\S]*)\z`,
		`\[\s\]`:          `\A(?:\[[\s\v]\])\z`,
		`[\u0020-\u00FF]`: `\A(?:[\x{0020}-\x{00FF}])\z`,
	} {
		if got := translate(pattern); got != want {
			t.Errorf("%s became %s, want %s", pattern, got, want)
		}
	}
}

func TestSpell(t *testing.T) {
	for pattern, want := range map[string]string{
		`[\w+=,.@-]+`:            `[\w+=,.@-]+`,
		"[ a-z]":                 "[ a-z]",
		"[\t\n\r -\u00ff]+":      `[\u0009\u000A\u000D\u0020-\u00FF]+`,
		"[\u0020-\u007e\u00a1]*": `[\u0020-~\u00A1]*`,
	} {
		if got := spell(pattern); got != want {
			t.Errorf("%q is spelt %s, want %s", pattern, got, want)
		}
	}
}

func TestErrorsAreNamedAsOnTheWire(t *testing.T) {
	m := model(map[string]rawShape{"GoneException": {Type: "structure", Exception: true}, "BusyException": {Type: "structure", Exception: true}})
	gone, op := m.Shapes["GoneException"], m.Operations["Do"]
	gone.Error.Code, gone.Error.HTTPStatusCode = "Gone", 410
	m.Shapes["GoneException"] = gone
	op.Errors = []rawRef{{Shape: "GoneException"}, {Shape: "BusyException"}, {Shape: "GoneException"}}
	m.Operations["Do"] = op
	s, err := build(target{Service: "s", Operations: []string{"Do"}}, m, source{})
	if err != nil {
		t.Fatal(err)
	}
	want := []apiError{{"BusyException", "BusyException", 0}, {"GoneException", "Gone", 410}}
	if len(s.Errors) != len(want) || *s.Errors[0] != want[0] || *s.Errors[1] != want[1] {
		t.Errorf("got %+v", s.Errors)
	}
}

// model builds the smallest model of one operation with the given shapes.
func model(shapes map[string]rawShape) *rawModel {
	op := rawOperation{Input: &rawRef{Shape: "In"}, Output: &rawRef{Shape: "Out"}}
	op.HTTP.Method, op.HTTP.RequestURI, op.HTTP.ResponseCode = "POST", "/do", 200
	m := &rawModel{Operations: map[string]rawOperation{"Do": op}, Shapes: map[string]rawShape{"In": {Type: "structure"}, "Out": {Type: "structure"}}}
	m.Metadata.Protocol = "rest-json"
	maps.Copy(m.Shapes, shapes)
	return m
}

func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	in := func(ref rawRef) rawShape {
		return rawShape{Type: "structure", Members: ordered[rawRef]{{"a", ref}}}
	}
	for want, m := range map[string]*rawModel{
		`the model has no shape Gone`:              model(map[string]rawShape{"In": in(rawRef{Shape: "Gone"})}),
		`no Go form for type "bigdecimal"`:         model(map[string]rawShape{"In": in(rawRef{Shape: "X"}), "X": {Type: "bigdecimal"}}),
		`location "headers" is not generated yet`:  model(map[string]rawShape{"In": in(rawRef{Shape: "X", Location: "headers"}), "X": {Type: "string"}}),
		`timestamp format "" is not generated yet`: model(map[string]rawShape{"Out": in(rawRef{Shape: "X"}), "X": {Type: "timestamp"}}),
		`timestamps in inputs (X)`:                 model(map[string]rawShape{"In": in(rawRef{Shape: "X"}), "X": {Type: "timestamp", TimestampFormat: "iso8601"}}),
		`the model has no such operation`:          {Metadata: model(nil).Metadata},
		`flattened lists and maps (X)`:             model(map[string]rawShape{"In": in(rawRef{Shape: "X"}), "X": {Type: "list", Flattened: true}}),
	} {
		_, err := build(target{Service: "s", Operations: []string{"Do"}}, m, source{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	m := model(nil)
	m.Metadata.Protocol = "query"
	if _, err := build(target{Service: "s", Client: true}, m, source{}); err == nil || !strings.Contains(err.Error(), "a client of the query protocol") {
		t.Errorf("got %v", err)
	}
	op := m.Operations["Do"]
	op.Output.ResultWrapper = "Other"
	if _, err := build(target{Service: "s", Operations: []string{"Do"}}, m, source{}); err == nil || !strings.Contains(err.Error(), `the result wrapper "Other"`) {
		t.Errorf("got %v", err)
	}
	for protocol, version := range map[string]string{"ec2": "", "json": "1.0"} {
		m := model(nil)
		m.Metadata.Protocol, m.Metadata.JSONVersion = protocol, version
		if _, err := build(target{Service: "s"}, m, source{}); err == nil || !strings.Contains(err.Error(), `no codec for protocol "`+protocol) {
			t.Errorf("got %v", err)
		}
	}
}

func TestMembersKeepTheModelsOrder(t *testing.T) {
	var o ordered[rawRef]
	if err := o.UnmarshalJSON([]byte(`{"z":{"shape":"A"},"a":{"shape":"B"},"m":{"shape":"C"}}`)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range o {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, []string{"z", "a", "m"}) {
		t.Errorf("got %v", names)
	}
}
