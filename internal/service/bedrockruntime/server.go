// Package bedrockruntime serves the inference operations of Amazon Bedrock's runtime API.
package bedrockruntime

import (
	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

// Server does the operations: each reads the caller's body into a conversation, lets the gateway
// carry it, and writes the answer in the caller's form.
type Server struct {
	api.Unimplemented
	gateway  *gateway.Gateway
	families families
}

var _ api.Server = (*Server)(nil)

// New makes a Server over a gateway.
func New(g *gateway.Gateway) *Server { return &Server{gateway: g, families: table()} }

// parser reads a body once the model is known.
type parser func(*profile.Target) (gateway.Ask, error)

// call is what the gateway needs of an API request.
func call(c *awswire.Call, operation, identifier string, stream bool, parse parser) *gateway.Call {
	return &gateway.Call{
		RequestID: c.RequestID, Principal: c.Principal, Origin: c.Origin(), Source: c.Region,
		Operation: operation, Identifier: identifier, Arrived: c.Arrived,
		Stream: stream, Parse: parse,
	}
}

// untouched is a body that a provider of the dialect may get as it came.
func untouched(d chat.Dialect, body []byte) *chat.Native {
	return &chat.Native{Dialect: d, Body: body}
}
