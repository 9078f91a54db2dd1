// Package storetest is the definition of a correct store: one suite that every store passes, and a
// store that fails on demand.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/store"
)

// Open opens the same data again and again. It fails the test when it cannot.
type Open func(*testing.T) store.Store

// Run holds a store against everything that package store promises. fresh makes an empty place for
// data and says how to open it.
func Run(t *testing.T, fresh func(*testing.T) Open) {
	suites := map[string]map[string]func(*testing.T, Open){
		"profiles":  profileTests,
		"tokens":    tokenTests,
		"tags":      tagTests,
		"ledger":    ledgerTests,
		"cost tags": costTagTests,
		"logging":   loggingTests,
		"documents": documentTests,
		"histories": {"agree with a model": historiesAgree},
	}
	for group, tests := range suites {
		for name, test := range tests {
			t.Run(group+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(t, fresh(t))
			})
		}
	}
}

// opened opens the store and closes it when the test ends.
func opened(t *testing.T, open Open) store.Store {
	t.Helper()
	s := open(t)
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

const (
	account = arn.Account("111122223333")
	region  = arn.Region("us-east-1")
)

// born has all nine digits of a second, and is not in UTC.
var born = time.Date(2026, 7, 13, 16, 0, 42, 680_622_107, time.FixedZone("", 2*60*60))

// creation is a small profile to add, without a token.
func creation(id string) store.Creation {
	return store.Creation{Profile: store.Profile{
		ProfileKey: store.ProfileKey{Account: account, Region: region, ID: id},
		Name:       "checkout",
		Source:     "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
		Created:    born,
		Updated:    born,
		Tags:       store.Tags{"team": "shop"},
	}}
}

// create adds a profile that must be accepted.
func create(t *testing.T, s store.Store, c store.Creation) store.Profile {
	t.Helper()
	p, err := s.CreateProfile(t.Context(), c)
	if err != nil {
		t.Fatalf("create %s: %v", c.ProfileKey, err)
	}
	return p
}

// listAll pages through all profiles.
func listAll(ctx context.Context, s store.Store, page int) ([]store.Profile, error) {
	var all []store.Profile
	for after := (store.ProfileKey{}); ; {
		some, err := s.ListProfiles(ctx, after, page)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < page {
			return all, nil
		}
		if len(some) > page {
			return nil, fmt.Errorf("a page of %d has %d profiles", page, len(some))
		}
		after = some[page-1].ProfileKey
	}
}
