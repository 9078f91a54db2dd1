package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// Request asks for a new application profile.
type Request struct {
	Account     arn.Account
	Region      arn.Region
	Name        string
	Description string
	CopyFrom    string // ARN of a foundation model or a cross-region profile
	Tags        map[string]string
	Token       string // idempotency token; empty for none
}

// Create makes a profile, or returns the one that the same token and parameters made before. Errors for the caller:
// Validation for the source, TooManyTags, Conflict for a token used with other parameters,
// ServiceQuotaExceeded.
func (r *Registry) Create(ctx context.Context, q Request) (*profile.Application, error) {
	if len(q.Tags) > MaxTags {
		return nil, tooManyTags(q.Name, len(q.Tags))
	}
	var made *profile.Application
	err := r.change(ctx, func(ctx context.Context, now *profile.Snapshot) (*profile.Snapshot, error) {
		if _, err := now.CopySource(q.Account, q.Region, q.CopyFrom); err != nil {
			return nil, err
		}
		row, err := r.insert(ctx, q)
		if err != nil {
			return nil, err
		}
		if made, err = application(row); err != nil {
			return nil, err
		}
		return now.Put(made), nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// attempts is how many ids insert tries. There are 36^12 of them: a second try is news, a fifth a broken
// source of randomness.
const attempts = 5

func (r *Registry) insert(ctx context.Context, q Request) (store.Profile, error) {
	now := r.options.Now().UTC()
	c := store.Creation{
		Profile: store.Profile{
			ProfileKey: store.ProfileKey{Account: q.Account, Region: q.Region},
			Name:       q.Name, Description: q.Description, Source: q.CopyFrom,
			Created: now, Updated: now, Tags: q.Tags,
		},
		Token: q.Token, Parameters: q.hash(), Limit: int(r.most.Load()),
	}
	for range attempts {
		id, err := newID(r.options.Random)
		if err != nil {
			return store.Profile{}, err
		}
		c.ID = id
		row, err := r.store.CreateProfile(ctx, c)
		switch {
		case err == nil:
			return row, nil
		case errors.Is(err, store.ErrTokenReused):
			return store.Profile{}, fault.Wrap(fault.Conflict, err,
				"The clientRequestToken %s was used before with other parameters. Use a new token for a new inference profile.", q.Token)
		case errors.Is(err, store.ErrLimit):
			return store.Profile{}, fault.Wrap(fault.ServiceQuotaExceeded, err,
				"Account %s has reached its quota of %d inference profiles. Delete profiles that are no longer used, or request a higher quota (limits.profiles-per-account).",
				q.Account, r.most.Load())
		case !errors.Is(err, store.ErrExists):
			return store.Profile{}, judged(err)
		}
	}
	return store.Profile{}, fmt.Errorf("cannot create inference profile %q: %d random ids in a row were taken", q.Name, attempts)
}

// hash tells apart creates that ask for different things.
func (q Request) hash() store.ParametersHash {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q", q.Name, q.Description, q.CopyFrom)
	for _, key := range slices.Sorted(maps.Keys(q.Tags)) {
		fmt.Fprintf(h, " %q=%q", key, q.Tags[key])
	}
	return store.ParametersHash(h.Sum(nil))
}

const (
	idLength = 12
	alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// newID draws an id like "4w7tmk1iplxi", every one as likely as any other.
func newID(random io.Reader) (string, error) {
	const fair = 256 - 256%len(alphabet) // bytes from here on would favour the first letters
	var id, draw [idLength]byte
	for n := 0; n < idLength; {
		if _, err := io.ReadFull(random, draw[:]); err != nil {
			return "", fmt.Errorf("cannot draw an id for an inference profile: %w", err)
		}
		for _, b := range draw {
			if int(b) < fair && n < idLength {
				id[n] = alphabet[int(b)%len(alphabet)]
				n++
			}
		}
	}
	return string(id[:]), nil
}
