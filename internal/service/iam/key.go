package iam

import (
	"context"
	"slices"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

func statusOf(active bool) api.StatusType {
	if active {
		return api.StatusTypeActive
	}
	return api.StatusTypeInactive
}

// CreateAccessKey implements api.Server. This is the only answer that ever has the secret.
func (s *Server) CreateAccessKey(ctx context.Context, c *awswire.Call, in *api.CreateAccessKeyRequest) (*api.CreateAccessKeyResponse, error) {
	name, err := callerName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	key := registrar.NewAccessKey(moment(c))
	err = s.changeUser(ctx, c, name, func(_ *directory.Account, u *directory.User) error {
		if len(u.AccessKeys) >= maxAccessKeys {
			return quotaExceeded("AccessKeysPerUser", maxAccessKeys)
		}
		u.AccessKeys = append(slices.Clone(u.AccessKeys), key)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateAccessKeyResponse{AccessKey: &api.AccessKey{
		UserName: name, AccessKeyID: key.ID, Status: api.StatusTypeActive, SecretAccessKey: key.Secret.Reveal(), CreateDate: key.Created,
	}}, nil
}

// ListAccessKeys implements api.Server.
func (s *Server) ListAccessKeys(ctx context.Context, c *awswire.Call, in *api.ListAccessKeysRequest) (*api.ListAccessKeysResponse, error) {
	name, err := callerName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	_, u, err := s.user(ctx, c, name)
	if err != nil {
		return nil, err
	}
	keys, truncated, next, err := page(u.AccessKeys, func(k directory.AccessKey) string { return k.ID }, in.Marker, in.MaxItems)
	return &api.ListAccessKeysResponse{
		AccessKeyMetadata: mapped(keys, func(k directory.AccessKey) api.AccessKeyMetadata {
			return api.AccessKeyMetadata{UserName: &u.Name, AccessKeyID: &k.ID, Status: new(statusOf(k.Active)), CreateDate: k.Created}
		}),
		IsTruncated: truncated, Marker: next,
	}, err
}

// changeKey changes a copy of a user's access keys. at is where the key with the id stands.
func (s *Server) changeKey(ctx context.Context, c *awswire.Call, user *string, id string, edit func(keys []directory.AccessKey, at int) []directory.AccessKey) error {
	name, err := callerName(c, user)
	if err != nil {
		return err
	}
	return s.changeUser(ctx, c, name, func(_ *directory.Account, u *directory.User) error {
		keys := slices.Clone(u.AccessKeys)
		at := slices.IndexFunc(keys, func(k directory.AccessKey) bool { return k.ID == id })
		if at < 0 {
			return noSuchKey(id)
		}
		u.AccessKeys = edit(keys, at)
		return nil
	})
}

func noSuchKey(id string) error {
	return noSuchEntity("The Access Key with id %s cannot be found.", id)
}

// UpdateAccessKey implements api.Server.
func (s *Server) UpdateAccessKey(ctx context.Context, c *awswire.Call, in *api.UpdateAccessKeyRequest) error {
	return s.changeKey(ctx, c, in.UserName, in.AccessKeyID, func(keys []directory.AccessKey, at int) []directory.AccessKey {
		keys[at].Active = in.Status == api.StatusTypeActive
		return keys
	})
}

// DeleteAccessKey implements api.Server.
func (s *Server) DeleteAccessKey(ctx context.Context, c *awswire.Call, in *api.DeleteAccessKeyRequest) error {
	return s.changeKey(ctx, c, in.UserName, in.AccessKeyID, func(keys []directory.AccessKey, at int) []directory.AccessKey {
		return slices.Delete(keys, at, at+1)
	})
}

// GetAccessKeyLastUsed implements api.Server. A key of another account is as unknown as one that nobody has.
func (s *Server) GetAccessKeyLastUsed(ctx context.Context, c *awswire.Call, in *api.GetAccessKeyLastUsedRequest) (*api.GetAccessKeyLastUsedResponse, error) {
	now, err := s.people.Current(ctx)
	if err != nil {
		return nil, err
	}
	u, ok := now.KeyOwner(in.AccessKeyID)
	if !ok || u.Account != c.Principal.Account {
		return nil, noSuchKey(in.AccessKeyID)
	}
	last := &api.AccessKeyLastUsed{ServiceName: "N/A", Region: "N/A"}
	if use, ok := s.uses.LastUse(in.AccessKeyID); ok {
		last.LastUsedDate, last.ServiceName, last.Region = use.At, use.Service, string(use.Region)
	}
	return &api.GetAccessKeyLastUsedResponse{UserName: &u.Name, AccessKeyLastUsed: last}, nil
}
