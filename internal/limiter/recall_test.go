package limiter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/store"
)

// past is a ledger of what calls used.
type past struct {
	keys   []store.Key
	hours  map[int64][]store.Sum
	broken error
}

func (p *past) Keys(context.Context, int64) ([]store.Key, error) { return p.keys, nil }

func (p *past) Sums(_ context.Context, from, to int64) (all []store.Sum, err error) {
	for h := from; h < to; h++ {
		all = append(all, p.hours[h]...)
	}
	return all, p.broken
}

func (p *past) use(t *testing.T, at time.Time, d meter.Dimensions, count int64) {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	key := store.Key{ID: int64(len(p.keys) + 1), Text: string(text)}
	p.keys = append(p.keys, key)
	if p.hours == nil {
		p.hours = map[int64][]store.Sum{}
	}
	h := int64(meter.HourOf(at))
	p.hours[h] = append(p.hours[h], store.Sum{Key: key.ID, Counters: store.Counters{Count: count}})
}

func TestADayOutlivesTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)))
		tokens := quota.Amounts{DayTokens: amount(1000), Tokens: amount(1e9), Requests: amount(1e9)}
		s := open(t, quota.Policy{
			Enforce: true, Defaults: quota.Off, Overrides: []quota.Override{{Amounts: tokens}},
			Shares: []quota.Share{
				{Name: "team", Tags: map[string]string{"team": "a"}, Amounts: quota.Amounts{DayTokens: amount(500)}},
				{Name: "role", Principal: "*:role/r", Amounts: quota.Amounts{DayTokens: amount(500)}},
			},
		})
		app := &profile.Application{
			ID: "aaaaaaaaaaaa", Account: "111122223333", Region: "us-east-1", Tags: map[string]string{"team": "a"},
			Source: arn.FoundationModel(arn.AWS, "us-east-1", nova),
		}
		known := profile.NewSnapshot(s.facts, profile.Options{}).WithApplications([]*profile.Application{app})
		now, p := time.Now(), &past{}
		of := func(model, system string, class catalog.Class) meter.Dimensions {
			return meter.Dimensions{Account: "111122223333", Region: "us-east-1", Model: model, System: system, Class: class}
		}
		p.use(t, now.Add(-25*time.Hour), of(nova, "", catalog.Input), 9999) // its hour ended more than a day ago
		p.use(t, now.Add(-24*time.Hour), of(nova, "", catalog.Input), 1)
		p.use(t, now.Add(-time.Hour), of(nova, "", catalog.CacheWrite1h), 20)
		p.use(t, now.Add(-time.Hour), of(nova, "", catalog.CacheRead), 7777)
		p.use(t, now, of(nova, "", catalog.Output), 300)
		p.use(t, now, of(opus, "global."+opus, catalog.Output), 2) // each of which counts 15 times
		p.use(t, now, of(nova, "us."+nova, catalog.Input), 4)
		p.use(t, now, of("gone.model", "", catalog.Input), 5)
		tagged := of(nova, "eu."+nova, catalog.Input)
		tagged.Application, tagged.Principal = app.ARN(arn.AWS).String(), "arn:aws:sts::111122223333:assumed-role/r/session"
		p.use(t, now, tagged, 60)
		if err := s.Recall(t.Context(), p, known); err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, u := range s.Uses() {
			if u.Used > 0 {
				got[u.Subject.String()+" "+u.Measure.String()] = u.Used
			}
		}
		want := map[string]int64{
			"account 111122223333 for amazon.nova-lite-v1:0 from us-east-1 (in-region) tokens-per-day":         321,
			"account 111122223333 for amazon.nova-lite-v1:0 from us-east-1 (geo) tokens-per-day":               64,
			"account 111122223333 for anthropic.claude-opus-4-8 from us-east-1 (global) tokens-per-day":        30,
			"share team of account 111122223333 for amazon.nova-lite-v1:0 from us-east-1 (geo) tokens-per-day": 60,
			"share role of account 111122223333 for amazon.nova-lite-v1:0 from us-east-1 (geo) tokens-per-day": 60,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := s.Reserve(s.demand(nova, 680, 0)); !fault.Is(err, fault.Throttling) {
			t.Errorf("what the day has left is overdrawn: %v", err)
		}
		s.come(s.demand(nova, 679, 0))
		time.Sleep(30 * time.Minute) // the oldest hour has gone
		s.come(s.demand(nova, 1, 0))
	})
}

func TestALedgerThatCannotBeRead(t *testing.T) {
	s := open(t, quota.Policy{})
	known := profile.NewSnapshot(s.facts, profile.Options{})
	broken := errors.New("the disk is gone")
	if err := s.Recall(t.Context(), &past{broken: broken}, known); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if err := s.Recall(t.Context(), &past{keys: []store.Key{{ID: 1, Text: "{"}}}, known); err == nil {
		t.Error("a key that is no JSON passes")
	}
}
