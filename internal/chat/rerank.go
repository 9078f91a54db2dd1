package chat

// RerankRequest asks how well documents answer a query.
type RerankRequest struct {
	Query     string
	Documents []string
	Top       int // how many results are wanted; 0 for all
	// MaxTokensPerDocument is how much of a document is read, 0 for the model's own limit.
	MaxTokensPerDocument int
}

// RerankResponse is the best documents, the best first.
type RerankResponse struct {
	Results []Ranked
	Usage   Usage
}

// Ranked is one document: its place in the request, and its relevance from 0 to 1.
type Ranked struct {
	Index int
	Score float64
}

// How reranking is metered: a document longer than TokensPerDocument, the query's tokens included, counts as
// several, and DocumentsPerUnit of them make one search unit.
const (
	DocumentsPerUnit  = 100
	TokensPerDocument = 512
)
