package chat

// Dialect names a body format.
type Dialect string

// The dialects that callers and providers speak. A model family's own body format, as InvokeModel
// carries it, is InvokeDialect whatever the family: the model says which.
const (
	ConverseDialect        Dialect = "converse"
	InvokeDialect          Dialect = "invoke"
	MessagesDialect        Dialect = "messages"         // Anthropic's Messages API
	ChatCompletionsDialect Dialect = "chat-completions" // OpenAI's
	ResponsesDialect       Dialect = "responses"        // OpenAI's
	CountTokensDialect     Dialect = "count-tokens"     // the input of Bedrock's CountTokens
)

// Native is a body as its caller sent it, for a provider that speaks the same dialect and passes it
// on untouched. Body must not be changed.
type Native struct {
	Dialect Dialect
	Body    []byte
	Invoke  *InvokeOptions // what InvokeModel says in headers; nil for other dialects
	Beta    string         // the anthropic-beta header of Messages, as it was sent
	Betas   []string       // what the header anthropic-beta names; for MessagesDialect alone
}

// InvokeOptions are the headers of InvokeModel that concern the model. Empty ones were not sent.
type InvokeOptions struct {
	ContentType, Accept            string
	Trace                          string
	GuardrailID, GuardrailVersion  string
	Latency, Tier, RequestMetadata string
}
