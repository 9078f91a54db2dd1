package bedrockruntime_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// vectorCase is one call of an embedding or reranking model, and what its answer comes to.
type vectorCase struct {
	model, asked, body string
	answer             func(*testing.T, map[string]any) string
}

func vectorCases() []vectorCase {
	const png = "iVBORw0KGgoAAAAN"
	cohere := func(rest string) string { return `{"input_type":"search_document",` + rest + `}` }
	return []vectorCase{
		{"amazon.titan-embed-text-v1", "a text", `{"inputText":"tides"}`, titanVector},
		{"amazon.titan-embed-text-v2:0", "a text", `{"inputText":"tides"}`, titanVector},
		{"amazon.titan-embed-text-v2:0", "256 dimensions, bits", `{"inputText":"tides","dimensions":256,"embeddingTypes":["binary"]}`, titanBits},
		{"amazon.titan-embed-image-v1", "a text and an image", `{"inputText":"tides","inputImage":"` + png + `","embeddingConfig":{"outputEmbeddingLength":384}}`, titanVector},
		{"cohere.embed-english-v3", "two texts", cohere(`"texts":["tides","moons"]`), cohereVectors},
		{"cohere.embed-multilingual-v3", "all encodings", cohere(`"texts":["tides"],"embedding_types":["float","int8","uint8","binary","ubinary"]`), cohereVectors},
		{"cohere.embed-v4:0", "two texts", cohere(`"texts":["tides","moons"]`), cohereVectors},
		{"cohere.embed-v4:0", "a text with an image, 256 dimensions", cohere(`"inputs":[{"content":[{"type":"text","text":"tides"},{"type":"image_url","image_url":{"url":"data:image/png;base64,` + png + `"}}]}],"output_dimension":256`), cohereVectors},
		{"cohere.rerank-v3-5:0", "the best 2 of 3 documents", `{"query":"When is high tide?","documents":["Bread recipes","High tide is at noon","The tide is low"],"top_n":2,"api_version":2}`, ranks},
		{"amazon.rerank-v1:0", "3 documents", `{"query":"When is high tide?","documents":["Bread recipes","High tide is at noon","The tide is low"]}`, ranks},
	}
}

func titanVector(t *testing.T, v map[string]any) string {
	vector, _ := v["embedding"].([]any)
	if len(vector) == 0 || v["inputTextTokenCount"].(float64) < 1 {
		t.Errorf("got %v", v)
	}
	return fmt.Sprintf("1 vector of %d numbers", len(vector))
}

func titanBits(t *testing.T, v map[string]any) string {
	bits, _ := v["embeddingsByType"].(map[string]any)["binary"].([]any)
	if v["embedding"] != nil || len(bits) == 0 || slices.ContainsFunc(bits, func(b any) bool { return b != 0.0 && b != 1.0 }) {
		t.Errorf("got %v", v)
	}
	return fmt.Sprintf("1 vector of %d bits", len(bits))
}

func cohereVectors(t *testing.T, v map[string]any) string {
	length := func(list any) string {
		vectors, _ := list.([]any)
		if len(vectors) == 0 {
			t.Errorf("got %v", list)
			return ""
		}
		return fmt.Sprintf("%d × %d", len(vectors), len(vectors[0].([]any)))
	}
	if v["response_type"] == "embeddings_floats" {
		return length(v["embeddings"])
	}
	byType, _ := v["embeddings"].(map[string]any)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(byType)) {
		out = append(out, name+" "+length(byType[name]))
	}
	return strings.Join(out, ", ")
}

func ranks(t *testing.T, v map[string]any) string {
	results, _ := v["results"].([]any)
	var order []string
	last := 1.0
	for _, r := range results {
		one := r.(map[string]any)
		score := one["relevance_score"].(float64)
		if score > last {
			t.Errorf("%v is out of order", results)
		}
		last = score
		order = append(order, fmt.Sprint(one["index"]))
	}
	if len(order) == 0 || order[0] != "1" {
		t.Errorf("got %v", results)
	}
	return "documents " + strings.Join(order, ", ")
}
