package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/outcrop/outcrop/internal/store"
)

var tagTests = map[string]func(*testing.T, Open){
	"an update is read and survives":   tagsSurvive,
	"lost updates are impossible":      lostUpdate,
	"a refused update changes nothing": refusedUpdate,
	"all tags can go":                  allTagsGo,
	"only the tags change":             onlyTagsChange,
}

// addTag is an update that sets one tag.
func addTag(key, value string) func(store.Tags) (store.Tags, error) {
	return func(tags store.Tags) (store.Tags, error) {
		tags[key] = value
		return tags, nil
	}
}

func tagsSurvive(t *testing.T, open Open) {
	s := open(t)
	p := create(t, s, creation("a"))
	want := store.Tags{"team": "search", "": ""}
	updated, err := s.UpdateTags(t.Context(), p.ProfileKey, func(old store.Tags) (store.Tags, error) {
		if diff := cmp.Diff(store.Tags{"team": "shop"}, old); diff != "" {
			t.Errorf("old tags (-want +got):\n%s", diff)
		}
		return store.Tags{"team": "search", "": ""}, nil
	})
	if diff := cmp.Diff(want, updated.Tags); err != nil || diff != "" {
		t.Errorf("returned: %v (-want +got):\n%s", err, diff)
	}
	closeStore(t, s)
	got, err := opened(t, open).Profile(t.Context(), p.ProfileKey)
	if diff := cmp.Diff(want, got.Tags); err != nil || diff != "" {
		t.Errorf("after reopening: %v (-want +got):\n%s", err, diff)
	}
}

func lostUpdate(t *testing.T, open Open) {
	a, b := opened(t, open), opened(t, open)
	key := create(t, a, creation("a")).ProfileKey
	const callers = 10
	var g errgroup.Group
	for i := range callers {
		s := []store.Store{a, b}[i%2]
		g.Go(func() error {
			_, err := s.UpdateTags(t.Context(), key, addTag(fmt.Sprint("tag", i), "v"))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	p, err := a.Profile(t.Context(), key)
	if err != nil || len(p.Tags) != callers+1 {
		t.Errorf("%d tags (%v), want %d: %v", len(p.Tags), err, callers+1, p.Tags)
	}
}

func refusedUpdate(t *testing.T, open Open) {
	s := opened(t, open)
	want := create(t, s, creation("a"))
	refusal := errors.New("no")
	_, err := s.UpdateTags(t.Context(), want.ProfileKey, func(old store.Tags) (store.Tags, error) {
		delete(old, "team")
		return store.Tags{"k": "v"}, refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("%v, want the update's own error", err)
	}
	got, err := s.Profile(t.Context(), want.ProfileKey)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("something changed: %v (-want +got):\n%s", err, diff)
	}
}

func allTagsGo(t *testing.T, open Open) {
	s := opened(t, open)
	key := create(t, s, creation("a")).ProfileKey
	p, err := s.UpdateTags(t.Context(), key, func(store.Tags) (store.Tags, error) { return nil, nil })
	if err != nil || p.Tags == nil || len(p.Tags) != 0 {
		t.Errorf("tags %#v (%v), want an empty map", p.Tags, err)
	}
}

func onlyTagsChange(t *testing.T, open Open) {
	s := opened(t, open)
	want := create(t, s, tokenCreation("a", "token", 1))
	got, err := s.UpdateTags(t.Context(), want.ProfileKey, addTag("k", "v"))
	want.Tags["k"] = "v"
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if p := create(t, s, tokenCreation("b", "token", 1)); p.ID != "a" {
		t.Errorf("the update lost the token: a repeat made %s", p.ID)
	}
}
