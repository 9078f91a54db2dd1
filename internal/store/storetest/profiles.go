package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"github.com/outcrop/outcrop/internal/store"
)

var profileTests = map[string]func(*testing.T, Open){
	"read your write":                        readYourWrite,
	"everything survives reopening":          profileSurvives,
	"times survive to the nanosecond":        timesSurvive,
	"any text survives":                      textSurvives,
	"a taken key is refused":                 takenKey,
	"the same id in two places is two":       sameIDElsewhere,
	"what is missing is not found":           missingProfile,
	"delete takes the tags along":            deleteTakesTags,
	"pages are ordered and complete":         pagesComplete,
	"paging goes on across changes":          pagingAcrossChanges,
	"the limit holds":                        limitHolds,
	"the limit holds under concurrency":      limitHoldsConcurrently,
	"two openers see each other":             twoOpeners,
	"a cancelled context changes nothing":    cancelled,
	"what is returned belongs to the caller": ownsResult,
	"a policy comes, stays and goes":         policyComesAndGoes,
}

func readYourWrite(t *testing.T, open Open) {
	s := opened(t, open)
	c := creation("aaaaaaaaaaaa")
	c.Description = "for the checkout page"
	want := c.Profile
	if diff := cmp.Diff(want, create(t, s, c)); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	got, err := s.Profile(t.Context(), c.ProfileKey)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("read: %v (-want +got):\n%s", err, diff)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

func profileSurvives(t *testing.T, open Open) {
	s := open(t)
	want := create(t, s, creation("aaaaaaaaaaaa"))
	closeStore(t, s)
	got, err := opened(t, open).Profile(t.Context(), want.ProfileKey)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("after reopening: %v (-want +got):\n%s", err, diff)
	}
}

func timesSurvive(t *testing.T, open Open) {
	s := opened(t, open)
	for i, at := range []time.Time{
		born,
		time.Unix(0, 0),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2261, 1, 1, 0, 0, 0, 1, time.UTC),
	} {
		c := creation(fmt.Sprintf("%012d", i))
		c.Created, c.Updated = at, at.Add(time.Nanosecond)
		p := create(t, s, c)
		if !p.Created.Equal(at) || !p.Updated.Equal(at.Add(1)) || p.Created.Location() != time.UTC {
			t.Errorf("%s became %s and %s", at, p.Created, p.Updated)
		}
	}
}

