package simulator

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
)

func TestRerank(t *testing.T) {
	p := newProvider(t, Settings{})
	r := &chat.RerankRequest{Query: "What is the capital of France?", Documents: []string{
		"Bananas are yellow.", "Paris is the capital of France.", "France is in Europe.", "The capital of Spain is Madrid.",
	}}
	got, err := p.Rerank(t.Context(), &provider.RerankRequest{Region: "us-east-1", Model: "cohere.rerank-v3-5:0", Rerank: r})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Results) != 4 || got.Results[0].Index != 1 || got.Results[3].Index != 0 || got.Usage != (chat.Usage{SearchUnits: 1}) {
		t.Errorf("got %+v", got)
	}
	r.Top = 2
	top, err := p.Rerank(t.Context(), &provider.RerankRequest{Region: "us-east-1", Model: "cohere.rerank-v3-5:0", Rerank: r})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.Results[:2], top.Results); diff != "" {
		t.Error(diff)
	}
	failing := newProvider(t, Settings{Failures: []Failure{{Kind: Throttling}}})
	if _, err := failing.Rerank(t.Context(), &provider.RerankRequest{Rerank: r}); !fault.Is(err, fault.Throttling) {
		t.Errorf("got %v, want what the script says", err)
	}
}

func TestRankIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "cat", "cats", "Dog.", "", "漢字 漢字", "\xff"})
		r := &chat.RerankRequest{Query: word.Draw(t, "query") + " " + word.Draw(t, "more"), Documents: rapid.SliceOf(word).Draw(t, "documents")}
		got := rank(r)
		if diff := cmp.Diff(got, rank(r)); diff != "" {
			t.Fatalf("not the same twice: %s", diff)
		}
		seen := make([]bool, len(r.Documents))
		for i, d := range got {
			if d.Score < 0 || d.Score > 1 || i > 0 && d.Score > got[i-1].Score || seen[d.Index] {
				t.Fatalf("%+v", got)
			}
			seen[d.Index] = true
		}
		if len(got) != len(r.Documents) {
			t.Fatalf("%d results for %d documents", len(got), len(r.Documents))
		}
	})
}
