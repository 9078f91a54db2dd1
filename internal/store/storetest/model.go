package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/store"
)

// model is what a store of profiles does, in its simplest form.
type model struct {
	rows map[store.ProfileKey]*row
}

type row struct {
	store.Profile
	token      string
	parameters store.ParametersHash
}

func (m *model) create(c store.Creation) (store.Profile, error) {
	have := 0
	for key, r := range m.rows {
		if key.Account == c.Account {
			have++
		}
		if c.Token != "" && key.Account == c.Account && key.Region == c.Region && r.token == c.Token {
			if r.parameters != c.Parameters {
				return store.Profile{}, store.ErrTokenReused
			}
			return r.Profile, nil
		}
	}
	if c.Limit != 0 && have >= c.Limit {
		return store.Profile{}, store.ErrLimit
	}
	if m.rows[c.ProfileKey] != nil {
		return store.Profile{}, store.ErrExists
	}
	m.rows[c.ProfileKey] = &row{c.Profile, c.Token, c.Parameters}
	return c.Profile, nil
}

// find returns the row, or the error of a store that lacks it.
func (m *model) find(key store.ProfileKey) (*row, error) {
	if r := m.rows[key]; r != nil {
		return r, nil
	}
	return nil, store.ErrNotFound
}

func (m *model) list() []store.Profile {
	var all []store.Profile
	for _, key := range slices.SortedFunc(maps.Keys(m.rows), store.ProfileKey.Compare) {
		all = append(all, m.rows[key].Profile)
	}
	return all
}

var (
	someKey = rapid.Custom(func(t *rapid.T) store.ProfileKey {
		return store.ProfileKey{
			Account: rapid.SampledFrom([]arn.Account{account, "444455556666"}).Draw(t, "account"),
			Region:  rapid.SampledFrom([]arn.Region{region, "eu-west-1"}).Draw(t, "region"),
			ID:      rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id"),
		}
	})
	someTags     = rapid.MapOfN(rapid.StringN(0, 4, -1), rapid.StringN(0, 4, -1), 0, 3)
	someCreation = rapid.Custom(func(t *rapid.T) store.Creation {
		at := time.Unix(0, rapid.Int64().Draw(t, "created")).UTC()
		return store.Creation{
			Profile: store.Profile{
				ProfileKey: someKey.Draw(t, "key"), Name: rapid.String().Draw(t, "name"),
				Created: at, Updated: at, Tags: someTags.Draw(t, "tags"),
			},
			Token:      rapid.SampledFrom([]string{"", "t", "u"}).Draw(t, "token"),
			Parameters: store.ParametersHash{rapid.ByteMax(1).Draw(t, "parameters")},
			Limit:      rapid.IntRange(0, 4).Draw(t, "limit"),
		}
	})
)

// historiesAgree runs random histories through the store and through the model: each answer, and
// what is kept in the end, must be the same.
func historiesAgree(t *testing.T, open Open) {
	s := opened(t, open)
	rapid.Check(t, func(rt *rapid.T) {
		clearProfiles(rt, s)
		m := &model{rows: map[store.ProfileKey]*row{}}
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				c := someCreation.Draw(t, "creation")
				got, err := s.CreateProfile(t.Context(), c)
				want, wantErr := m.create(c)
				agree(t, want, wantErr, got, err)
			},
			"read": func(t *rapid.T) {
				key := someKey.Draw(t, "key")
				got, err := s.Profile(t.Context(), key)
				r, wantErr := m.find(key)
				if r == nil {
					r = &row{}
				}
				agree(t, r.Profile, wantErr, got, err)
			},
			"tag": func(t *rapid.T) {
				key, tags := someKey.Draw(t, "key"), someTags.Draw(t, "tags")
				got, err := s.UpdateTags(t.Context(), key, func(store.Tags) (store.Tags, error) { return tags, nil })
				r, wantErr := m.find(key)
				if r == nil {
					r = &row{}
				} else {
					r.Tags = maps.Clone(tags)
				}
				agree(t, r.Profile, wantErr, got, err)
			},
			"set the policy": func(t *rapid.T) {
				key, policy := someKey.Draw(t, "key"), rapid.SampledFrom([]string{"", `{"Version":"2012-10-17"}`}).Draw(t, "policy")
				got, err := s.SetProfilePolicy(t.Context(), key, policy)
				r, wantErr := m.find(key)
				if r == nil {
					r = &row{}
				} else {
					r.Policy = policy
				}
				agree(t, r.Profile, wantErr, got, err)
			},
			"delete": func(t *rapid.T) {
				key := someKey.Draw(t, "key")
				_, wantErr := m.find(key)
				delete(m.rows, key)
				agree(t, store.Profile{}, wantErr, store.Profile{}, s.DeleteProfile(t.Context(), key))
			},
		})
		got, err := listAll(rt.Context(), s, 3)
		if diff := cmp.Diff(m.list(), got); err != nil || diff != "" {
			rt.Fatalf("in the end: %v (-model +store):\n%s", err, diff)
		}
	})
}

func agree(t *rapid.T, want store.Profile, wantErr error, got store.Profile, err error) {
	t.Helper()
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
		t.Fatalf("the store says %v, the model %v", err, wantErr)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-model +store):\n%s", diff)
	}
}

func clearProfiles(t *rapid.T, s store.Store) {
	all, err := listAll(context.Background(), s, 100)
	for _, p := range all {
		err = errors.Join(err, s.DeleteProfile(t.Context(), p.ProfileKey))
	}
	if err != nil {
		t.Fatalf("cannot empty the store: %v", err)
	}
}
