package store

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// Account owns principals and profiles.
type Account struct {
	ID      arn.Account
	Name    string
	Created time.Time
}

// AccessKey is a long-term key pair as it is kept. The principal's AccessKeyID is the key's own ID.
//
// The secret is kept as it is, since verifying a signature takes the secret itself and no digest of it. What
// protects it is the mode of the store's files, until stores seal their secrets.
type AccessKey struct {
	identity.AccessKey
	Created time.Time
}
