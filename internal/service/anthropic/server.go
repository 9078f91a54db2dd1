// Package anthropic serves inference in the shape of Anthropic's Messages API, for any text model.
package anthropic

import (
	"context"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
)

// server does the operations.
type server struct {
	gateway   *gateway.Gateway
	snapshots gateway.Snapshots
}

// NewService is the table of operations over a gateway, and over what there is to call. They stand below /anthropic/v1, as AWS has
// them; messages stand below /v1 too, where clients of Anthropic say which version of its API they mean.
func NewService(g *gateway.Gateway, s gateway.Snapshots) *awswire.Service {
	do := &server{gateway: g, snapshots: s}
	service := awswire.NewService("anthropic", protocol{},
		awswire.Operation{Name: "CreateMessage", Method: "POST", Path: "/anthropic/v1/messages", Handle: do.message},
		awswire.Operation{Name: "CountMessageTokens", Method: "POST", Path: "/anthropic/v1/messages/count_tokens", Handle: do.countTokens},
		awswire.Operation{Name: "ListModels", Method: "GET", Path: "/anthropic/v1/models", Handle: do.listModels},
		awswire.Operation{Name: "RetrieveModel", Method: "GET", Path: "/anthropic/v1/models/{model}", Handle: do.retrieveModel},
		awswire.Operation{Name: "CreateMessage", Method: "POST", Path: "/v1/messages", Handle: versioned(do.message)},
		awswire.Operation{Name: "CountMessageTokens", Method: "POST", Path: "/v1/messages/count_tokens", Handle: versioned(do.countTokens)},
	)
	service.Under = []string{"/anthropic/", "/v1/messages"}
	return service
}

// versioned demands the header that all clients of Anthropic send. Any version will do.
func versioned(next awswire.Handler) awswire.Handler {
	return func(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
		if _, ok := r.Header("Anthropic-Version"); !ok {
			return fault.New(fault.Validation, "anthropic-version: header is required")
		}
		return next(ctx, r, w)
	}
}
