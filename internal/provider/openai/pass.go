package openai

import (
	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/openai"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Speaks reports that bodies of chat completions are passed on, whatever the model.
func (p *Provider) Speaks(d chat.Dialect, _ string) bool { return d == chat.ChatCompletionsDialect }

// passes reports whether a request's body is passed on as its caller wrote it.
func passes(r *provider.Request) bool {
	return r.Native != nil && r.Native.Dialect == chat.ChatCompletionsDialect
}

// bodyOf adds the body that the server gets, and makes the decoder of the answer if that is a stream.
func (p *Provider) bodyOf(b []byte, r *provider.Request, streamed bool) ([]byte, decoder, error) {
	to := dialect.Target{Model: r.Upstream, Stream: streamed, CompletionTokens: p.completionTokens}
	if passes(r) {
		b, usage, err := dialect.AppendPassed(b, r.Native.Body, to)
		return b, dialect.NewPassDecoder(usage), err
	}
	b, err := dialect.AppendRequest(b, r.Chat, to)
	return b, dialect.NewStreamDecoder(newToolUseID), err
}

// inputOf estimates the input of a request, which nobody has read yet when it is passed on.
func inputOf(r *provider.Request) int64 {
	words := tokens.For(r.Model)
	if r.Chat != nil {
		return words.Request(r.Chat)
	}
	ask, err := dialect.DecodeRequest(r.Native.Body)
	if err != nil { // the server could read it, so it has words of the server's own
		return words.Text(string(r.Native.Body))
	}
	return words.Request(ask.Chat)
}
