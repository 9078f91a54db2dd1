// Package sns answers the part of Amazon SNS that notifications of budgets need: topics, their subscriptions by HTTP and
// mail, and messages signed as AWS signs them.
package sns

import (
	"context"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/notify"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/store"
)

// Outbox takes messages to where they are going. One whose ID it knows is not sent again.
type Outbox interface {
	Put(ctx context.Context, all ...notify.Delivery) error
}

// Options are what a Server is made of.
type Options struct {
	Store  store.Documents
	Ring   *seal.Ring // seals the key that messages are signed with
	Outbox Outbox
	// PublicURL is where subscribers reach this server, without a slash at its end. It is asked for when a message is
	// made: a server that takes a free port knows it late.
	PublicURL func() string
	Now       func() time.Time // nil: time.Now
}

// Server does the operations. It is safe for concurrent use.
type Server struct {
	api.Unimplemented
	opt    Options
	signer *signer

	mu       sync.Mutex // guards state and revision; held across the store's writes, so that they keep their order
	state    state
	revision store.Revision
}

var _ api.Server = (*Server)(nil)

// Open reads topics and subscriptions, and makes the signing key when there is none.
func Open(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{opt: o}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(ctx); err != nil {
		return nil, err
	}
	return s, s.openSigner(ctx)
}

// Unsigned are the operations that links in messages lead to: what stands in the link is the right to it.
func Unsigned() []string { return []string{"ConfirmSubscription", "Unsubscribe"} }

func invalid(format string, args ...any) error {
	return fault.Named(fault.Validation, api.InvalidParameterException, "Invalid parameter: "+format, args...)
}

func notFound(what string) error {
	return fault.Named(fault.ResourceNotFound, api.NotFoundException, "%s does not exist", what)
}

// denied words what SNS calls an AuthorizationError.
func denied(c *awswire.Call, action, resource string) error {
	return fault.Named(fault.AccessDenied, api.AuthorizationErrorException,
		"User: %s is not authorized to perform: SNS:%s on resource: %s because no resource-based policy allows the SNS:%s action",
		c.Principal.ARN, action, resource, action)
}

// topic finds a topic of the caller's. The caller holds mu.
func (s *Server) topic(c *awswire.Call, action, name string) (*topic, error) {
	parsed, ok := arn.Parse(name)
	switch {
	case !ok || parsed.Service != "sns" || parsed.Resource == "":
		return nil, invalid("TopicArn Reason: An ARN must have at least 6 elements, not %d", elements(name))
	case parsed.Region != c.Region:
		return nil, invalid("TopicArn")
	case parsed.Account != c.Principal.Account:
		return nil, denied(c, action, name)
	}
	t := s.state.topics[name]
	if t == nil {
		return nil, notFound("Topic")
	}
	return t, nil
}

func elements(name string) int {
	n := 1
	for i := range len(name) {
		if name[i] == ':' {
			n++
		}
	}
	return n
}
