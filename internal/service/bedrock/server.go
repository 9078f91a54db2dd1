// Package bedrock answers the control plane of Amazon Bedrock: inference profiles, their tags, what is known of
// foundation models, and how invocations are logged.
package bedrock

import (
	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/registry"
)

// Server does the operations. It is safe for concurrent use.
type Server struct {
	api.Unimplemented
	registry *registry.Registry
	logging  Logging
}

var _ api.Server = (*Server)(nil)

// New makes a server over the profiles of r, the catalog behind them, and the configurations of l.
func New(r *registry.Registry, l Logging) *Server { return &Server{registry: r, logging: l} }

// partition is the first name of a region's ARNs.
func partition(now *profile.Snapshot, r arn.Region) arn.Partition {
	if info, ok := now.Catalog().Region(r); ok {
		return info.Partition
	}
	return arn.AWS
}
