package cohere

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestDecodeEmbed(t *testing.T) {
	image := chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: "png", Bytes: []byte("hi")}}
	for body, c := range map[string]struct {
		v4   bool
		want *chat.EmbedRequest
	}{
		`{"texts":["a","b"],"input_type":"search_query"}`: {false, &chat.EmbedRequest{Inputs: chat.TextInputs("a", "b"), Purpose: "search_query", Normalize: true}},
		`{"texts":["a"],"input_type":"clustering","truncate":"END","embedding_types":["int8","ubinary"]}`: {false, &chat.EmbedRequest{
			Inputs: chat.TextInputs("a"), Purpose: "clustering", Normalize: true, Truncate: "end", Types: []string{"int8", "ubinary"},
		}},
		`{"images":["data:image/png;base64,aGk="],"input_type":"image"}`: {false, &chat.EmbedRequest{Inputs: [][]chat.Block{{image}}, Purpose: "image", Normalize: true}},
		`{"inputs":[{"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}],"input_type":"search_document","output_dimension":256,"max_tokens":9,"truncate":"LEFT"}`: {true, &chat.EmbedRequest{
			Inputs: [][]chat.Block{{chat.Text("a"), image}}, Purpose: "search_document", Normalize: true, Dimensions: 256, MaxTokens: 9, Truncate: "start",
		}},
	} {
		got, err := Embed{V4: c.v4}.DecodeRequest([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestDecodeEmbedRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`{"texts":["a"]}`:                                                                                     "#: required key [input_type] not found",
		`{"input_type":"search_query"}`:                                                                       "#: exactly one of [texts], [images] and [inputs] must have items, found 0",
		`{"texts":["a"],"images":["b"],"input_type":"image"}`:                                                 "#: exactly one of [texts], [images] and [inputs] must have items, found 2",
		`{"texts":[""],"input_type":"search_query"}`:                                                          "#/texts/0: expected minLength: 1, actual: 0",
		`{"texts":["a"],"input_type":"x"}`:                                                                    "#/input_type: x is not a valid enum value",
		`{"texts":["a"],"input_type":"search_query","embedding_types":["int4"]}`:                              "#/embedding_types/0: int4 is not a valid enum value",
		`{"texts":["a"],"input_type":"search_query","output_dimension":256}`:                                  "#: extraneous key [output_dimension] is not permitted",
		`{"images":["b"],"input_type":"image"}`:                                                               "#/images/0: must be a data URL such as data:image/png;base64,…; addresses are not fetched",
		`{"texts":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 97), ",") + `],"input_type":"search_query"}`: "#: expected maximum item count: 96, found: 97",
	} {
		_, err := Embed{}.DecodeRequest([]byte(body))
		if want := "Malformed input request: " + want + ", please reformat your input and try again."; !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
			t.Errorf("%s:\n got %v\nwant %s", body, err, want)
		}
	}
}

func TestEncodeEmbed(t *testing.T) {
	resp := &chat.EmbedResponse{Vectors: [][]float32{{0.5, -0.5, 0, 0.25, 0, 0, 0, 1, -1}}}
	got := string(Embed{}.EncodeResponse(&chat.EmbedRequest{Inputs: chat.TextInputs("a")}, resp, "i"))
	if want := `{"embeddings":[[0.5,-0.5,0,0.25,0,0,0,1,-1]],"id":"i","response_type":"embeddings_floats","texts":["a"]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = string(Embed{}.EncodeResponse(&chat.EmbedRequest{Types: encodings}, resp, "i"))
	want := `{"embeddings":{"float":[[0.5,-0.5,0,0.25,0,0,0,1,-1]],"int8":[[48,-48,0,24,0,0,0,95,-95]],"uint8":[[176,80,128,152,128,128,128,223,33]],` +
		`"binary":[[17,-128]],"ubinary":[[145,0]]},"id":"i","response_type":"embeddings_by_type","texts":[]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whole numbers keep the angle between vectors, and stay within 8 bits.
func TestQuantizedVectors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float32Range(-1, 1), 1, 64).Draw(t, "vector")
		body := Embed{}.EncodeResponse(&chat.EmbedRequest{Types: encodings}, &chat.EmbedResponse{Vectors: [][]float32{v}}, "i")
		var got struct {
			Embeddings struct {
				Int8    [][]int8
				Uint8   [][]uint16
				Binary  [][]int8
				Ubinary [][]uint16
			}
		}
		if err := json.Unmarshal(body, &got, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		e := got.Embeddings
		if len(e.Int8[0]) != len(v) || len(e.Binary[0]) != (len(v)+7)/8 {
			t.Fatalf("%d numbers, %d bytes of bits for %d", len(e.Int8[0]), len(e.Binary[0]), len(v))
		}
		for i := range v {
			bit := e.Ubinary[0][i/8]>>(7-i%8)&1 == 1
			if int(e.Uint8[0][i]) != int(e.Int8[0][i])+128 || bit != (v[i] > 0) {
				t.Fatalf("number %d: %v became %d, %d and %v", i, v[i], e.Int8[0][i], e.Uint8[0][i], bit)
			}
		}
		for i, b := range e.Binary[0] {
			if int(b)+128 != int(e.Ubinary[0][i]) {
				t.Fatalf("bits %d and %d", b, e.Ubinary[0][i])
			}
		}
	})
}

func TestRerank(t *testing.T) {
	got, err := Rerank{}.DecodeRequest([]byte(`{"query":"q","documents":["a",{"x":"y"}],"top_n":1,"api_version":2}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&chat.RerankRequest{Query: "q", Documents: []string{"a", `{"x":"y"}`}, Top: 1}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := (Rerank{Amazon: true}).DecodeRequest([]byte(`{"query":"q","documents":["a"]}`)); err != nil {
		t.Error(err)
	}
	body := string(Rerank{}.EncodeResponse(&chat.RerankResponse{Results: []chat.Ranked{{Index: 2, Score: 0.874}, {Index: 0, Score: 0}}}))
	if want := `{"results":[{"index":2,"relevance_score":0.874},{"index":0,"relevance_score":0}]}`; body != want {
		t.Errorf("got %s", body)
	}
	for body, want := range map[string]string{
		`{"documents":["a"],"api_version":2}`:                       "#: required key [query] not found",
		`{"query":"q","documents":["a"]}`:                           "#: required key [api_version] not found",
		`{"query":"q","documents":["a"],"api_version":1}`:           "#/api_version: 1 is not a valid enum value",
		`{"query":"q","documents":[],"api_version":2}`:              "#/documents: expected minimum item count: 1, found: 0",
		`{"query":"q","documents":[1],"api_version":2}`:             "#/documents/0: expected type: String, found: Number",
		`{"query":"q","documents":["a"],"api_version":2,"top_n":0}`: "#/top_n: 0 is not greater or equal to 1",
	} {
		_, err := Rerank{}.DecodeRequest([]byte(body))
		if want := "Malformed input request: " + want + ", please reformat your input and try again."; !fault.Is(err, fault.Validation) || fault.Public(err).Message != want {
			t.Errorf("%s:\n got %v\nwant %s", body, err, want)
		}
	}
}

func FuzzEmbedAndRerank(f *testing.F) {
	f.Add([]byte(`{"texts":["a"],"input_type":"search_query","embedding_types":["int8"]}`))
	f.Add([]byte(`{"query":"q","documents":["a"],"api_version":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, v4 := range []bool{false, true} {
			r, err := Embed{V4: v4}.DecodeRequest(body)
			if err != nil && !fault.Is(err, fault.Validation) || err == nil && (len(r.Inputs) == 0 || len(r.Inputs) > mostTexts) {
				t.Fatalf("%+v, %v", r, err)
			}
			k, err := Rerank{Amazon: v4}.DecodeRequest(body)
			if err != nil && !fault.Is(err, fault.Validation) || err == nil && len(k.Documents) == 0 {
				t.Fatalf("%+v, %v", k, err)
			}
		}
	})
}

func BenchmarkEncodeEmbed(b *testing.B) {
	v := make([]float32, 1024)
	for i := range v {
		v[i] = float32(math.Sin(float64(i))) / 32
	}
	resp := &chat.EmbedResponse{Vectors: [][]float32{v, v, v, v}}
	for _, types := range [][]string{nil, {"int8"}, {"binary"}} {
		b.Run(fmt.Sprint(types), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Embed{}.EncodeResponse(&chat.EmbedRequest{Types: types}, resp, "i")
			}
		})
	}
}
