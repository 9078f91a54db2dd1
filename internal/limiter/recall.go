package limiter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/store"
)

// Ledger has what calls used, in sums by hour.
type Ledger interface {
	// Keys reads the keys of sums that were added after the one with the given id: meter.Dimensions as JSON.
	Keys(ctx context.Context, after int64) ([]store.Key, error)
	// Sums adds up what happened from one hour up to and without another, for each key that has any.
	Sums(ctx context.Context, from, to int64) ([]store.Sum, error)
}

// memory is how far back Recall looks: a day, and the hour that it began in.
const memory = 25 * time.Hour

// Recall counts what the last day used, so that a new start gives nobody a new day. The ledger knows hours: all of one
// counts as used at its end, which refuses a caller for an hour too long at most, and never lets one pass a limit. It is
// called before the first call.
func (l *Limiter) Recall(ctx context.Context, from Ledger, known *profile.Snapshot) error {
	keys, err := from.Keys(ctx, 0)
	if err != nil {
		return fmt.Errorf("cannot read what the last day used of quotas: %w", err)
	}
	memories := make(map[int64]*memoryOf, len(keys))
	for _, k := range keys {
		var d meter.Dimensions
		if err := json.Unmarshal([]byte(k.Text), &d); err != nil {
			return fmt.Errorf("cannot read the key %d of the ledger: %w", k.ID, err)
		}
		if m, ok := remember(&d, known); ok {
			memories[k.ID] = m
		}
	}
	now := time.Now()
	for hour := now.Add(-memory).Truncate(time.Hour); !hour.After(now); hour = hour.Add(time.Hour) {
		first := hour.Unix() / int64(time.Hour/time.Second)
		sums, err := from.Sums(ctx, first, first+1)
		if err != nil {
			return fmt.Errorf("cannot read what the last day used of quotas: %w", err)
		}
		end := min(hour.Add(time.Hour).Sub(l.began), now.Sub(l.began))
		for _, s := range sums {
			if m := memories[s.Key]; m != nil {
				l.recall(max(end, 0), m, s.Count)
			}
		}
	}
	return nil
}

func (l *Limiter) recall(at time.Duration, m *memoryOf, count int64) {
	b := l.book(m.account)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.quota.Recall(at, &m.call, count*m.weight)
}

// memoryOf is what a key of the ledger says of quotas.
type memoryOf struct {
	account arn.Account
	call    quota.Call
	weight  int64 // quota tokens that one of what it counts is
}

// remember reports false for what counts in no quota, and for models that are not known any more.
func remember(d *meter.Dimensions, known *profile.Snapshot) (*memoryOf, bool) {
	model, ok := known.Catalog().Model(d.Model)
	if !ok {
		return nil, false
	}
	m := &memoryOf{account: d.Account, call: quota.Call{
		Source: d.Region, Model: model, Scope: scopeOf(known.Catalog(), d.System), Application: application(known, d.Application), Principal: roleOf(d.Principal),
	}}
	switch d.Class {
	case catalog.Input, catalog.CacheWrite5m, catalog.CacheWrite1h:
		m.weight = 1
	case catalog.Output:
		m.weight = int64(max(model.Burndown, 1))
	default:
		return nil, false
	}
	return m, true
}

func scopeOf(facts *catalog.Catalog, system string) profile.Scope {
	if system == "" {
		return profile.InRegion
	}
	if p, ok := facts.Profile(system); ok && p.Global || !ok && strings.HasPrefix(system, "global.") {
		return profile.Global
	}
	return profile.Geo
}

// application is the profile an ARN names. One that has been deleted is still known by its id.
func application(known *profile.Snapshot, name string) *profile.Application {
	a, ok := arn.Parse(name)
	if !ok {
		return nil
	}
	_, id, _ := strings.Cut(a.Resource, "/")
	if app, ok := known.Application(a.Account, a.Region, id); ok {
		return app
	}
	return &profile.Application{ID: id, Account: a.Account, Region: a.Region}
}

// roleOf is the role behind a session's ARN. A role's path is not in it.
func roleOf(principal string) string {
	a, ok := arn.Parse(principal)
	if !ok || a.Service != "sts" {
		return principal
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	name, _, _ := strings.Cut(rest, "/")
	if kind != "assumed-role" {
		return principal
	}
	a.Service, a.Resource = "iam", "role/"+name
	return a.String()
}
