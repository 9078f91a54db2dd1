package registrar

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"time"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
)

// What the unique ids of IAM's things begin with.
const (
	UserID       = "AIDA"
	GroupID      = "AGPA"
	RoleID       = "AROA"
	PolicyID     = "ANPA"
	CredentialID = "ACCA"
	accessKeyID  = "AKIA"
)

// NewID draws a unique id of 21 characters: its beginning, then A to Z and 2 to 7.
func NewID(beginning string) string { return beginning + letters(17) }

// NewAccessKey draws a key pair in the form of AWS's: an id of AKIA and 16 characters, a secret of 40.
func NewAccessKey(now time.Time) directory.AccessKey {
	return directory.AccessKey{ID: accessKeyID + letters(16), Secret: NewSecret(), Active: true, Created: now}
}

// NewSecret draws 40 characters of base64.
func NewSecret() identity.Secret {
	var raw [30]byte
	rand.Read(raw[:]) // never fails
	return identity.NewSecret(base64.StdEncoding.EncodeToString(raw[:]))
}

// letters draws n characters of A to Z and 2 to 7.
func letters(n int) string {
	raw := make([]byte, (n*5+7)/8)
	rand.Read(raw) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)[:n]
}