func textSurvives(t *testing.T, open Open) {
	s := opened(t, open)
	for i, text := range []string{"", "'; DROP TABLE profiles; --", "%_\\", "naïve 漢字 🙂", "a\nb\tc", strings.Repeat("x", 10_000)} {
		c := creation(fmt.Sprintf("%012d", i))
		c.Name, c.Description, c.Source, c.Tags = text, text, text, store.Tags{text: text}
		if diff := cmp.Diff(c.Profile, create(t, s, c)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func takenKey(t *testing.T, open Open) {
	s := opened(t, open)
	want := create(t, s, creation("aaaaaaaaaaaa"))
	other := creation("aaaaaaaaaaaa")
	other.Name, other.Tags, other.Token = "other", store.Tags{"other": "tag"}, "token"
	if _, err := s.CreateProfile(t.Context(), other); !errors.Is(err, store.ErrExists) {
		t.Errorf("second create: %v, want ErrExists", err)
	}
	got, err := s.Profile(t.Context(), want.ProfileKey)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the first changed: %v (-want +got):\n%s", err, diff)
	}
	other.ID = "bbbbbbbbbbbb"
	if p := create(t, s, other); p.ID != other.ID {
		t.Errorf("the refused create used its token up: got %s", p.ProfileKey)
	}
}

func sameIDElsewhere(t *testing.T, open Open) {
	s := opened(t, open)
	here, there, others := creation("aaaaaaaaaaaa"), creation("aaaaaaaaaaaa"), creation("aaaaaaaaaaaa")
	there.Region, others.Account = "eu-west-1", "444455556666"
	for _, c := range []store.Creation{here, there, others} {
		create(t, s, c)
	}
	if err := s.DeleteProfile(t.Context(), here.ProfileKey); err != nil {
		t.Fatal(err)
	}
	for _, c := range []store.Creation{there, others} {
		if p, err := s.Profile(t.Context(), c.ProfileKey); err != nil || len(p.Tags) != 1 {
			t.Errorf("%s went with its namesake: %v %v", c.ProfileKey, p.Tags, err)
		}
	}
}

func missingProfile(t *testing.T, open Open) {
	s := opened(t, open)
	key := create(t, s, creation("aaaaaaaaaaaa")).ProfileKey
	key.ID = "bbbbbbbbbbbb"
	_, errRead := s.Profile(t.Context(), key)
	_, errTags := s.UpdateTags(t.Context(), key, func(store.Tags) (store.Tags, error) {
		t.Error("update was called for a missing profile")
		return nil, nil
	})
	for what, err := range map[string]error{"read": errRead, "tag": errTags, "delete": s.DeleteProfile(t.Context(), key)} {
		if !errors.Is(err, store.ErrNotFound) || !store.Known(err) {
			t.Errorf("%s: %v, want ErrNotFound", what, err)
		}
		if err != nil && !strings.Contains(err.Error(), key.String()) {
			t.Errorf("%s: %q does not name %s", what, err, key)
		}
	}
}

func deleteTakesTags(t *testing.T, open Open) {
	s := opened(t, open)
	c := creation("aaaaaaaaaaaa")
	create(t, s, c)
	if err := s.DeleteProfile(t.Context(), c.ProfileKey); err != nil {
		t.Fatal(err)
	}
	c.Tags = nil
	if p := create(t, s, c); p.Tags == nil || len(p.Tags) != 0 {
		t.Errorf("the next profile of that key has tags %#v, want an empty map", p.Tags)
	}
}

func pagesComplete(t *testing.T, open Open) {
	s := opened(t, open)
	var want []store.ProfileKey
	for i, id := range []string{"b", "a", "Z", "z", "-", "0", "ab"} {
		c := creation(id)
		c.Tags = store.Tags{}
		for n := range i {
			c.Tags[fmt.Sprint("tag", n)] = "v"
		}
		if i%3 == 0 {
			c.Region = "ap-south-1"
		}
		if i%2 == 0 {
			c.Account = "000000000001"
		}
		want = append(want, create(t, s, c).ProfileKey)
	}
	slices.SortFunc(want, store.ProfileKey.Compare)
	for page := 1; page <= len(want)+1; page++ {
		got, err := listAll(t.Context(), s, page)
		if err != nil {
			t.Fatalf("pages of %d: %v", page, err)
		}
		var keys []store.ProfileKey
		for _, p := range got {
			keys = append(keys, p.ProfileKey)
			alone, err := s.Profile(t.Context(), p.ProfileKey)
			if diff := cmp.Diff(alone, p); err != nil || diff != "" {
				t.Errorf("listed otherwise than read: %v (-read +listed):\n%s", err, diff)
			}
		}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", page, diff)
		}
	}
}

func pagingAcrossChanges(t *testing.T, open Open) {
	s := opened(t, open)
	for _, id := range []string{"a", "c", "e", "g"} {
		create(t, s, creation(id))
	}
	first, err := s.ListProfiles(t.Context(), store.ProfileKey{}, 2)
	if err != nil || len(first) != 2 {
		t.Fatalf("first page: %v %v", first, err)
	}
	// The row the page ended with goes, one comes before it and one behind.
	if err := s.DeleteProfile(t.Context(), first[1].ProfileKey); err != nil {
		t.Fatal(err)
	}
	create(t, s, creation("b"))
	create(t, s, creation("f"))
	rest, err := s.ListProfiles(t.Context(), first[1].ProfileKey, 10)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range rest {
		ids = append(ids, p.ID)
	}
	if diff := cmp.Diff([]string{"e", "f", "g"}, ids); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
}

func limitHolds(t *testing.T, open Open) {
	s := opened(t, open)
	for i := range 3 {
		c := creation(fmt.Sprint(i))
		c.Limit = 2
		if i == 1 {
			c.Region = "eu-west-1" // the limit is the account's, in all regions
		}
		_, err := s.CreateProfile(t.Context(), c)
		if want := error(store.ErrLimit); i < 2 && err != nil || i == 2 && !errors.Is(err, want) {
			t.Errorf("profile %d of 2: %v", i+1, err)
		}
	}
	other := creation("3")
	other.Account, other.Limit = "444455556666", 1
	create(t, s, other)
	if err := s.DeleteProfile(t.Context(), creation("0").ProfileKey); err != nil {
		t.Fatal(err)
	}
	again := creation("4")
	again.Limit = 2
	create(t, s, again)
}

func limitHoldsConcurrently(t *testing.T, open Open) {
	s := opened(t, open)
	const callers, limit = 12, 5
	var g errgroup.Group
	for i := range callers {
		g.Go(func() error {
			c := creation(fmt.Sprint(i))
			c.Limit = limit
			if _, err := s.CreateProfile(t.Context(), c); err != nil && !errors.Is(err, store.ErrLimit) {
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	all, err := listAll(t.Context(), s, callers)
	if err != nil || len(all) != limit {
		t.Errorf("%d profiles (%v), want %d", len(all), err, limit)
	}
}

func twoOpeners(t *testing.T, open Open) {
	a, b := opened(t, open), opened(t, open)
	p := create(t, a, creation("aaaaaaaaaaaa"))
	if _, err := b.UpdateTags(t.Context(), p.ProfileKey, addTag("by", "b")); err != nil {
		t.Fatal(err)
	}
	got, err := a.Profile(t.Context(), p.ProfileKey)
	if diff := cmp.Diff(store.Tags{"team": "shop", "by": "b"}, got.Tags); err != nil || diff != "" {
		t.Errorf("tags: %v (-want +got):\n%s", err, diff)
	}
}

func cancelled(t *testing.T, open Open) {
	s := opened(t, open)
	p := create(t, s, creation("aaaaaaaaaaaa"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errCreate := s.CreateProfile(ctx, creation("bbbbbbbbbbbb"))
	_, errTags := s.UpdateTags(ctx, p.ProfileKey, addTag("k", "v"))
	for what, err := range map[string]error{"create": errCreate, "tag": errTags, "delete": s.DeleteProfile(ctx, p.ProfileKey)} {
		if !errors.Is(err, context.Canceled) || store.Known(err) {
			t.Errorf("%s: %v, want context.Canceled", what, err)
		}
	}
	all, err := listAll(t.Context(), s, 10)
	if diff := cmp.Diff([]store.Profile{p}, all, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("something changed: %v (-want +got):\n%s", err, diff)
	}
}

func ownsResult(t *testing.T, open Open) {
	s := opened(t, open)
	c := creation("aaaaaaaaaaaa")
	create(t, s, c).Tags["team"] = "changed"
	c.Tags["team"] = "changed"
	for range 2 {
		p, err := s.Profile(t.Context(), c.ProfileKey)
		if err != nil || p.Tags["team"] != "shop" {
			t.Fatalf("tags %v (%v): a caller's change reached the store", p.Tags, err)
		}
		p.Tags["team"] = "changed"
	}
}

func policyComesAndGoes(t *testing.T, open Open) {
	s := open(t)
	p := create(t, s, creation("aaaaaaaaaaaa"))
	const policy = `{"Version":"2012-10-17","Statement":[]}`
	want := p
	want.Policy = policy
	got, err := s.SetProfilePolicy(t.Context(), p.ProfileKey, policy)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("set: %v (-want +got):\n%s", err, diff)
	}
	closeStore(t, s)
	s = opened(t, open)
	if got, err := s.UpdateTags(t.Context(), p.ProfileKey, addTag("a", "b")); err != nil || got.Policy != policy {
		t.Errorf("after reopening, with another tag: %+v, %v", got, err)
	}
	if got, err = s.SetProfilePolicy(t.Context(), p.ProfileKey, ""); err != nil || got.Policy != "" {
		t.Errorf("taken away: %+v, %v", got, err)
	}
	missing := p.ProfileKey
	missing.ID = "bbbbbbbbbbbb"
	if _, err := s.SetProfilePolicy(t.Context(), missing, policy); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a profile that is not there: %v", err)
	}
}
