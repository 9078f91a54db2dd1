package limiter

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
)

const (
	nova  = "amazon.nova-lite-v1:0"
	opus  = "anthropic.claude-opus-4-8" // an output token of which counts 15 times
	house = "acme.llama"                // of which the catalog knows no limits
	embed = "amazon.titan-embed-text-v2:0"
)

func facts(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(catalog.Overlay{Models: []catalog.OverlayModel{{ID: house, Regions: []arn.Region{"us-east-1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shop is a limiter and what its calls are made of.
type shop struct {
	*Limiter
	t     testing.TB
	facts *catalog.Catalog
}

func open(t testing.TB, p quota.Policy) *shop {
	c := facts(t)
	return &shop{New(quota.NewRules(c, p)), t, c}
}

func limits(a quota.Amounts) quota.Policy {
	return quota.Policy{Enforce: true, Defaults: quota.Off, Overrides: []quota.Override{{Amounts: a}}}
}

func amount(n int64) *quota.Amount { return &quota.Amount{N: n} }

func (s *shop) demand(model string, input, output int64) *gateway.Demand {
	m, ok := s.facts.Model(model)
	if !ok {
		s.t.Fatalf("no model %q", model)
	}
	return &gateway.Demand{
		Record: &gateway.Record{
			Operation: "Converse", Target: &profile.Target{Model: m, Source: "us-east-1"},
			Principal: identity.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ana"},
		},
		Input: input, MaxOutput: output,
	}
}

// come makes a call that has room.
func (s *shop) come(d *gateway.Demand) gateway.Reservation {
	s.t.Helper()
	r, err := s.Reserve(d)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// used is what counts of a measure, over all subjects.
func (s *shop) used(m quota.Measure) (sum int64) {
	for _, u := range s.Uses() {
		if u.Measure == m {
			sum += u.Used
		}
	}
	return sum
}

func served(u chat.Usage) *gateway.Record {
	return &gateway.Record{Usage: u, Attempts: 1, Region: "us-east-1"}
}

func TestWhatACallCountsFor(t *testing.T) {
	all := quota.Amounts{Requests: amount(100), Tokens: amount(1_000_000), DayTokens: amount(1_000_000), Concurrent: amount(9)}
	for name, c := range map[string]struct {
		model            string
		input, output    int64
		unset            bool
		reserved         int64
		end              *gateway.Record
		requests, tokens int64
	}{
		"input and the longest answer, then what was used":    {nova, 100, 400, false, 500, served(chat.Usage{Input: 90, Output: 30}), 1, 120},
		"an answer counts by the model's burndown":            {opus, 100, 400, false, 500, served(chat.Usage{Input: 90, Output: 30}), 1, 90 + 30*15},
		"burndown may pass the reservation":                   {opus, 100, 400, false, 500, served(chat.Usage{Input: 100, Output: 400}), 1, 100 + 400*15},
		"cache reads are free, cache writes are not":          {nova, 1000, 10, false, 1010, served(chat.Usage{Input: 10, CacheRead: 900, CacheWrite5m: 60, CacheWrite1h: 30}), 1, 100},
		"without a maximum it is the model's":                 {nova, 100, 5000, true, 5100, served(chat.Usage{Input: 100, Output: 1}), 1, 101},
		"of an unknown maximum, one that is assumed":          {house, 100, 0, true, 100 + quota.AssumedOutput, served(chat.Usage{Input: 100, Output: 1}), 1, 101},
		"an embedding has no answer to reserve":               {embed, 100, 0, true, 100, served(chat.Usage{Input: 80}), 1, 80},
		"a call that failed is a request":                     {nova, 100, 400, false, 500, &gateway.Record{Attempts: 2, Failure: fault.New(fault.ServiceUnavailable, "no")}, 1, 0},
		"a call that nobody was asked to serve is not":        {nova, 100, 400, false, 500, &gateway.Record{Failure: fault.New(fault.Throttling, "full")}, 0, 0},
		"a client that left before the answer pays its input": {nova, 100, 400, false, 500, &gateway.Record{Region: "us-east-1", Usage: chat.Usage{Input: 100}, Failure: fault.New(fault.ClientGone, "gone")}, 1, 100},
		"whatever a caller asks for, sums hold":               {nova, 100, 1 << 62, false, 0, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, limits(all))
			d := s.demand(c.model, c.input, c.output)
			d.Unbounded = c.unset
			r, err := s.Reserve(d)
			if c.end == nil {
				if !fault.Is(err, fault.Throttling) {
					t.Errorf("%v", err)
				}
				return
			}
			if got := s.used(quota.Tokens); err != nil || got != c.reserved || s.used(quota.Concurrent) != 1 {
				t.Errorf("%d tokens reserved, want %d (%v)", got, c.reserved, err)
			}
			r.Settle(c.end)
			got := [...]int64{s.used(quota.Requests), s.used(quota.Tokens), s.used(quota.DayTokens), s.used(quota.Concurrent)}
			if want := [...]int64{c.requests, c.tokens, c.tokens, 0}; got != want {
				t.Errorf("counts %v, want %v", got, want)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)))
		s := open(t, limits(quota.Amounts{Requests: amount(2), Tokens: amount(10_000), DayTokens: amount(50_000)}))
		d := s.demand(nova, 100, 5000)
		d.Unbounded = true
		first := s.come(d)
		check(t, "a stream, before it ends", first, `
			X-Outcrop-Reserved-Tokens: 5100
			X-Outcrop-Unset-Max-Tokens: 5000
			X-Ratelimit-Limit-Requests: 2
			X-Ratelimit-Limit-Tokens: 10000
			X-Ratelimit-Limit-Tokens-Day: 50000
			X-Ratelimit-Remaining-Requests: 1
			X-Ratelimit-Remaining-Tokens: 4900
			X-Ratelimit-Remaining-Tokens-Day: 44900
			X-Ratelimit-Reset-Requests: 1m0s
			X-Ratelimit-Reset-Tokens: 1m0s
			X-Ratelimit-Reset-Tokens-Day: 24h0m0s`)
		time.Sleep(10 * time.Second)
		first.Settle(served(chat.Usage{Input: 100, Output: 900}))
		d = s.demand(nova, 100, 900)
		d.Operation = "CreateMessage"
		second := s.come(d)
		time.Sleep(1500 * time.Microsecond)
		second.Settle(served(chat.Usage{Input: 100, Output: 1}))
		check(t, "Anthropic's form, after the end", second, `
			Anthropic-Ratelimit-Requests-Limit: 2
			Anthropic-Ratelimit-Requests-Remaining: 0
			Anthropic-Ratelimit-Requests-Reset: 2026-11-22T12:01:10Z
			Anthropic-Ratelimit-Tokens-Limit: 10000
			Anthropic-Ratelimit-Tokens-Remaining: 8899
			Anthropic-Ratelimit-Tokens-Reset: 2026-11-22T12:01:10Z
			X-Outcrop-Reserved-Tokens: 1000
			X-Ratelimit-Limit-Requests: 2
			X-Ratelimit-Limit-Tokens: 10000
			X-Ratelimit-Limit-Tokens-Day: 50000
			X-Ratelimit-Remaining-Requests: 0
			X-Ratelimit-Remaining-Tokens: 8899
			X-Ratelimit-Remaining-Tokens-Day: 48899
			X-Ratelimit-Reset-Requests: 59.999s
			X-Ratelimit-Reset-Tokens: 59.999s
			X-Ratelimit-Reset-Tokens-Day: 23h59m59.999s`)
		third, err := s.Reserve(s.demand(nova, 1, 1))
		if f := fault.Public(err); f.Message != "Too many requests, please wait before trying again." || f.RetryAfter != 50*time.Second-1500*time.Microsecond {
			t.Errorf("refused with %q, to come back after %s", f.Message, f.RetryAfter)
		}
		third.Settle(&gateway.Record{Failure: fault.Public(err)})
		check(t, "a refusal", third, `
			Retry-After: 50
			X-Outcrop-Quota: requests-per-minute; limit=2; used=2; asked=1; fits in 49.999s; account 111122223333 for amazon.nova-lite-v1:0 from us-east-1 (in-region)
			X-Outcrop-Reserved-Tokens: 2
			X-Ratelimit-Limit-Requests: 2
			X-Ratelimit-Limit-Tokens: 10000
			X-Ratelimit-Limit-Tokens-Day: 50000
			X-Ratelimit-Remaining-Requests: 0
			X-Ratelimit-Remaining-Tokens: 8899
			X-Ratelimit-Remaining-Tokens-Day: 48899
			X-Ratelimit-Reset-Requests: 59.999s
			X-Ratelimit-Reset-Tokens: 59.999s
			X-Ratelimit-Reset-Tokens-Day: 23h59m59.999s`)
	})
}

// check compares the headers of a reservation.
func check(t *testing.T, name string, r gateway.Reservation, want string) {
	t.Helper()
	h := http.Header{}
	r.Describe(h)
	got := []string{}
	for _, key := range slices.Sorted(maps.Keys(h)) {
		if key != http.CanonicalHeaderKey(key) || len(h[key]) != 1 {
			t.Errorf("header %q has the values %q", key, h[key])
		}
		got = append(got, key+": "+h.Get(key))
	}
	lines := strings.Fields(strings.ReplaceAll(strings.TrimSpace(want), " ", "\x00"))
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "\x00", " ")
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestADaysQuotaNamesNoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, limits(quota.Amounts{DayTokens: amount(10)}))
		s.come(s.demand(nova, 5, 5))
		r, err := s.Reserve(s.demand(nova, 5, 5))
		f := fault.Public(err)
		if f.Message != "Too many tokens per day, please wait before trying again." || f.RetryAfter != 0 {
			t.Errorf("%q after %s", f.Message, f.RetryAfter)
		}
		h := http.Header{}
		if r.Describe(h); h.Get("Retry-After") != "" || !strings.Contains(h.Get("X-Outcrop-Quota"), "fits in 24h0m0s") {
			t.Errorf("%v", h)
		}
	})
}

