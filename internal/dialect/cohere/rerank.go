package cohere

import (
	"cmp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// Rerank is the dialect of the reranking models. Amazon's takes the same body but for the version.
type Rerank struct{ Amazon bool }

// mostDocuments is how many documents one call may have.
const mostDocuments = 1000

type rerankBody struct {
	Query     *string          `json:"query"`
	Documents []jsontext.Value `json:"documents"`
	Top       *int             `json:"top_n"`
	Version   *int             `json:"api_version"`
	MaxTokens *int             `json:"max_tokens_per_doc"`
}

// DecodeRequest reads the body of an InvokeModel call. Every error is a *fault.Error with the code Validation.
func (k Rerank) DecodeRequest(body []byte) (*chat.RerankRequest, error) {
	var w rerankBody
	if err := dialect.Unmarshal(body, &w); err != nil {
		return nil, malformed.Fault(err)
	}
	r, err := k.request(&w)
	return r, malformed.Fault(err)
}

func (k Rerank) request(w *rerankBody) (*chat.RerankRequest, error) {
	query, err := dialect.Text(w.Query, "query")
	switch {
	case err != nil:
		return nil, err
	case w.Documents == nil:
		return nil, malformed.Missing("documents")
	case len(w.Documents) == 0:
		return nil, malformed.At("documents", "expected minimum item count: 1, found: 0")
	case len(w.Documents) > mostDocuments:
		return nil, malformed.At("documents", "expected maximum item count: %d, found: %d", mostDocuments, len(w.Documents))
	case k.Amazon && w.Version != nil:
		return nil, malformed.Extraneous("api_version")
	case !k.Amazon && w.Version == nil:
		return nil, malformed.Missing("api_version")
	case !k.Amazon && *w.Version != 2:
		return nil, malformed.At("api_version", "%d is not a valid enum value", *w.Version)
	}
	if err := cmp.Or(dialect.AtLeast("top_n", w.Top, 1), dialect.AtLeast("max_tokens_per_doc", w.MaxTokens, 1)); err != nil {
		return nil, err
	}
	r := &chat.RerankRequest{Query: query, Documents: make([]string, len(w.Documents))}
	if w.Top != nil {
		r.Top = *w.Top
	}
	if w.MaxTokens != nil {
		r.MaxTokensPerDocument = *w.MaxTokens
	}
	for i, d := range w.Documents {
		if r.Documents[i], err = documentText(d); err != nil {
			return nil, malformed.Under(err, "documents", i)
		}
	}
	return r, nil
}

// documentText is a document that is a string, or the JSON of one that is an object.
func documentText(raw jsontext.Value) (string, error) {
	switch raw.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		return string(text), err
	case '{':
		return string(raw), nil
	}
	return "", malformed.New("expected type: String, found: %s", malformed.Found(raw.Kind()))
}

// EncodeResponse writes the answer to a request.
func (Rerank) EncodeResponse(resp *chat.RerankResponse) []byte {
	out := append(make([]byte, 0, 32+64*len(resp.Results)), `{"results":[`...)
	for i, r := range resp.Results {
		out = append(comma(out, i), `{"index":`...)
		out = strconv.AppendInt(out, int64(r.Index), 10)
		out = append(out, `,"relevance_score":`...)
		out = strconv.AppendFloat(out, r.Score, 'g', -1, 64)
		out = append(out, '}')
	}
	return append(out, "]}"...)
}
