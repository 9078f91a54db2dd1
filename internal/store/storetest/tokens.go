package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/outcrop/outcrop/internal/store"
)

var tokenTests = map[string]func(*testing.T, Open){
	"a repeated create is the first":        repeatedCreate,
	"a repeat shows the profile of today":   repeatShowsToday,
	"other parameters are refused":          otherParameters,
	"a repeat passes the limit":             repeatAtLimit,
	"a token is of one account and region":  tokenScope,
	"no token, no repeat":                   noToken,
	"a deleted profile sets its token free": deleteFreesToken,
	"a refused create leaves no token":      refusedLeavesNoToken,
	"concurrent repeats make one":           concurrentRepeats,
	"a token survives reopening":            tokenSurvives,
}

func tokenCreation(id, token string, parameters byte) store.Creation {
	c := creation(id)
	c.Token, c.Parameters = token, store.ParametersHash{parameters}
	return c
}

func repeatedCreate(t *testing.T, open Open) {
	s := opened(t, open)
	want := create(t, s, tokenCreation("aaaaaaaaaaaa", "token", 1))
	if diff := cmp.Diff(want, create(t, s, tokenCreation("bbbbbbbbbbbb", "token", 1))); diff != "" {
		t.Errorf("repeat (-first +second):\n%s", diff)
	}
	if all, err := listAll(t.Context(), s, 10); err != nil || len(all) != 1 {
		t.Errorf("%d profiles (%v), want 1", len(all), err)
	}
}

func repeatShowsToday(t *testing.T, open Open) {
	s := opened(t, open)
	p := create(t, s, tokenCreation("aaaaaaaaaaaa", "token", 1))
	if _, err := s.UpdateTags(t.Context(), p.ProfileKey, addTag("k", "v")); err != nil {
		t.Fatal(err)
	}
	if got := create(t, s, tokenCreation("bbbbbbbbbbbb", "token", 1)); got.Tags["k"] != "v" {
		t.Errorf("the repeat shows tags %v", got.Tags)
	}
}

func otherParameters(t *testing.T, open Open) {
	s := opened(t, open)
	create(t, s, tokenCreation("aaaaaaaaaaaa", "token", 1))
	if _, err := s.CreateProfile(t.Context(), tokenCreation("bbbbbbbbbbbb", "token", 2)); !errors.Is(err, store.ErrTokenReused) {
		t.Errorf("%v, want ErrTokenReused", err)
	}
	if all, err := listAll(t.Context(), s, 10); err != nil || len(all) != 1 {
		t.Errorf("%d profiles (%v), want 1", len(all), err)
	}
}

func repeatAtLimit(t *testing.T, open Open) {
	s := opened(t, open)
	first, again, other := tokenCreation("a", "token", 1), tokenCreation("b", "token", 1), tokenCreation("c", "token", 2)
	first.Limit, again.Limit, other.Limit = 1, 1, 1
	create(t, s, first)
	if p := create(t, s, again); p.ID != "a" {
		t.Errorf("the repeat made %s", p.ID)
	}
	if _, err := s.CreateProfile(t.Context(), other); !errors.Is(err, store.ErrTokenReused) {
		t.Errorf("%v, want ErrTokenReused before ErrLimit", err)
	}
}

func tokenScope(t *testing.T, open Open) {
	s := opened(t, open)
	here, there, others := tokenCreation("a", "token", 1), tokenCreation("b", "token", 2), tokenCreation("c", "token", 3)
	there.Region, others.Account = "eu-west-1", "444455556666"
	for _, c := range []store.Creation{here, there, others} {
		if p := create(t, s, c); p.ProfileKey != c.ProfileKey {
			t.Errorf("%s was taken for a repeat of %s", c.ProfileKey, p.ProfileKey)
		}
	}
}

func noToken(t *testing.T, open Open) {
	s := opened(t, open)
	for _, id := range []string{"a", "b"} {
		if p := create(t, s, creation(id)); p.ID != id {
			t.Errorf("%s was taken for a repeat of %s", id, p.ID)
		}
	}
}

func deleteFreesToken(t *testing.T, open Open) {
	s := opened(t, open)
	p := create(t, s, tokenCreation("a", "token", 1))
	if err := s.DeleteProfile(t.Context(), p.ProfileKey); err != nil {
		t.Fatal(err)
	}
	if p := create(t, s, tokenCreation("b", "token", 2)); p.ID != "b" {
		t.Errorf("got %s", p.ID)
	}
}

func refusedLeavesNoToken(t *testing.T, open Open) {
	s := opened(t, open)
	create(t, s, creation("a"))
	refused := tokenCreation("b", "token", 1)
	refused.Limit = 1
	if _, err := s.CreateProfile(t.Context(), refused); !errors.Is(err, store.ErrLimit) {
		t.Fatalf("%v, want ErrLimit", err)
	}
	if p := create(t, s, tokenCreation("c", "token", 2)); p.ID != "c" {
		t.Errorf("got %s", p.ID)
	}
}

func concurrentRepeats(t *testing.T, open Open) {
	s := opened(t, open)
	const callers = 8
	ids := make([]string, callers)
	var g errgroup.Group
	for i := range callers {
		g.Go(func() error {
			p, err := s.CreateProfile(t.Context(), tokenCreation(fmt.Sprint(i), "token", 1))
			ids[i] = p.ID
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	all, err := listAll(t.Context(), s, callers)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d profiles (%v), want 1", len(all), err)
	}
	for _, id := range ids {
		if id != all[0].ID {
			t.Errorf("a caller was told %s, the profile is %s", id, all[0].ID)
		}
	}
}

func tokenSurvives(t *testing.T, open Open) {
	s := open(t)
	create(t, s, tokenCreation("a", "token", 1))
	closeStore(t, s)
	if p := create(t, opened(t, open), tokenCreation("b", "token", 1)); p.ID != "a" {
		t.Errorf("after reopening the repeat made %s", p.ID)
	}
}
