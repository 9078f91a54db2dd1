package route

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestRulesExpandOverTheCatalog(t *testing.T) {
	offers := []Offer{
		{"anthropic.claude", []arn.Region{"us-east-1", "us-west-2"}},
		{"meta.llama", []arn.Region{"us-east-1"}},
	}
	for name, c := range map[string]struct {
		rules []Rule
		want  []string
	}{
		"a glob covers every model it matches, where each is offered": {
			[]Rule{{Model: "*", Provider: "sim"}},
			[]string{
				"anthropic.claude us-east-1 sim anthropic.claude", "anthropic.claude us-west-2 sim anthropic.claude",
				"meta.llama us-east-1 sim meta.llama",
			},
		},
		"named regions count even where the catalog does not offer the model": {
			[]Rule{{Model: "meta.*", Regions: []arn.Region{"site-a"}, Provider: "vllm", Upstream: "llama"}},
			[]string{"meta.llama site-a vllm llama"},
		},
		"no model, no deployment": {[]Rule{{Model: "cohere.*", Provider: "sim"}}, nil},
		"a malformed glob covers nothing": {
			[]Rule{{Model: "meta.[", Provider: "sim"}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, d := range NewTable(c.rules, offers).All() {
				if d.Index != i {
					t.Errorf("deployment %d has the index %d", i, d.Index)
				}
				got = append(got, fmt.Sprintf("%s %s %s %s", d.Model, d.Region, d.Provider, d.Upstream))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOrderKeepsDestinationsThenRules(t *testing.T) {
	table := NewTable([]Rule{
		{Model: "m", Regions: []arn.Region{"b", "a"}, Provider: "first"},
		{Model: "m", Regions: []arn.Region{"a"}, Provider: "second"},
	}, []Offer{{Model: "m"}})
	var got []string
	for region, d := range table.Order("m", []arn.Region{"a", "nowhere", "b"}) {
		if d == nil {
			got = append(got, string(region)+" -")
			continue
		}
		got = append(got, string(region)+" "+d.Provider)
	}
	if diff := cmp.Diff([]string{"a first", "a second", "nowhere -", "b first"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOrderMayBeLeftAnywhere(t *testing.T) {
	table := NewTable([]Rule{{Model: "m", Regions: []arn.Region{"a", "b"}, Provider: "p"}}, []Offer{{Model: "m"}})
	for stop := range 4 {
		seen := 0
		for range table.Order("m", []arn.Region{"x", "a", "b", "y"}) {
			if seen == stop {
				break
			}
			seen++
		}
		if seen != stop {
			t.Errorf("stopped after %d, wanted %d", seen, stop)
		}
	}
}

// A trail is written as the words its String gives; the refusal follows from it.
func TestTrails(t *testing.T) {
	throttled := func(wait time.Duration, text string) *fault.Error {
		e := fault.New(fault.Throttling, "%s", text)
		e.RetryAfter = wait
		return e
	}
	tokens := "Too many tokens, please wait before trying again."
	down := fault.New(fault.ServiceUnavailable, "Bedrock is unable to process your request.")
	for _, c := range []struct {
		name     string
		steps    []Step
		trail    string
		attempts int
		refusal  string
	}{
		{"nothing anywhere", []Step{{Region: "a", Room: Absent}}, "a=no-deployment", 0, "access_denied 0s " + noAccess},
		{"full at our own bound", []Step{{Region: "a", Room: Full}}, "a=saturated", 0, "throttled 1s " + tooManyRequests},
		{
			"the shortest wait counts",
			[]Step{{Region: "a", Outcome: Failed, Err: throttled(9*time.Second, tokens)}, {Region: "b", Outcome: Failed, Err: throttled(4*time.Second, tokens)}},
			"a=throttled b=throttled", 2, "throttled 4s " + tokens,
		},
		{
			"our own bound is sooner than theirs",
			[]Step{{Region: "a", Outcome: Failed, Err: throttled(9*time.Second, tokens)}, {Region: "b", Room: Full}},
			"a=throttled b=saturated", 1, "throttled 1s " + tokens,
		},
		{
			"a full place speaks louder than a broken one",
			[]Step{{Region: "a", Room: Full}, {Region: "b", Outcome: Failed, Err: down}},
			"a=saturated b=failed", 1, "throttled 1s " + tooManyRequests,
		},
		{"the last failure is told", []Step{{Region: "a", Outcome: Failed, Err: down}, {Region: "b", Room: Absent}}, "a=failed b=no-deployment", 1, "unavailable 0s " + down.Message},
		{"served at last", []Step{{Region: "a", Room: Full}, {Region: "b", Outcome: Served}}, "a=saturated b=served", 1, "throttled 1s " + tooManyRequests},
		{
			"a pause that ends soon is what the caller waits for",
			[]Step{{Region: "a", Room: Cooling, Wait: 9 * time.Second}, {Region: "b", Room: Full, Wait: 2 * time.Second}},
			"a=cooling-down b=saturated", 0, "throttled 2s " + tooManyRequests,
		},
		{
			"places that are left alone are unavailable, until the first of them is tried again",
			[]Step{{Region: "a", Room: Broken, Wait: 9 * time.Second}, {Region: "b", Room: Broken, Wait: 4 * time.Second}, {Region: "c", Room: Denied}},
			"a=out-of-order b=out-of-order c=denied", 0, "unavailable 4s " + unavailable,
		},
		{"drained", []Step{{Region: "a", Room: Drained}}, "a=drained", 0, "unavailable 0s " + unavailable},
		{"denied", []Step{{Region: "a", Room: Denied}, {Region: "b", Room: Absent}}, "a=denied b=no-deployment", 0, "access_denied 0s " + denied},
		{
			"a call that waited says so",
			[]Step{{Region: "a", Room: Full}, {Outcome: Queued, Wait: 1234567 * time.Microsecond}, {Region: "a", Outcome: Served}},
			"a=saturated queue=1.235s a=served", 1, "throttled 1s " + tooManyRequests,
		},
		{
			"a source passed over",
			[]Step{{Region: "a", Strained: true}, {Region: "b"}, {Region: "c", Room: Crowded}, {Region: "d", Outcome: Served}},
			"a=strained b=recovering c=crowded d=served", 1, "access_denied 0s " + noAccess,
		},
		{
			"more steps than a trail has room for",
			[]Step{{Region: "a", Room: Absent}, {Region: "b", Room: Absent}, {Region: "c", Room: Absent}, {Region: "d", Room: Absent}, {Region: "e", Outcome: Served}},
			"a=no-deployment b=no-deployment c=no-deployment d=no-deployment e=served", 1, "access_denied 0s " + noAccess,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trail Trail
			for _, s := range c.steps {
				trail.Add(s)
			}
			if got := trail.String(); got != c.trail {
				t.Errorf("trail %q, want %q", got, c.trail)
			}
			if got := trail.Attempts(); got != c.attempts {
				t.Errorf("%d attempts, want %d", got, c.attempts)
			}
			r := trail.Refusal()
			if got := strings.Join([]string{r.Code.String(), r.RetryAfter.String(), r.Message}, " "); got != c.refusal {
				t.Errorf("refusal %q, want %q", got, c.refusal)
			}
		})
	}
}

func TestARefusalDoesNotChangeWhatItWasMadeFrom(t *testing.T) {
	said := fault.New(fault.Throttling, "slow down")
	said.RetryAfter = time.Minute
	var trail Trail
	trail.Add(Step{Region: "a", Outcome: Failed, Err: said})
	trail.Add(Step{Region: "b", Room: Full})
	if trail.Refusal(); said.RetryAfter != time.Minute {
		t.Errorf("the upstream's own fault now waits %s", said.RetryAfter)
	}
}

func TestOnlyThePlacesFaultsMoveOn(t *testing.T) {
	for code := fault.Internal; code <= fault.ExpiredToken; code++ {
		got := MovesOn(fault.New(code, "x"))
		want := false
		switch code {
		case fault.Internal, fault.Throttling, fault.ServiceUnavailable, fault.ModelNotReady,
			fault.ModelTimeout, fault.ModelError, fault.ModelStreamError:
			want = true
		}
		if got != want {
			t.Errorf("%s moves on: %t, want %t", code, got, want)
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	var offers []Offer
	for i := range 200 {
		offers = append(offers, Offer{fmt.Sprintf("model-%d", i), []arn.Region{"a", "b", "c"}})
	}
	table := NewTable([]Rule{{Model: "*", Provider: "sim"}}, offers)
	destinations := []arn.Region{"a", "b", "c"}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range table.Order("model-77", destinations) {
			if d != nil {
				break
			}
		}
	}
}
