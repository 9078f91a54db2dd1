// Package awsauth finds the credentials by which Outcrop calls AWS accounts: a key pair of the configuration or the
// standard chain, and the role that is assumed with them, with session tags that tell who called.
package awsauth

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
)

// Options say where credentials come from. The zero value is the standard chain of every AWS SDK: environment, shared
// files, web identity, container, instance.
type Options struct {
	// Key is used as it is, with the session token that a temporary one has; without an ID the chain is asked.
	Key   identity.AccessKey
	Token identity.Secret
	// Profile is the one to read of the shared files, "" for AWS_PROFILE or default.
	Profile string
	// Role is assumed with what was found; nil calls as that.
	Role *Role
}

// refreshBefore is how long before their end credentials are replaced.
const refreshBefore = 5 * time.Minute

// Credentials are what a request is signed with.
type Credentials struct {
	Key   identity.AccessKey
	Token string // of temporary credentials, else ""
}

// Source gives credentials. It is safe for concurrent use.
type Source struct {
	base  aws.CredentialsProvider
	roles *sessions // nil when no role is assumed
}

// New makes a source. It reads the shared files, and calls nobody: credentials are fetched when they are first needed.
func New(ctx context.Context, o Options) (*Source, error) {
	base, err := o.base(ctx)
	if err != nil {
		return nil, err
	}
	s := &Source{base: base}
	if o.Role != nil {
		if s.roles, err = newSessions(base, *o.Role); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// base is the identity that Outcrop itself has.
func (o *Options) base(ctx context.Context) (aws.CredentialsProvider, error) {
	if o.Key.ID != "" {
		return credentials.NewStaticCredentialsProvider(o.Key.ID, o.Key.Secret.Reveal(), o.Token.Reveal()), nil
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigProfile(o.Profile),
		config.WithCredentialsCacheOptions(func(c *aws.CredentialsCacheOptions) { c.ExpiryWindow = refreshBefore }),
	)
	if err != nil {
		return nil, fmt.Errorf("cannot read the AWS configuration of profile %q: %w", cmp.Or(o.Profile, "default"), err)
	}
	return cfg.Credentials, nil
}

// For gives the credentials to make a call of c in a region with.
func (s *Source) For(ctx context.Context, c *provider.Caller, region arn.Region) (Credentials, error) {
	from := s.base
	if s.roles != nil {
		from = s.roles.of(c, region)
	}
	found, err := from.Retrieve(ctx)
	if err != nil {
		return Credentials{}, err
	}
	key := identity.AccessKey{ID: found.AccessKeyID, Secret: identity.NewSecret(found.SecretAccessKey)}
	return Credentials{Key: key, Token: found.SessionToken}, nil
}
