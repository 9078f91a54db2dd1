package main

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// firstAccount is the account of a new data directory, and adminName its administrator.
const (
	firstAccount arn.Account = "111122223333"
	adminName    string      = "admin"
	adminPolicy  string      = "arn:aws:iam::aws:policy/AdministratorAccess"
)

// administrator returns the administrator's access key, which is zero when the operator has taken it away. In a new
// store it makes the organisation, its management account, the administrator and the key. In an old one it makes the
// administrator and the key anew where the management account has no access key that works: else nobody could ever do
// anything about it.
func administrator(ctx context.Context, r *registrar.Registrar, now time.Time) (identity.AccessKey, error) {
	err := r.Change(ctx, func(s *directory.Snapshot) ([]directory.Change, error) {
		if s.Organization() == nil {
			return foundOrganization(now)
		}
		a, _ := s.Account(s.Management())
		if slices.ContainsFunc(a.Users(), func(u *directory.User) bool { return slices.ContainsFunc(u.AccessKeys, active) }) {
			return nil, nil
		}
		admin, ok := a.User(adminName)
		if !ok {
			admin = newAdmin(a.ID, now)
		}
		return []directory.Change{directory.Put(withKey(admin, now))}, nil
	})
	if err != nil {
		return identity.AccessKey{}, err
	}
	s := r.Snapshot()
	a, _ := s.Account(s.Management())
	admin, ok := a.User(adminName)
	if !ok {
		return identity.AccessKey{}, nil
	}
	at := slices.IndexFunc(admin.AccessKeys, active)
	if at < 0 {
		return identity.AccessKey{}, nil
	}
	key, _ := s.AccessKey(admin.AccessKeys[at].ID)
	return key, nil
}

// foundOrganization makes the organisation of a new store.
func foundOrganization(now time.Time) ([]directory.Change, error) {
	random := strings.ToLower(rand.Text()) // 26 letters and digits
	management := &directory.Member{ID: firstAccount, Name: "admin", Email: "admin@outcrop.invalid", Created: now, Joined: now}
	changes, err := directory.Found("o-"+random[:10], "r-"+random[10:14], management, now)
	if err != nil {
		return nil, err
	}
	return append(changes, directory.Put(withKey(newAdmin(firstAccount, now), now))), nil
}

func newAdmin(account arn.Account, now time.Time) *directory.User {
	return &directory.User{Account: account, Name: adminName, Path: "/", ID: registrar.NewID(registrar.UserID), Created: now}
}

// withKey is a user who has every right and one new key. Keys that do not work any more make room for it.
func withKey(u *directory.User, now time.Time) *directory.User {
	next := *u
	next.AccessKeys = []directory.AccessKey{registrar.NewAccessKey(now)}
	if !slices.Contains(next.Attached, adminPolicy) {
		next.Attached = append(slices.Clone(next.Attached), adminPolicy)
	}
	return &next
}

func active(k directory.AccessKey) bool { return k.Active }
