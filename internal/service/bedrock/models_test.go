package bedrock_test

import (
	"slices"
	"testing"
	"time"
)

func TestListFoundationModels(t *testing.T) {
	n := newNode(t)
	all := read[modelList](t, n.get("/foundation-models")).Models
	tests := map[string]func(model) bool{
		"":                          func(model) bool { return true },
		"byProvider=Anthropic":      func(m model) bool { return m.Provider == "Anthropic" },
		"byProvider=anthropic":      func(m model) bool { return m.Provider == "Anthropic" },
		"byProvider=AI21%20Labs":    func(m model) bool { return m.Provider == "AI21 Labs" },
		"byProvider=ai21":           func(m model) bool { return m.Provider == "AI21 Labs" },
		"byOutputModality=IMAGE":    func(m model) bool { return slices.Contains(m.Output, "IMAGE") },
		"byInferenceType=ON_DEMAND": func(m model) bool { return slices.Contains(m.Types, "ON_DEMAND") },
		"byCustomizationType=FINE_TUNING": func(m model) bool {
			return slices.Contains(m.Custom, "FINE_TUNING")
		},
		"byProvider=Amazon&byOutputModality=EMBEDDING": func(m model) bool {
			return m.Provider == "Amazon" && slices.Contains(m.Output, "EMBEDDING")
		},
	}
	for query, want := range tests {
		t.Run(query, func(t *testing.T) {
			got := ids(read[modelList](t, n.get("/foundation-models?"+query)).Models, func(model) bool { return true })
			wanted := ids(all, want)
			if len(wanted) == 0 || !slices.Equal(got, wanted) || !slices.IsSorted(got) {
				t.Errorf("got %v\nwant %v", got, wanted)
			}
		})
	}
}

func ids(models []model, keep func(model) bool) []string {
	var out []string
	for _, m := range models {
		if keep(m) {
			out = append(out, m.ID)
		}
	}
	return out
}

func TestProfileOnlyModelsAreListedAsSuch(t *testing.T) {
	n := newNode(t)
	for _, m := range read[modelList](t, n.get("/foundation-models?byProvider=anthropic")).Models {
		if m.ID == "anthropic.claude-opus-4-20250514-v1:0" {
			if !slices.Equal(m.Types, []string{"INFERENCE_PROFILE"}) {
				t.Errorf("%s: %v", m.ID, m.Types)
			}
			return
		}
	}
	t.Error("the model is not listed")
}

// A model past its end shows as legacy while everything that was ever served is; with lifecycles enforced it is
// not listed, and an application profile over it stays visible.
func TestLifecycle(t *testing.T) {
	const path = "/foundation-models/anthropic.claude-3-5-sonnet-20241022-v2:0"
	n := newNode(t)
	if d := read[modelAnswer](t, n.do(request{method: "GET", path: path, region: "us-west-2"})); d.Model.Life.Status != "LEGACY" {
		t.Errorf("by default: %+v", d)
	}
	made := read[created](t, n.post("/inference-profiles", `{"inferenceProfileName":"a","modelSource":{"copyFrom":"`+usSonnetA+`"}}`))

	enforcing(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))(n)
	n.restart()
	if a := n.do(request{method: "GET", path: path, region: "us-west-2"}); a.status != 400 {
		t.Errorf("enforced: %v", a)
	}
	if a := n.get("/inference-profiles/" + idOf(made.ARN)); a.status != 200 {
		t.Errorf("the profile over it: %v", a)
	}
	if a := n.do(request{method: "DELETE", path: "/inference-profiles/" + idOf(made.ARN)}); a.status != 200 {
		t.Errorf("deleting the profile over it: %v", a)
	}
}
