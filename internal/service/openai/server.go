// Package openai serves inference in the shape of OpenAI's API: chat completions, stateless responses, and models.
package openai

import (
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/gateway"
)

// server does the operations.
type server struct {
	gateway   *gateway.Gateway
	snapshots gateway.Snapshots
}

// NewService is the table of operations over a gateway, and over what there is to call. Each stands below /openai/v1, as AWS has it,
// and below /v1, where OpenAI has it.
func NewService(g *gateway.Gateway, s gateway.Snapshots) *awswire.Service {
	do := &server{gateway: g, snapshots: s}
	var ops []awswire.Operation
	for _, base := range []string{"/openai/v1", "/v1"} {
		ops = append(ops,
			awswire.Operation{Name: "CreateChatCompletion", Method: "POST", Path: base + "/chat/completions", Handle: do.chatCompletion},
			awswire.Operation{Name: "CreateResponse", Method: "POST", Path: base + "/responses", Handle: do.response},
			awswire.Operation{Name: "ListModels", Method: "GET", Path: base + "/models", Handle: do.listModels},
			awswire.Operation{Name: "RetrieveModel", Method: "GET", Path: base + "/models/{model}", Handle: do.retrieveModel},
		)
	}
	service := awswire.NewService("openai", protocol{}, ops...)
	service.Under = []string{"/openai/", "/v1/"}
	return service
}