func TestWatchedLimitsTellNothing(t *testing.T) {
	s := open(t, quota.Policy{Enforce: true, Defaults: quota.Watch})
	check(t, "watched", s.come(s.demand(nova, 5, 5)), "X-Outcrop-Reserved-Tokens: 10")
	s = open(t, quota.Policy{Enforce: true, Defaults: quota.Off})
	check(t, "no limit at all", s.come(s.demand(nova, 5, 5)), "")
}

// Sessions of a role share what the role has, whatever they are called.
func TestSessionsCountAsWhoIssuedThem(t *testing.T) {
	s := open(t, quota.Policy{Enforce: true, Shares: []quota.Share{{Name: "each", Principal: "*", Each: true, Amounts: quota.Amounts{Requests: amount(1)}}}})
	session := func(name, issuer string) *gateway.Demand {
		d := s.demand(nova, 1, 1)
		d.Principal.ARN, d.Principal.Session = "arn:aws:sts::111122223333:assumed-role/r/"+name, &identity.Session{Issuer: issuer}
		return d
	}
	s.come(session("one", "arn:aws:iam::111122223333:role/r"))
	if _, err := s.Reserve(session("two", "arn:aws:iam::111122223333:role/r")); !fault.Is(err, fault.Throttling) {
		t.Errorf("another name, another quota: %v", err)
	}
	s.come(session("one", "arn:aws:iam::111122223333:role/other"))
	s.come(s.demand(nova, 1, 1))
}

