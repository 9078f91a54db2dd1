package awswire

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func modelTable() table {
	return newTable([]Operation{
		{Name: "Converse", Method: "POST", Path: "/model/{modelId}/converse"},
		{Name: "ConverseStream", Method: "POST", Path: "/model/{modelId}/converse-stream"},
		{Name: "List", Method: "GET", Path: "/inference-profiles"},
		{Name: "Create", Method: "POST", Path: "/inference-profiles"},
		{Name: "Get", Method: "GET", Path: "/inference-profiles/{id}"},
		{Name: "Delete", Method: "DELETE", Path: "/inference-profiles/{id}"},
		{Name: "Apply", Method: "POST", Path: "/guardrail/{id}/version/{version}/apply"},
	})
}

const profileARN = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0"

func TestMatch(t *testing.T) {
	for _, test := range []struct{ method, path, operation, label, value string }{
		{"GET", "/inference-profiles", "List", "", ""},
		{"POST", "/inference-profiles", "Create", "", ""},
		{"GET", "/inference-profiles/abc", "Get", "id", "abc"},
		{"DELETE", "/inference-profiles/abc", "Delete", "id", "abc"},
		{"POST", "/model/us.amazon.nova-lite-v1%3A0/converse", "Converse", "modelId", "us.amazon.nova-lite-v1:0"},
		{"POST", "/model/us.amazon.nova-lite-v1:0/converse-stream", "ConverseStream", "modelId", "us.amazon.nova-lite-v1:0"},
		{"POST", "/model/" + url.PathEscape(profileARN) + "/converse", "Converse", "modelId", profileARN},
		{"POST", "/model/" + strings.ReplaceAll(url.PathEscape(profileARN), ":", "%3A") + "/converse", "Converse", "modelId", profileARN},
		{"POST", "/model/" + profileARN + "/converse", "Converse", "modelId", profileARN},
		{"GET", "/inference-profiles/" + profileARN, "Get", "id", profileARN},
		{"GET", "/inference-profiles/arn%3Aaws%3Abedrock%3A/x", "Get", "id", "arn:aws:bedrock:/x"},
		{"POST", "/model/a%252Fb/converse", "Converse", "modelId", "a%2Fb"}, // unescaped once
		{"POST", "/model/a+b/converse", "Converse", "modelId", "a+b"},
		{"POST", "/model/converse/converse", "Converse", "modelId", "converse"},
		{"POST", "/guardrail/g1/version/DRAFT/apply", "Apply", "version", "DRAFT"},

		{"PUT", "/inference-profiles", "", "", ""},
		{"DELETE", "/inference-profiles", "", "", ""},
		{"GET", "/inference-profiles/", "", "", ""},
		{"GET", "/inference-profiles/a/b", "", "", ""},
		{"GET", "/inference-profile", "", "", ""},
		{"POST", "/model//converse", "", "", ""},
		{"POST", "/model/converse", "", "", ""},
		{"POST", "/model/a/b/converse", "", "", ""},
		{"POST", "/model/arnica/b/converse", "", "", ""},
		{"POST", "/model/a/Converse", "", "", ""},
		{"POST", "//model/a/converse", "", "", ""},
		{"POST", "/guardrail/g1/version//apply", "", "", ""},
		{"POST", "", "", "", ""},
		{"POST", "/", "", "", ""},
		{"", "/inference-profiles", "", "", ""},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			m, ok := modelTable().match(test.method, test.path)
			if !ok {
				if test.operation != "" {
					t.Fatalf("no match, want %s", test.operation)
				}
				return
			}
			if m.Operation.Name != test.operation {
				t.Fatalf("matched %s, want %q", m.Operation.Name, test.operation)
			}
			if test.label == "" {
				return
			}
			r := Request{match: m}
			if got := r.Label(test.label); got != test.value || r.err != nil {
				t.Errorf("label is %q (%v), want %q", got, r.err, test.value)
			}
		})
	}
}

func TestLabelRefusesMalformedEscapes(t *testing.T) {
	for _, raw := range []string{"%", "a%", "%4", "%zz", "%4g", "abc%2"} {
		m, ok := modelTable().match("POST", "/model/"+raw+"/converse")
		if !ok {
			t.Fatalf("%s: no match", raw)
		}
		r := Request{match: m}
		r.Label("modelId")
		want := "The path has a malformed percent escape in modelId: " + raw
		if r.err == nil || r.err.Error() != want {
			t.Errorf("got %v, want %s", r.err, want)
		}
	}
}

func TestUnescapeUndoesPathEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, ok := unescape(url.PathEscape(s)); !ok || got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("POST", "/model/"+profileARN+"/converse")
	f.Add("POST", "/model/a%2Fb%3Ac/converse-stream")
	f.Add("GET", "/inference-profiles/%")
	f.Add("DELETE", "/inference-profiles/arn%3a//")
	f.Add("POST", "/guardrail//version/version/apply")
	routes := modelTable()
	f.Fuzz(func(t *testing.T, method, path string) {
		m, ok := routes.match(method, path)
		if !ok {
			return
		}
		// What matched must spell the path again.
		var b strings.Builder
		for i, literal := range m.route.literals {
			b.WriteString(literal)
			if i < len(m.route.names) {
				b.WriteString(m.labels[i])
			}
		}
		if b.String() != path {
			t.Fatalf("%s matched %s as %s", path, m.Operation.Path, b.String())
		}
		r := Request{match: m}
		for _, name := range m.route.names {
			want, err := url.PathUnescape(m.label(name))
			if got := r.Label(name); got != want || (err == nil) != (r.err == nil) {
				t.Fatalf("%s is %q (%v), net/url says %q (%v)", name, got, r.err, want, err)
			}
			r.err = nil
		}
	})
}
