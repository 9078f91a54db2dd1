package chat

// EmbedRequest asks for vectors, one for every input and encoding.
type EmbedRequest struct {
	// Inputs are what is to be embedded: text, image, video and audio blocks. The blocks of one input make
	// one vector together.
	Inputs [][]Block
	// Purpose is what the vectors are for, where a model wants to know: "search_document", "search_query",
	// "classification", "clustering"; "" when it was not said.
	Purpose    string
	Dimensions int  // 0: the model's default
	Normalize  bool // vectors of the length 1
	// Types are the encodings asked for: "float", "int8", "uint8", "binary", "ubinary". Empty means float.
	Types []string
	// Truncate says from which end a text that is too long is cut: "start", "end", "none" to refuse it, "" for
	// the model's own choice.
	Truncate string
	// MaxTokens is the longest an input may be, 0 for the model's own limit.
	MaxTokens int
}

// TextInputs makes an input of each text.
func TextInputs(texts ...string) [][]Block {
	out := make([][]Block, len(texts))
	for i, t := range texts {
		out[i] = []Block{Text(t)}
	}
	return out
}

// EmbedResponse is a vector for every input of the request, in their order. Encodings are made of it by the
// dialect.
type EmbedResponse struct {
	ID      string // the model's own, when it has one
	Vectors [][]float32
	Usage   Usage
}