func TestTagsOfAnyScriptFitAHeader(t *testing.T) {
	s := open(t, quota.Policy{Enforce: true, Shares: []quota.Share{
		{Name: "each", Tags: map[string]string{"team": "*", "unit": "*"}, Each: true, Amounts: quota.Amounts{Requests: amount(1)}},
	}})
	tagged := func(team, unit string) *gateway.Demand {
		d := s.demand(nova, 1, 1)
		d.Target.Application = &profile.Application{ID: "aaaaaaaaaaaa", Tags: map[string]string{"team": team, "unit": unit}}
		return d
	}
	s.come(tagged("größe\r\nx: y", "b"))
	r, err := s.Reserve(tagged("größe\r\nx: y", "b"))
	h := http.Header{}
	if r.Describe(h); err == nil || !strings.Contains(h.Get("X-Outcrop-Quota"), `share each (team="gr??e\r\nx: y" unit=b)`) {
		t.Errorf("%q", h.Get("X-Outcrop-Quota"))
	}
	// What one tag says cannot be taken for another.
	s.come(tagged("a unit=b", "c"))
	s.come(tagged("a", "b unit=c"))
}

func TestRulesChangeUnderCalls(t *testing.T) {
	s := open(t, limits(quota.Amounts{Tokens: amount(1000)}))
	r := s.come(s.demand(nova, 500, 400))
	if _, err := s.Reserve(s.demand(nova, 500, 400)); err == nil {
		t.Fatal("no limit")
	}
	s.SetRules(quota.NewRules(s.facts, limits(quota.Amounts{Tokens: amount(2000)})))
	s.come(s.demand(nova, 500, 400))
	r.Settle(served(chat.Usage{Input: 10}))
	if got := s.used(quota.Tokens); got != 910 {
		t.Errorf("%d tokens are used, want 910", got)
	}
	s.SetRules(quota.NewRules(s.facts, quota.Policy{Defaults: quota.Off}))
	if got := s.Uses(); len(got) != 0 {
		t.Errorf("without limits: %v", got)
	}
}

