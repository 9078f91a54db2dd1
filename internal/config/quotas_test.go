package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/quota"
)

func TestQuotas(t *testing.T) {
	got := parse(t, `
quotas:
  defaults: enforce
  overrides:
    - {account: 000011112222, model: "anthropic.*", region: us-east-1, scope: global, requests-per-minute: 100, tokens-per-minute: 1_000_000, concurrency: none}
  accounts:
    - tokens-per-day: 0
  shares:
    - {name: search, tags: {team: search}, tokens-per-minute: 40%}
    - {name: everyone, principal: "*", each: true, pooled: true, concurrency: 4}
`).Quotas
	n := func(n int64) *quota.Amount { return &quota.Amount{N: n} }
	want := quota.Policy{
		Enforce: true, Defaults: quota.EnforceThose,
		Overrides: []quota.Override{{
			Where:   quota.Where{Account: "000011112222", Model: "anthropic.*", Region: "us-east-1", Scope: catalog.Global},
			Amounts: quota.Amounts{Requests: n(100), Tokens: n(1_000_000), Concurrent: &quota.Amount{None: true}},
		}},
		Accounts: []quota.AccountLimit{{DayTokens: n(0)}},
		Shares: []quota.Share{
			{Name: "search", Tags: map[string]string{"team": "search"}, Amounts: quota.Amounts{Tokens: &quota.Amount{Parts: 4000}}},
			{Name: "everyone", Principal: "*", Each: true, Pooled: true, Amounts: quota.Amounts{Concurrent: n(4)}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
