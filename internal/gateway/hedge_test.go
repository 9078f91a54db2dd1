package gateway

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/route"
)

// A place that keeps a call waiting is overtaken by another one, when the profile asks for that.
func TestAHedgeOvertakes(t *testing.T) {
	for name, c := range map[string]struct {
		scripts  map[arn.Region]script
		want     string
		took     time.Duration
		attempts []string
	}{
		"the first is quick": {
			nil, "site-a=served", 0, []string{"site-a served"},
		},
		"the second overtakes": {
			map[arn.Region]script{"site-a": {wait: time.Minute}}, "site-b=served", time.Second, []string{"site-a lost", "site-b served hedge"},
		},
		"the first is faster after all": {
			map[arn.Region]script{"site-a": {wait: 2 * time.Second}, "site-b": {wait: time.Minute}},
			"site-a=served", 2 * time.Second,
			[]string{"site-b lost hedge", "site-a served"},
		},
		"the second fails, and the first goes on": {
			map[arn.Region]script{"site-a": {wait: 2 * time.Second}, "site-b": {refuse: errDown}},
			"site-b=failed site-a=served", 2 * time.Second,
			[]string{"site-b unavailable hedge", "site-a served"},
		},
		"the first fails late, and the second goes on": {
			map[arn.Region]script{"site-a": {wait: 2 * time.Second, refuse: errDown}, "site-b": {wait: 3 * time.Second}},
			"site-a=failed site-b=served", 4 * time.Second,
			[]string{"site-a unavailable", "site-b served hedge"},
		},
		"the first fails before the second begins": {
			map[arn.Region]script{"site-a": {refuse: errDown}},
			"site-a=failed site-b=served", 0,
			[]string{"site-a unavailable", "site-b served"},
		},
		"both fail, and a third is asked": {
			map[arn.Region]script{"site-a": {wait: 2 * time.Second, refuse: errDown}, "site-b": {wait: 2 * time.Second, refuse: errDown}},
			"site-a=failed site-b=failed site-c=served", 3 * time.Second,
			[]string{"site-a unavailable", "site-b unavailable hedge", "site-c served"},
		},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %t", name, stream), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := manor(t, route.Capacity{}, c.scripts, route.Order{Hedge: of(time.Second)})
					want, began := "ok "+c.want, time.Now()
					if stream {
						want = "fourfourfourfour . " + c.want
					}
					if got := h.outcome(call(profileID, stream)); got != want {
						t.Errorf("got %s, want %s", got, want)
					}
					if took := time.Since(began); took != c.took {
						t.Errorf("it took %s, want %s", took, c.took)
					}
					synctest.Wait() // for what was overtaken
					h.idle(t)
					e := h.history.Last(1)[0]
					var attempts []string
					for _, a := range e.Attempts {
						word := string(a.Region) + " " + a.Outcome
						if a.Hedge {
							word += " hedge"
						}
						attempts = append(attempts, word)
					}
					if diff := cmp.Diff(c.attempts, attempts); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
	}
}
