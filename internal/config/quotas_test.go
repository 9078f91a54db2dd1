package config

import (
	"fmt"
	"os"
	"strings"
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

func TestAPartOfNothingIsAFault(t *testing.T) {
	const share = "quotas:\n  shares: [{name: a, principal: \"*\", %s}]\n"
	for name, c := range map[string]struct{ share, rest, want string }{
		"of what AWS publishes":           {"tokens-per-minute: 40%", "", ""},
		"of what is off":                  {"tokens-per-minute: 40%", "  defaults: off\n", "40% of what? No quota that the share covers has tokens-per-minute"},
		"of what an override says":        {"tokens-per-minute: 40%", "  defaults: off\n  overrides: [{account: \"4444*\", region: us-east-1, tokens-per-minute: 5}]\n", ""},
		"of what an override lifts":       {"tokens-per-minute: 40%", "  overrides: [{tokens-per-minute: none}]\n", "40% of what?"},
		"of what others have":             {"account: \"111122223333\", concurrency: 12.5%", "  overrides: [{account: \"444455556666\", concurrency: 5}]\n  defaults: off\n", "12.5% of what?"},
		"of what the account has":         {"account: \"444455556666\", concurrency: 12.5%", "  overrides: [{account: \"444455556666\", concurrency: 5}]\n  defaults: off\n", ""},
		"of what the model does not have": {"model: amazon.nova-lite-v1:0, tokens-per-day: 1%", "", "1% of what?"},
		"of whoever a class names":        {"account: \"[14]*\", tokens-per-day: 1%", "  defaults: off\n", ""},
		"a number is no part":             {"tokens-per-day: 100", "  defaults: off\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x.yaml", fmt.Appendf(nil, share+"%s", c.share, c.rest), environment)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What the documentation shows can be written.
func TestQuotasOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/quotas.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml\n")
	text, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("the page has no example")
	}
	if p := parse(t, text).Quotas; len(p.Overrides) != 2 || len(p.Accounts) != 1 || len(p.Shares) != 2 {
		t.Errorf("%+v", p)
	}
}
