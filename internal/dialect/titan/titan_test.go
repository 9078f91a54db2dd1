package titan_test

import (
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/titan"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestVariantOf(t *testing.T) {
	type answer struct {
		Variant titan.Variant
		OK      bool
	}
	for id, want := range map[string]answer{
		"amazon.titan-embed-text-v1":      {titan.TextV1, true},
		"amazon.titan-embed-text-v1:2:8k": {titan.TextV1, true},
		"amazon.titan-embed-g1-text-02":   {titan.TextV1, true},
		"amazon.titan-embed-text-v2:0":    {titan.TextV2, true},
		"amazon.titan-embed-image-v1":     {titan.Image, true},
		"amazon.titan-embed-image-v1:0":   {titan.Image, true},
		"amazon.titan-embed-video-v9":     {0, false},
		"amazon.titan-text-express-v1":    {0, false},
		"cohere.embed-english-v3":         {0, false},
		"":                                {0, false},
	} {
		v, ok := titan.VariantOf(id)
		if got := (answer{v, ok}); got != want {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
}

var picture = chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Bytes: []byte{1, 2}}}

func TestDecodeRequest(t *testing.T) {
	for name, c := range map[string]struct {
		variant titan.Variant
		body    string
		want    *chat.EmbedRequest
	}{
		"v1":           {titan.TextV1, `{"inputText":"a"}`, &chat.EmbedRequest{Inputs: chat.TextInputs("a")}},
		"v2":           {titan.TextV2, `{"inputText":"a"}`, &chat.EmbedRequest{Inputs: chat.TextInputs("a"), Normalize: true}},
		"v2 with all":  {titan.TextV2, `{"inputText":"a","dimensions":256,"normalize":false,"embeddingTypes":["binary","float"]}`, &chat.EmbedRequest{Inputs: chat.TextInputs("a"), Dimensions: 256, Types: []string{"binary", "float"}}},
		"v2 the most":  {titan.TextV2, `{"inputText":"` + strings.Repeat("ü", 50_000) + `"}`, &chat.EmbedRequest{Inputs: chat.TextInputs(strings.Repeat("ü", 50_000)), Normalize: true}},
		"image":        {titan.Image, `{"inputImage":"AQI="}`, &chat.EmbedRequest{Inputs: [][]chat.Block{{picture}}}},
		"text alone":   {titan.Image, `{"inputText":"a","embeddingConfig":{}}`, &chat.EmbedRequest{Inputs: chat.TextInputs("a")}},
		"image, short": {titan.Image, `{"inputText":"a","inputImage":"AQI=","embeddingConfig":{"outputEmbeddingLength":384}}`, &chat.EmbedRequest{Inputs: [][]chat.Block{{chat.Text("a"), picture}}, Dimensions: 384}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := titan.DecodeRequest(c.variant, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeRequestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		variant    titan.Variant
		body, want string
	}{
		"not JSON":         {titan.TextV1, `{`, ""},
		"empty":            {titan.TextV2, ``, ""},
		"array":            {titan.TextV2, `["a"]`, "#: expected type: JSONObject, found: JSONArray"},
		"no text":          {titan.TextV1, `{}`, "#: required key [inputText] not found"},
		"no text, v2":      {titan.TextV2, `{"normalize":true}`, "#: required key [inputText] not found"},
		"neither":          {titan.Image, `{}`, "#: required key [inputText] or [inputImage] not found"},
		"empty text":       {titan.TextV1, `{"inputText":""}`, "#/inputText: expected minLength: 1, actual: 0"},
		"empty text, v2":   {titan.TextV2, `{"inputText":""}`, "#/inputText: expected minLength: 1, actual: 0"},
		"long text":        {titan.TextV2, `{"inputText":"` + strings.Repeat("ü", 50_001) + `"}`, "#/inputText: expected maxLength: 50000, actual: 50001"},
		"text list":        {titan.TextV2, `{"inputText":["a"]}`, "#/inputText: expected type: String, found: JSONArray"},
		"v2 key to v1":     {titan.TextV1, `{"inputText":"a","dimensions":256}`, "#: extraneous key [dimensions] is not permitted"},
		"image key to v2":  {titan.TextV2, `{"inputText":"a","inputImage":"AA=="}`, "#: extraneous key [inputImage] is not permitted"},
		"dimensions":       {titan.TextV2, `{"inputText":"a","dimensions":300}`, "#/dimensions: 300 is not a valid enum value"},
		"dimensions text":  {titan.TextV2, `{"inputText":"a","dimensions":"256"}`, "#/dimensions: expected type: Integer, found: String"},
		"dimensions 384":   {titan.TextV2, `{"inputText":"a","dimensions":384}`, "#/dimensions: 384 is not a valid enum value"},
		"normalize":        {titan.TextV2, `{"inputText":"a","normalize":"yes"}`, "#/normalize: expected type: Boolean, found: String"},
		"type":             {titan.TextV2, `{"inputText":"a","embeddingTypes":["float","int8"]}`, "#/embeddingTypes/1: int8 is not a valid enum value"},
		"no types":         {titan.TextV2, `{"inputText":"a","embeddingTypes":[]}`, "#/embeddingTypes: expected minimum item count: 1, found: 0"},
		"image base64":     {titan.Image, `{"inputImage":"%%"}`, "#/inputImage: is not base64"},
		"image empty":      {titan.Image, `{"inputImage":""}`, "#/inputImage: expected minLength: 1, actual: 0"},
		"image length":     {titan.Image, `{"inputText":"a","embeddingConfig":{"outputEmbeddingLength":512}}`, "#/embeddingConfig/outputEmbeddingLength: 512 is not a valid enum value"},
		"image config key": {titan.Image, `{"inputText":"a","embeddingConfig":{"size":1}}`, "#/embeddingConfig: extraneous key [size] is not permitted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := titan.DecodeRequest(c.variant, []byte(c.body))
			want := "Malformed input request, please reformat your input and try again."
			if c.want != "" {
				want = "Malformed input request: " + c.want + ", please reformat your input and try again."
			}
			if !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestEncodeResponse(t *testing.T) {
	resp := &chat.EmbedResponse{Vectors: [][]float32{{0.5, -0.25, 1e-9, 0}}, Usage: chat.Usage{Input: 3}}
	for name, c := range map[string]struct {
		variant titan.Variant
		types   []string
		want    string
	}{
		"v1":        {titan.TextV1, nil, `{"embedding":[0.5,-0.25,1e-09,0],"inputTextTokenCount":3}`},
		"image":     {titan.Image, nil, `{"embedding":[0.5,-0.25,1e-09,0],"inputTextTokenCount":3,"message":null}`},
		"v2":        {titan.TextV2, nil, `{"embedding":[0.5,-0.25,1e-09,0],"inputTextTokenCount":3,"embeddingsByType":{"float":[0.5,-0.25,1e-09,0]}}`},
		"v2 binary": {titan.TextV2, []string{"binary"}, `{"inputTextTokenCount":3,"embeddingsByType":{"binary":[1,0,1,0]}}`},
		"v2 both": {
			titan.TextV2,
			[]string{"float", "binary"},
			`{"embedding":[0.5,-0.25,1e-09,0],"inputTextTokenCount":3,"embeddingsByType":{"binary":[1,0,1,0],"float":[0.5,-0.25,1e-09,0]}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := titan.EncodeResponse(c.variant, &chat.EmbedRequest{Types: c.types}, resp)
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Every finite vector comes back the same.
func TestVectorIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		finite := rapid.Float32().Filter(func(x float32) bool { return !math.IsInf(float64(x), 0) && !math.IsNaN(float64(x)) })
		want := rapid.SliceOf(finite).Draw(t, "vector")
		body := titan.EncodeResponse(titan.TextV2, &chat.EmbedRequest{}, &chat.EmbedResponse{Vectors: [][]float32{want}})
		var got struct {
			Embedding []float32 `json:"embedding"`
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Embedding); len(want) > 0 && diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add(byte(0), []byte(`{"inputText":"a"}`))
	f.Add(byte(1), []byte(`{"inputText":"a","dimensions":256,"embeddingTypes":["binary"]}`))
	f.Add(byte(2), []byte(`{"inputImage":"AQI=","embeddingConfig":{"outputEmbeddingLength":384}}`))
	f.Fuzz(func(t *testing.T, variant byte, body []byte) {
		r, err := titan.DecodeRequest(titan.Variant(variant%3), body)
		if err != nil && !fault.Is(err, fault.Validation) {
			t.Fatalf("%v is no validation error", err)
		}
		if err == nil && (len(r.Inputs) != 1 || len(r.Inputs[0]) == 0) {
			t.Fatal("accepted nothing to embed")
		}
	})
}

func BenchmarkEncodeResponse(b *testing.B) {
	vector := make([]float32, 1024)
	for i := range vector {
		vector[i] = float32(math.Sin(float64(i))) / 32
	}
	req, resp := &chat.EmbedRequest{}, &chat.EmbedResponse{Vectors: [][]float32{vector}}
	b.ReportAllocs()
	for b.Loop() {
		titan.EncodeResponse(titan.TextV1, req, resp)
	}
}
