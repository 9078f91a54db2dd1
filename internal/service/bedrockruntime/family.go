package bedrockruntime

import (
	"strings"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/dialect/cohere"
	"github.com/outcrop/outcrop/internal/dialect/deepseek"
	"github.com/outcrop/outcrop/internal/dialect/llama"
	"github.com/outcrop/outcrop/internal/dialect/mistral"
	"github.com/outcrop/outcrop/internal/dialect/nova"
	"github.com/outcrop/outcrop/internal/dialect/openai"
	"github.com/outcrop/outcrop/internal/dialect/titan"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// native is a family's own body, as InvokeModel carries it. One field is set.
type native struct {
	chat    dialect.Codec
	embed   embedder
	rerank  reranker
	refusal string // why there is none, with one %s for the model
}

// embedder reads and answers the body of an embedding model. id is the request's.
type embedder interface {
	DecodeRequest(body []byte) (*chat.EmbedRequest, error)
	EncodeResponse(req *chat.EmbedRequest, resp *chat.EmbedResponse, id string) []byte
}

// reranker reads and answers the body of a reranking model.
type reranker interface {
	DecodeRequest(body []byte) (*chat.RerankRequest, error)
	EncodeResponse(resp *chat.RerankResponse) []byte
}

// titanEmbed is a variant of Titan's embedding models. Their answers have no id.
type titanEmbed struct{ variant titan.Variant }

func (e titanEmbed) DecodeRequest(body []byte) (*chat.EmbedRequest, error) {
	return titan.DecodeRequest(e.variant, body)
}

func (e titanEmbed) EncodeResponse(req *chat.EmbedRequest, resp *chat.EmbedResponse, _ string) []byte {
	return titan.EncodeResponse(e.variant, req, resp)
}

// What is said of models whose bodies are not read.
const (
	supported   = " Supported are the bodies of text models, and of the embedding and reranking models of Amazon Titan, Amazon Rerank and Cohere."
	makesMedia  = "InvokeModel doesn't support %s here: it makes images or videos." + supported
	readsMedia  = "InvokeModel doesn't support %s here: it reads videos and sounds in a form of its own." + supported
	speaks      = "InvokeModel doesn't support %s: it is called by InvokeModelWithBidirectionalStream, which is not served here." + supported
	noInvoke    = "InvokeModel doesn't support %s. Use Converse or ConverseStream."
	retired     = "InvokeModel doesn't support %s here: the Jurassic family has ended." + supported
	notEmbedded = "InvokeModel doesn't support the embeddings of %s here." + supported
)

// table returns every family's body by the family's name in the catalog and the beginning of the model's id; of
// several rows that match the first counts. The chat completions shape is everybody's who has no other.
func table() []row {
	open := native{chat: openai.Codec{Shape: openai.Shape{Metrics: true}}}
	return []row{
		{"claude", "anthropic.claude-v", native{chat: anthropic.Completion{}}},
		{"claude", "anthropic.claude-instant", native{chat: anthropic.Completion{}}},
		{"claude", "", native{chat: anthropic.Codec{}}},
		{"nova", "amazon.nova-canvas", native{refusal: makesMedia}},
		{"nova", "amazon.nova-reel", native{refusal: makesMedia}},
		{"nova", "amazon.nova-sonic", native{refusal: speaks}},
		{"nova", "amazon.nova-2-sonic", native{refusal: speaks}},
		{"nova", "amazon.nova-2-multimodal-embeddings", native{refusal: notEmbedded}},
		{"nova", "", native{chat: nova.Codec{}}},
		{"titan-text", "", native{chat: titan.TextCodec{}}},
		{"titan-embed", "amazon.titan-embed-text-v2", native{embed: titanEmbed{titan.TextV2}}},
		{"titan-embed", "amazon.titan-embed-image", native{embed: titanEmbed{titan.Image}}},
		{"titan-embed", "", native{embed: titanEmbed{titan.TextV1}}},
		{"llama", "", native{chat: llama.Codec{}}},
		{"mistral", "mistral.mistral-7b", native{chat: mistral.Codec{Prompt: true}}},
		{"mistral", "mistral.mixtral", native{chat: mistral.Codec{Prompt: true}}},
		{"mistral", "mistral.mistral-small-2402", native{chat: mistral.Codec{Prompt: true, Messages: true}}},
		{"mistral", "mistral.mistral-large-2402", native{chat: mistral.Codec{Prompt: true, Messages: true}}},
		{"mistral", "mistral.mistral-large-2407", native{chat: mistral.Codec{Messages: true}}},
		{"mistral", "", open},
		{"cohere-command", "cohere.command-r", native{chat: cohere.Chat{}}},
		{"cohere-command", "", native{chat: cohere.Command{}}},
		{"cohere-embed", "cohere.embed-v4", native{embed: cohere.Embed{V4: true}}},
		{"cohere-embed", "", native{embed: cohere.Embed{}}},
		{"cohere-rerank", "", native{rerank: cohere.Rerank{}}},
		{"rerank", "", native{rerank: cohere.Rerank{Amazon: true}}},
		{"deepseek", "deepseek.r1", native{chat: deepseek.Codec{}}},
		{"deepseek", "", open},
		{"gpt-oss", "", native{chat: openai.Codec{Shape: openai.Shape{Metrics: true, Tagged: true}}}},
		{"jamba", "", open},
		{"palmyra", "", open},
		{"qwen", "", open},
		{"gemma", "", open},
		{"glm", "", open},
		{"kimi", "", open},
		{"minimax", "", open},
		{"nemotron", "", open},
		{"gpt", "", native{refusal: noInvoke}},
		{"grok", "", native{refusal: noInvoke}},
		{"jurassic", "", native{refusal: retired}},
		{"twelvelabs", "", native{refusal: readsMedia}},
		{"titan-image", "", native{refusal: makesMedia}},
		{"stability", "", native{refusal: makesMedia}},
		{"luma", "", native{refusal: makesMedia}},
	}
}

type row struct {
	family, prefix string
	body           native
}

// families finds the bodies of models.
type families []row

// of says which body a model takes, or in a *fault.Error why none is read. A model of a family that the table does not
// have, such as one that an operator has added, speaks chat completions if it speaks at all.
func (t families) of(m *catalog.Model) (native, error) {
	for _, r := range t {
		if r.family == m.Family && strings.HasPrefix(m.ID, r.prefix) {
			if r.body.refusal != "" {
				return native{}, fault.New(fault.Validation, r.body.refusal, m.ID)
			}
			return r.body, nil
		}
	}
	if inference.CheckText(m) != nil {
		return native{}, fault.New(fault.Validation, "InvokeModel doesn't support %s here."+supported, m.ID)
	}
	return native{chat: openai.Codec{Shape: openai.Shape{Metrics: true}}}, nil
}