func TestMetrics(t *testing.T) {
	s := open(t, quota.Policy{
		Enforce: true, Defaults: quota.Watch,
		Overrides: []quota.Override{{Amounts: quota.Amounts{Requests: amount(2)}}},
		Shares:    []quota.Share{{Name: "fair", Principal: "*", Each: true, Amounts: quota.Amounts{Tokens: &quota.Amount{Parts: 1}}}},
	})
	d := s.demand(nova, 100, 100) // a ten thousandth of nova's four million is 400
	d.Unbounded = true
	s.come(d).Settle(served(chat.Usage{Input: 60}))
	s.come(s.demand(nova, 10, 0))
	if _, err := s.Reserve(s.demand(nova, 10, 100)); err == nil {
		t.Error("there was room")
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				if l.GetValue() != "" {
					labels = append(labels, l.GetValue())
				}
			}
			got[strings.TrimSpace(f.GetName()+" "+strings.Join(labels, " "))] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	want := map[string]float64{
		"outcrop_quota_refusals_total amazon.nova-lite-v1:0 requests-per-minute in-region us-east-1 false": 1,
		"outcrop_quota_reserved_tokens_total":  210,
		"outcrop_quota_returned_tokens_total":  140,
		"outcrop_quota_unset_max_tokens_total": 1,
		"outcrop_quota_used_ratio amazon.nova-lite-v1:0 requests-per-minute in-region us-east-1 false":    1,
		"outcrop_quota_used_ratio amazon.nova-lite-v1:0 tokens-per-minute in-region us-east-1 true":       70. / 4_000_000,
		"outcrop_quota_used_ratio amazon.nova-lite-v1:0 tokens-per-minute in-region fair us-east-1 false": 70. / 400,
		"outcrop_quota_used_ratio tokens-per-day true":                                                    70. / 700_000_000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
