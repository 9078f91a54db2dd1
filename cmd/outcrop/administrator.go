package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
)

// firstAccount is the account of a new data directory, and adminARN its administrator.
const (
	firstAccount arn.Account = "111122223333"
	adminARN                 = "arn:aws:iam::" + string(firstAccount) + ":user/admin"
)

// administrator returns the administrator's access key. Where there is none, as in a new store, it
// makes the account and the key.
func administrator(ctx context.Context, st store.Identities, now time.Time) (identity.AccessKey, error) {
	keys, err := st.AccessKeys(ctx)
	if err != nil {
		return identity.AccessKey{}, err
	}
	for _, k := range keys {
		if k.Principal.ARN == adminARN {
			return k.AccessKey, nil
		}
	}
	err = st.CreateAccount(ctx, store.Account{ID: firstAccount, Name: "admin", Created: now})
	if err != nil && !errors.Is(err, store.ErrExists) { // a start that was cut short may have made it
		return identity.AccessKey{}, err
	}
	key := newKey(identity.Principal{Account: firstAccount, ARN: adminARN, UserID: "AIDA" + randomBase32(17)})
	return key, st.CreateAccessKey(ctx, store.AccessKey{AccessKey: key, Created: now})
}

// newKey makes a key pair in the form of AWS's: an id of AKIA and 16 characters, a secret of 40.
func newKey(p identity.Principal) identity.AccessKey {
	p.AccessKeyID = "AKIA" + randomBase32(16)
	var secret [30]byte
	rand.Read(secret[:]) // never fails
	return identity.AccessKey{ID: p.AccessKeyID, Secret: identity.NewSecret(base64.StdEncoding.EncodeToString(secret[:])), Principal: p}
}

// randomBase32 is n characters of A-Z and 2-7.
func randomBase32(n int) string {
	raw := make([]byte, (n*5+7)/8)
	rand.Read(raw)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)[:n]
}

// keyring is every access key, for the verifier to look up.
type keyring map[string]identity.AccessKey

// AccessKey looks a key up by its id.
func (k keyring) AccessKey(id string) (identity.AccessKey, bool) {
	key, ok := k[id]
	return key, ok
}

// APIKey finds whose key a bearer token is: a secret access key alone, or behind its id and a colon. It looks at
// every key, so that the time it takes says nothing of any.
func (k keyring) APIKey(token string) (identity.Principal, bool) {
	id, secret, both := strings.Cut(token, ":")
	if !both {
		id, secret = "", token
	}
	given := sha256.Sum256([]byte(secret))
	var who identity.Principal
	known := false
	for _, key := range k {
		own := sha256.Sum256([]byte(key.Secret.Reveal()))
		if subtle.ConstantTimeCompare(own[:], given[:]) == 1 && !key.Secret.IsZero() && (!both || id == key.ID) {
			who, known = key.Principal, true
		}
	}
	return who, known
}

func loadKeys(ctx context.Context, st store.Identities) (keyring, error) {
	keys, err := st.AccessKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot load the access keys: %w", err)
	}
	ring := make(keyring, len(keys))
	for _, k := range keys {
		ring[k.ID] = k.AccessKey
	}
	return ring, nil
}
