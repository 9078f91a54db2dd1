package iam

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/apikey"
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// bedrockService is the only service that has credentials of its own here: its long-term API keys.
const bedrockService = "bedrock.amazonaws.com"

const day = 24 * time.Hour

// newAPIKey makes the text of a long-term API key: a prefix, and in base64 whose it is and a secret.
func newAPIKey(alias string) identity.Secret {
	return identity.NewSecret(apikey.LongTermPrefix + base64.StdEncoding.EncodeToString([]byte(alias+":"+registrar.NewSecret().Reveal())))
}

func digestOf(key identity.Secret) []byte {
	sum := sha256.Sum256([]byte(key.Reveal()))
	return sum[:]
}

// aliasFor says whose a key is, and for the second one of a user that it is the second.
func aliasFor(u *directory.User) string {
	alias := func(n int) string {
		if n == 0 {
			return u.Name + "-at-" + string(u.Account)
		}
		return fmt.Sprintf("%s+%d-at-%s", u.Name, n, u.Account)
	}
	n := 0
	for slices.ContainsFunc(u.Credentials, func(k directory.ServiceCredential) bool { return k.Alias == alias(n) }) {
		n++
	}
	return alias(n)
}

// CreateServiceSpecificCredential implements api.Server. This answer and that of a reset are the only ones that have the
// key.
func (s *Server) CreateServiceSpecificCredential(ctx context.Context, c *awswire.Call, in *api.CreateServiceSpecificCredentialRequest) (*api.CreateServiceSpecificCredentialResponse, error) {
	if in.ServiceName != bedrockService {
		return nil, fault.Named(fault.ResourceNotFound, api.ServiceNotSupportedException,
			"The service %s does not support service-specific credentials here: only %s does.", in.ServiceName, bedrockService)
	}
	k := directory.ServiceCredential{ID: registrar.NewID(registrar.CredentialID), Service: in.ServiceName, Active: true, Created: moment(c)}
	if in.CredentialAgeDays != nil {
		k.Expires = k.Created.Add(time.Duration(*in.CredentialAgeDays) * day)
	}
	var secret identity.Secret
	err := s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) error {
		if len(u.Credentials) >= maxCredentials {
			return quotaExceeded("ServiceSpecificCredentialsPerUser", maxCredentials)
		}
		k.Alias = aliasFor(u)
		secret = newAPIKey(k.Alias)
		k.Digest = digestOf(secret)
		u.Credentials = append(slices.Clone(u.Credentials), k)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateServiceSpecificCredentialResponse{ServiceSpecificCredential: credentialShape(in.UserName, &k, secret)}, nil
}

func credentialShape(user string, k *directory.ServiceCredential, secret identity.Secret) *api.ServiceSpecificCredential {
	return &api.ServiceSpecificCredential{
		CreateDate: k.Created, ExpirationDate: k.Expires, ServiceName: k.Service,
		ServiceCredentialAlias: &k.Alias, ServiceCredentialSecret: new(secret.Reveal()),
		ServiceSpecificCredentialID: k.ID, UserName: user, Status: statusOf(k.Active),
	}
}

// owned is a credential and its user.
type owned struct {
	user string
	directory.ServiceCredential
}

// ListServiceSpecificCredentials implements api.Server.
func (s *Server) ListServiceSpecificCredentials(ctx context.Context, c *awswire.Call, in *api.ListServiceSpecificCredentialsRequest) (*api.ListServiceSpecificCredentialsResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	users := a.Users()
	if in.AllUsers == nil || !*in.AllUsers {
		name, err := callerName(c, in.UserName)
		if err != nil {
			return nil, err
		}
		u, ok := a.User(name)
		if !ok {
			return nil, noSuchUser(name)
		}
		users = []*directory.User{u}
	}
	var all []owned
	for _, u := range users {
		for _, k := range u.Credentials {
			if in.ServiceName == nil || *in.ServiceName == k.Service {
				all = append(all, owned{u.Name, k})
			}
		}
	}
	all, truncated, next, err := page(all, func(o owned) string { return o.user + "/" + o.ID }, in.Marker, in.MaxItems)
	return &api.ListServiceSpecificCredentialsResponse{ServiceSpecificCredentials: mapped(all, owned.shape), IsTruncated: truncated, Marker: next}, err
}

func (o owned) shape() api.ServiceSpecificCredentialMetadata {
	return api.ServiceSpecificCredentialMetadata{
		UserName: o.user, Status: statusOf(o.Active), ServiceCredentialAlias: &o.Alias, CreateDate: o.Created, ExpirationDate: o.Expires,
		ServiceSpecificCredentialID: o.ID, ServiceName: o.Service,
	}
}

// changeCredential changes a copy of a user's credentials. at is where the one with the id stands.
func (s *Server) changeCredential(ctx context.Context, c *awswire.Call, user *string, id string, edit func(list []directory.ServiceCredential, at int) []directory.ServiceCredential) error {
	name, err := callerName(c, user)
	if err != nil {
		return err
	}
	return s.changeUser(ctx, c, name, func(_ *directory.Account, u *directory.User) error {
		list := slices.Clone(u.Credentials)
		at := slices.IndexFunc(list, func(k directory.ServiceCredential) bool { return k.ID == id })
		if at < 0 {
			return noSuchEntity("Service Specific Credential %s cannot be found.", id)
		}
		u.Credentials = edit(list, at)
		return nil
	})
}

// UpdateServiceSpecificCredential implements api.Server.
func (s *Server) UpdateServiceSpecificCredential(ctx context.Context, c *awswire.Call, in *api.UpdateServiceSpecificCredentialRequest) error {
	return s.changeCredential(ctx, c, in.UserName, in.ServiceSpecificCredentialID, func(list []directory.ServiceCredential, at int) []directory.ServiceCredential {
		list[at].Active = in.Status == api.StatusTypeActive
		return list
	})
}

// DeleteServiceSpecificCredential implements api.Server.
func (s *Server) DeleteServiceSpecificCredential(ctx context.Context, c *awswire.Call, in *api.DeleteServiceSpecificCredentialRequest) error {
	return s.changeCredential(ctx, c, in.UserName, in.ServiceSpecificCredentialID, func(list []directory.ServiceCredential, at int) []directory.ServiceCredential {
		return slices.Delete(list, at, at+1)
	})
}

// ResetServiceSpecificCredential implements api.Server. The old key is worth nothing from then on; when the new one
// expires stays what it was.
func (s *Server) ResetServiceSpecificCredential(ctx context.Context, c *awswire.Call, in *api.ResetServiceSpecificCredentialRequest) (*api.ResetServiceSpecificCredentialResponse, error) {
	name, err := callerName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	out := &api.ResetServiceSpecificCredentialResponse{}
	return out, s.changeCredential(ctx, c, in.UserName, in.ServiceSpecificCredentialID, func(list []directory.ServiceCredential, at int) []directory.ServiceCredential {
		k := &list[at]
		secret := newAPIKey(k.Alias)
		k.Digest = digestOf(secret)
		out.ServiceSpecificCredential = credentialShape(name, k, secret)
		return list
	})
}
