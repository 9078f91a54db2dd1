package simulator

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestEmbed(t *testing.T) {
	p := newProvider(t, Settings{})
	for _, test := range []struct {
		model            string
		dimensions, want int
	}{
		{"amazon.titan-embed-text-v1", 0, 1536},
		{"amazon.titan-embed-g1-text-02", 0, 1536},
		{"amazon.titan-embed-text-v2:0", 0, 1024},
		{"amazon.titan-embed-text-v2:0", 256, 256},
		{"amazon.titan-embed-image-v1", 0, 1024},
		{"amazon.nova-2-multimodal-embeddings-v1:0", 0, 3072},
		{"some.model", 7, 7},
	} {
		got, err := p.Embed(context.Background(), &provider.EmbedRequest{
			Region: "us-east-1", Model: test.model,
			Embed: &chat.EmbedRequest{Dimensions: test.dimensions, Inputs: [][]chat.Block{
				{chat.Text("the cat sat"), {Kind: chat.ImageBlock, Media: &chat.Media{Bytes: []byte("?")}}}, {chat.Text("x")},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range got.Vectors {
			if len(v) != test.want || math.Abs(dot(v, v)-1) > 1e-5 {
				t.Errorf("%s: %d dimensions of length² %f, want %d of 1", test.model, len(v), dot(v, v), test.want)
			}
		}
		if len(got.Vectors) != 2 || slices.Equal(got.Vectors[0], got.Vectors[1]) {
			t.Errorf("%s: %d vectors, want two that differ", test.model, len(got.Vectors))
		}
		if want := (chat.Usage{Input: 3 + tokens.MaxImage + 1}); got.Usage != want {
			t.Errorf("usage %+v, want %+v", got.Usage, want)
		}
	}
	for _, d := range []int{-1, maxDimensions + 1} {
		_, err := p.Embed(context.Background(), &provider.EmbedRequest{Embed: &chat.EmbedRequest{Inputs: chat.TextInputs("x"), Dimensions: d}})
		if !fault.Is(err, fault.Validation) {
			t.Errorf("%d dimensions: %v, want a validation error", d, err)
		}
	}
}

func TestSimilarTextsAreNear(t *testing.T) {
	of := func(s string) []float32 { return embed(s, nil, 1024) }
	cat := of("The cat sat on the mat.")
	for _, test := range []struct{ near, far string }{
		{"A cat sat on a mat", "Quarterly revenue grew by nine percent"},
		{"the cats are sitting on mats", "Quarterly revenue grew by nine percent"},
		{"the cat sat on the mat", "the dog sat on the mat"},
	} {
		if near, far := dot(cat, of(test.near)), dot(cat, of(test.far)); near <= far {
			t.Errorf("%q at %.2f is not nearer than %q at %.2f", test.near, near, test.far, far)
		}
	}
	if zero := slices.Index(cat, 0); zero >= 0 && slices.Max(cat) > 0.9 {
		t.Error("the vector is not spread over its dimensions")
	}
}

func TestEmbedIsAUnitVector(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, image := rapid.String().Draw(t, "text"), rapid.SliceOf(rapid.Byte()).Draw(t, "image")
		v := embed(text, image, rapid.IntRange(1, 2000).Draw(t, "dimensions"))
		if l := dot(v, v); math.Abs(l-1) > 1e-4 {
			t.Fatalf("length² %f", l)
		}
		if !slices.Equal(v, embed(text, image, len(v))) {
			t.Fatal("not deterministic")
		}
	})
}
