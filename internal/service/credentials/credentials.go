// Package credentials finds whom the credentials of a request speak for: access keys in the directory, the keys of
// sessions in their tokens, API keys in both.
package credentials

import (
	"time"

	"github.com/outcrop/outcrop/internal/apikey"
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/session"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// People is where the directory is kept.
type People interface {
	// Snapshot is the directory as it is now.
	Snapshot() *directory.Snapshot
}

// Keys finds who has a key. It is safe for concurrent use, and answers from memory.
type Keys struct {
	people    People
	tokens    session.Codec
	sessions  cache
	shortTerm *sigv4.Verifier
}

var _ sigv4.Keys = (*Keys)(nil)

// New makes a look-up in a directory. The ring opens session tokens; region reports whether there is a region.
func New(people People, ring *seal.Ring, region func(arn.Region) bool) *Keys {
	k := &Keys{people: people, tokens: session.Codec{Ring: ring}}
	k.shortTerm = sigv4.NewVerifier(k, sigv4.Options{
		Services: []sigv4.Service{{Name: apikey.Service, Presign: apikey.MaxLifetime}},
		Region:   region,
	})
	return k
}

// AccessKey implements sigv4.Keys.
func (k *Keys) AccessKey(id, token string, now time.Time) (identity.AccessKey, error) {
	if token != "" {
		return k.session(id, token, now)
	}
	key, ok := k.people.Snapshot().AccessKey(id)
	if !ok {
		return identity.AccessKey{}, fault.New(fault.UnrecognizedClient, sigv4.InvalidToken)
	}
	return key, nil
}
