package titan

import (
	"slices"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// mostCharacters is how long a text of TextV2 may be. Tokens are counted by whoever runs the model.
const mostCharacters = 50_000

// The bodies of the three variants. A member that is not there stays nil.
type (
	bodyV1 struct {
		Text *string `json:"inputText"`
	}
	bodyV2 struct {
		Text       *string  `json:"inputText"`
		Dimensions *int     `json:"dimensions"`
		Normalize  *bool    `json:"normalize"`
		Types      []string `json:"embeddingTypes"`
	}
	bodyImage struct {
		Text   *string `json:"inputText"`
		Image  *string `json:"inputImage"`
		Config *struct {
			Length *int `json:"outputEmbeddingLength"`
		} `json:"embeddingConfig"`
	}
)

// DecodeRequest reads the body of an InvokeModel call. Every error is a *fault.Error with the code Validation.
func DecodeRequest(v Variant, body []byte) (*chat.EmbedRequest, error) {
	read := decodeV1
	switch v {
	case TextV2:
		read = decodeV2
	case Image:
		read = decodeImage
	}
	r, err := read(body)
	if err != nil {
		return nil, malformed.Fault(err)
	}
	return r, nil
}

func decodeV1(body []byte) (*chat.EmbedRequest, error) {
	var w bodyV1
	if err := dialect.Unmarshal(body, &w); err != nil {
		return nil, err
	}
	if err := checkText(w.Text, 0); err != nil {
		return nil, err
	}
	return &chat.EmbedRequest{Inputs: chat.TextInputs(*w.Text)}, nil
}

// decodeV2 fills in that vectors are normalized unless the caller says otherwise.
func decodeV2(body []byte) (*chat.EmbedRequest, error) {
	var w bodyV2
	if err := dialect.Unmarshal(body, &w); err != nil {
		return nil, err
	}
	if err := checkText(w.Text, mostCharacters); err != nil {
		return nil, err
	}
	r := &chat.EmbedRequest{Inputs: chat.TextInputs(*w.Text), Normalize: w.Normalize == nil || *w.Normalize, Types: w.Types}
	for i, t := range w.Types {
		if t != Float && t != Binary {
			return nil, malformed.Under(malformed.New("%s is not a valid enum value", t), "embeddingTypes", i)
		}
	}
	if w.Types != nil && len(w.Types) == 0 {
		return nil, malformed.At("embeddingTypes", "expected minimum item count: 1, found: 0")
	}
	var err error
	r.Dimensions, err = TextV2.checkLength(w.Dimensions)
	return r, malformed.Under(err, "dimensions")
}

func decodeImage(body []byte) (*chat.EmbedRequest, error) {
	var w bodyImage
	if err := dialect.Unmarshal(body, &w); err != nil {
		return nil, err
	}
	var input []chat.Block
	if w.Text == nil && w.Image == nil {
		return nil, malformed.New("required key [inputText] or [inputImage] not found")
	}
	if w.Text != nil {
		if err := checkText(w.Text, 0); err != nil {
			return nil, err
		}
		input = append(input, chat.Text(*w.Text))
	}
	if w.Image != nil {
		image, err := dialect.Image(*w.Image)
		if err != nil {
			return nil, malformed.Under(err, "inputImage")
		}
		input = append(input, image)
	}
	r := &chat.EmbedRequest{Inputs: [][]chat.Block{input}}
	var err error
	if w.Config != nil {
		r.Dimensions, err = Image.checkLength(w.Config.Length)
	}
	return r, malformed.Under(err, "embeddingConfig", "outputEmbeddingLength")
}

// checkText demands a text; most is its longest length in characters, 0 for no limit.
func checkText(text *string, most int) error {
	switch {
	case text == nil:
		return malformed.Missing("inputText")
	case *text == "":
		return malformed.At("inputText", "expected minLength: 1, actual: 0")
	case most > 0 && utf8.RuneCountInString(*text) > most:
		return malformed.At("inputText", "expected maxLength: %d, actual: %d", most, utf8.RuneCountInString(*text))
	}
	return nil
}

func (v Variant) checkLength(n *int) (int, error) {
	if n == nil {
		return 0, nil
	}
	if !slices.Contains(v.lengths(), *n) {
		return 0, malformed.New("%d is not a valid enum value", *n)
	}
	return *n, nil
}
