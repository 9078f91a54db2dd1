package profile

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/outcrop/outcrop/internal/arn"
	"pgregory.net/rapid"
)

var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// TestWritesMakeNewSnapshots runs a random history of writes beside a plain map, and holds every snapshot, old ones too,
// to the map as it was when the snapshot was made.
func TestWritesMakeNewSnapshots(t *testing.T) {
	const model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
	empty := load(t, Options{})
	account := rapid.SampledFrom([]arn.Account{owner1, owner2})
	region := rapid.SampledFrom([]arn.Region{"us-east-1", "us-west-2"})
	rapid.Check(t, func(t *rapid.T) {
		type moment struct {
			s    *Snapshot
			want map[string]string
		}
		now := moment{empty, map[string]string{}}
		history := []moment{now}
		for range rapid.IntRange(1, 20).Draw(t, "writes") {
			app := sample(fmt.Sprintf("app%09d", rapid.IntRange(0, 4).Draw(t, "id")), region.Draw(t, "region"), model)
			app.Account = account.Draw(t, "account")
			app.Name = rapid.StringMatching("[a-z]{1,4}").Draw(t, "name")
			next := moment{want: map[string]string{}}
			for k, v := range now.want {
				next.want[k] = v
			}
			if key := app.ARN("aws").String(); rapid.Bool().Draw(t, "delete") {
				delete(next.want, key)
				next.s = now.s.Delete(app.Account, app.Region, app.ID)
			} else {
				next.want[key] = app.Name
				next.s = now.s.Put(app)
			}
			now = next
			history = append(history, now)
		}
		history = append(history, moment{now.s.WithApplications(now.s.all()), now.want})
		for i, m := range history {
			if diff := cmp.Diff(m.want, held(m.s)); diff != "" {
				t.Fatalf("after write %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

func TestRebuildKeepsApplications(t *testing.T) {
	s := load(t, Options{}).WithApplications(many(10))
	rebuilt := s.Rebuild(s.Catalog(), Options{Lifecycle: Enforce, Today: today})
	if diff := cmp.Diff(held(s), held(rebuilt)); diff != "" || len(held(rebuilt)) != 10 {
		t.Errorf("%d kept (-want +got):\n%s", len(held(rebuilt)), diff)
	}
}

// held is every application profile of a snapshot by ARN, and its name.
func held(s *Snapshot) map[string]string {
	out := map[string]string{}
	for _, account := range []arn.Account{owner1, owner2} {
		n := 0
		for _, region := range []arn.Region{"us-east-1", "us-west-2"} {
			for _, app := range s.Applications(account, region) {
				out[app.ARN("aws").String()] = app.Name
				if found, ok := s.Application(account, region, app.ID); !ok || found != app {
					panic("BUG: listed and not found: " + app.ID)
				}
				n++
			}
		}
		if n != s.CountApplications(account) {
			panic("BUG: the count is off")
		}
	}
	return out
}

func TestApplicationsAreListedOldestFirst(t *testing.T) {
	const model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
	s := load(t, Options{})
	for i, id := range []string{"cccccccccccc", "aaaaaaaaaaaa", "bbbbbbbbbbbb"} {
		app := sample(id, "us-east-1", model)
		app.Created = app.Created.AddDate(0, 0, i/2)
		s = s.Put(app)
	}
	var got []string
	for _, app := range s.Applications(owner1, "us-east-1") {
		got = append(got, app.ID)
	}
	if diff := cmp.Diff([]string{"aaaaaaaaaaaa", "cccccccccccc", "bbbbbbbbbbbb"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestTargetOfApplicationCarriesItself: a changed application profile reaches the target of calls.
func TestTargetOfApplicationCarriesItself(t *testing.T) {
	const id, model = "abc123def456", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
	first := sample(id, "us-east-1", model)
	second := *first
	second.Tags = map[string]string{"team": "search"}
	old := load(t, Options{}).Put(first)
	next := old.Put(&second)
	for s, want := range map[*Snapshot]*Application{old: first, next: &second} {
		got, err := s.Resolve(owner1, "us-east-1", id)
		if err != nil || got.Application != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	if diff := cmp.Diff(map[string]string(nil), first.Tags, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownRegionListsNothing(t *testing.T) {
	s := load(t, Options{})
	if s.Models("mars-north-1") != nil || s.Systems("mars-north-1") != nil {
		t.Error("an unknown region lists something")
	}
	if _, ok := s.System("mars-north-1", "us.amazon.nova-lite-v1:0"); ok {
		t.Error("an unknown region offers a profile")
	}
	if _, ok := s.Model("mars-north-1", "amazon.nova-lite-v1:0"); ok {
		t.Error("an unknown region lists a model")
	}
}
