// Package provider is the contract between the gateway and whatever really runs a model.
package provider

import (
	"context"
	"io"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Request is one attempt at one deployment.
type Request struct {
	Region arn.Region // where the deployment is
	Model  string     // the foundation model's id in the catalog
	// Upstream is what the provider calls the model: the deployment's upstream name, or Model.
	Upstream string
	// MaxOutput is the model's own limit of output tokens, 0 when unknown.
	MaxOutput int
	Caller    Caller
	// Chat is the conversation. It is nil only when Native is set and the provider is a Speaker of its
	// dialect.
	Chat *chat.Request
	// Native is the body as the caller sent it; nil when its dialect is never passed on. A provider
	// that does not speak the dialect reads Chat.
	Native *chat.Native
}

// Estimate is the usage of an answer of so many bytes that an upstream did not count: the request by its words when these
// have been read, else as the answer is, by its bytes.
func (r *Request) Estimate(answer int) chat.Usage {
	u := chat.Usage{Output: tokens.InBytes(int64(answer)), Estimated: true}
	switch {
	case r.Chat != nil:
		u.Input = tokens.For(r.Model).Request(r.Chat)
	case r.Native != nil:
		u.Input = int64(len(r.Native.Body)) / tokens.BytesPerToken
	}
	return u
}

// Caller is for whom an attempt is made; only a provider that passes this on looks at it.
type Caller struct {
	Principal   identity.Principal
	Application *profile.Application // nil when no application profile was called
}

// EmbedRequest is one attempt at one deployment of an embedding model.
type EmbedRequest struct {
	Caller   Caller
	Region   arn.Region
	Model    string
	Upstream string
	Embed    *chat.EmbedRequest
}

// RerankRequest is one attempt at one deployment of a reranking model.
type RerankRequest struct {
	Caller   Caller
	Region   arn.Region
	Model    string
	Upstream string
	Rerank   *chat.RerankRequest
}

// Provider answers inference calls. All methods may be called at once from many goroutines.
// Errors are *fault.Error where the provider can tell: Throttling, ServiceUnavailable, ModelTimeout,
// ModelNotReady and Internal let the gateway try another destination, all others reach the caller.
// A context that ends cancels the call upstream.
type Provider interface {
	// Chat returns the whole answer.
	Chat(context.Context, *Request) (*chat.Response, error)
	// Stream returns once the upstream has accepted the call. The caller must close the stream.
	Stream(context.Context, *Request) (Stream, error)
	// Embed returns one vector for every input.
	Embed(context.Context, *EmbedRequest) (*chat.EmbedResponse, error)
	// Rerank returns the documents that answer the query best.
	Rerank(context.Context, *RerankRequest) (*chat.RerankResponse, error)
	// CountTokens returns what the request's input would be metered as, and whether that is exact.
	CountTokens(context.Context, *Request) (tokens int64, exact bool, err error)
}

// Speaker is a Provider that passes bodies of some dialects on as they are, and gives answers in the
// same dialect: chat.Response.Native and chat.Event.Native.
type Speaker interface {
	Provider
	// Speaks reports whether a body of the dialect for the model can be passed on.
	Speaks(d chat.Dialect, model string) bool
}

// Stream is an answer as it comes. Not safe for concurrent use.
type Stream interface {
	// Next returns the next event; it is valid until the next call of Next. io.EOF follows the
	// Metadata event of a complete answer. Any other error ends the stream.
	Next() (*chat.Event, error)
	// Close releases the upstream, early or not.
	io.Closer
}
