package meter

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/money"
)

const (
	sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0"
	nova   = "amazon.nova-lite-v1:0"
	house  = "acme.llama"
)

var noon = time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)

// facts is the catalog with a model of the operator's own, which has no price.
func facts(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(catalog.Overlay{Models: []catalog.OverlayModel{{ID: house, Name: "Llama at Acme", Regions: []arn.Region{"us-east-1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func bookOf(t testing.TB, o catalog.PriceOptions) *catalog.Book {
	t.Helper()
	b, err := catalog.NewBook(facts(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func usd(t testing.TB, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPrice(t *testing.T) {
	book := bookOf(t, catalog.PriceOptions{})
	counts := Counts{catalog.Input: 1000, catalog.Output: 100, catalog.CacheRead: 2000, catalog.CacheWrite5m: 400, catalog.CacheWrite1h: 300}
	tests := []struct {
		name string
		u    Usage
		want string
	}{
		{"in region, with the premium", Usage{Model: sonnet, Source: "eu-west-1", Counts: counts}, "0.00924"},
		{"global", Usage{Model: sonnet, System: "global." + sonnet, Source: "eu-west-1", Counts: counts}, "0.0084"},
		{"a prompt above 200,000", Usage{Model: sonnet, System: "global." + sonnet, Counts: Counts{150_000, 10, 50_001}}, "0.9302256"},
		{"a prompt of 200,000", Usage{Model: sonnet, System: "global." + sonnet, Counts: Counts{150_000, 10, 50_000}}, "0.46515"},
		{"batch", Usage{Model: sonnet, Tier: catalog.Batch, Counts: Counts{1_000_000}}, "1.65"},
		{"nothing used", Usage{Model: sonnet}, "0"},
		{"a failed call", Usage{Model: sonnet, Counts: counts, Outcome: Failed}, "0"},
		{"a refused call", Usage{Model: sonnet, Counts: counts, Outcome: Refused}, "0"},
		{"a client that left", Usage{Model: sonnet, Counts: Counts{1000}, Outcome: Left}, "0.0033"},
		{"a stopped server", Usage{Model: sonnet, Counts: Counts{1000}, Outcome: Interrupted}, "0.0033"},
		{"counts below zero", Usage{Model: sonnet, Counts: Counts{-5, -1, 7}}, "0.00000231"},
		{"images", Usage{Model: "amazon.nova-canvas-v1:0", Counts: Counts{catalog.Images: 3}}, "0.18"},
		{"a reranker's queries", Usage{Model: "cohere.rerank-v3-5:0", Counts: Counts{catalog.SearchQueries: 3}}, "0.006"},
		{"an embedding", Usage{Model: "amazon.titan-embed-text-v2:0", Source: "us-east-1", Counts: Counts{1}}, "0.00000002"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Price(book, &tt.u, noon)
			if got.Total != usd(t, tt.want) {
				t.Errorf("got %s USD, want %s", got.Total, tt.want)
			}
			var sum money.Amount
			for _, c := range got.Costs {
				sum = sum.Add(c)
			}
			if sum != got.Total || got.Unpriced || got.Assumed || got.Approximate || got.Version == "" {
				t.Errorf("got %+v, whose classes add up to %s", got, sum)
			}
		})
	}
}

func TestUnknownPrice(t *testing.T) {
	u := Usage{Model: house, Source: "us-east-1", Counts: Counts{1_000_000, 1_000_000}}
	var assumed catalog.Rates
	assumed[catalog.Input] = catalog.Rate{Pico: 2_000_000, Known: true}

	t.Run("flag", func(t *testing.T) {
		book := bookOf(t, catalog.PriceOptions{})
		if got := Price(book, &u, noon); !got.Unpriced || !got.Total.IsZero() {
			t.Errorf("got %+v, want 0 and the mark", got)
		}
		if err := Refuse(book, u.PriceKey(noon)); err != nil {
			t.Errorf("got error %v", err)
		}
	})
	t.Run("assume", func(t *testing.T) {
		book := bookOf(t, catalog.PriceOptions{Unknown: catalog.AssumeUnknown, Assume: assumed})
		if got := Price(book, &u, noon); !got.Assumed || !got.Unpriced || got.Total != usd(t, "2") {
			t.Errorf("got %+v, want 2 for the input, and the mark for the output", got)
		}
		known := Usage{Model: nova, Source: "us-east-1", Counts: u.Counts}
		if got := Price(book, &known, noon); got.Assumed || got.Total != usd(t, "0.3") {
			t.Errorf("got %+v for a model with a price", got)
		}
	})
	t.Run("deny", func(t *testing.T) {
		book := bookOf(t, catalog.PriceOptions{Unknown: catalog.DenyUnknown})
		if err := Refuse(book, u.PriceKey(noon)); !fault.Is(err, fault.AccessDenied) {
			t.Errorf("got error %v", err)
		}
		if err := Refuse(book, catalog.PriceKey{Model: nova, At: noon}); err != nil {
			t.Errorf("a model with a price is refused: %v", err)
		}
	})
	t.Run("a tier without a price", func(t *testing.T) {
		got := Price(bookOf(t, catalog.PriceOptions{}), &Usage{Model: nova, Source: "us-east-1", Tier: catalog.Ultrafast, Counts: u.Counts}, noon)
		if !got.Approximate || got.Total != usd(t, "0.3") {
			t.Errorf("got %+v, want the standard price and the mark", got)
		}
	})
}

func TestCounts(t *testing.T) {
	got := CountsOf(chat.Usage{Input: 1, Output: 2, CacheRead: 4, CacheWrite5m: 8, CacheWrite1h: 16, SearchUnits: 32})
	if diff := cmp.Diff(Counts{1, 2, 4, 8, 16, catalog.SearchQueries: 32}, got); diff != "" || got.Prompt() != 29 {
		t.Errorf("got a prompt of %d and (-want +got):\n%s", got.Prompt(), diff)
	}
	if _, sane := got.Sane(); !sane {
		t.Error("good counts are called insane")
	}
	got, sane := Counts{-1, 1 << 62, MaxCount}.Sane()
	if want := (Counts{0, MaxCount, MaxCount}); sane || got != want {
		t.Errorf("got %v and %v, want %v and false", got, sane, want)
	}
}

func TestHours(t *testing.T) {
	for _, tt := range []struct{ at, want time.Time }{
		{noon, noon.Truncate(time.Hour)},
		{noon.Truncate(time.Hour), noon.Truncate(time.Hour)},
		{time.Unix(-1, 0), time.Unix(-3600, 0)},
		{time.Unix(-3600, 0), time.Unix(-3600, 0)},
	} {
		if got := HourOf(tt.at).Time(); !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("%s is in the hour of %s, want %s", tt.at, got, tt.want)
		}
	}
}

func TestTags(t *testing.T) {
	u := Usage{
		Application:   Application{Tags: map[string]string{"team": "alpha"}},
		PrincipalTags: map[string]string{"team": "beta"},
		Metadata:      map[string]string{"team": "gamma"},
	}
	want := map[string]string{"team": "alpha", "iamPrincipal/team": "beta", "requestMetadata/team": "gamma"}
	if diff := cmp.Diff(want, u.Tags()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (&Usage{}).Tags(); len(got) != 0 || TagSetOf(got) != "" {
		t.Errorf("no tags are %v with the id %q", got, TagSetOf(got))
	}
	if a, b := TagSetOf(map[string]string{"ab": "c"}), TagSetOf(map[string]string{"a": "bc"}); a == b {
		t.Errorf("different tags have the same id, %s", a)
	}
	if a, b := TagSetOf(want), TagSetOf(maps.Clone(want)); a != b || len(a) != 32 {
		t.Errorf("the same tags have the ids %s and %s", a, b)
	}
}

func TestTagSetIsThatOfTheTags(t *testing.T) {
	keys := rapid.SampledFrom([]string{"team", "a", "", "iamPrincipal/team", "iamPrincipal/", "requestMetadata/a", "iam", "z"})
	tags := rapid.MapOfN(keys, rapid.SampledFrom([]string{"", "x", "y"}), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		u := Usage{Application: Application{Tags: tags.Draw(t, "profile")}, PrincipalTags: tags.Draw(t, "principal"), Metadata: tags.Draw(t, "metadata")}
		if got, want := u.TagSet(), TagSetOf(u.Tags()); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		for k := range u.Tags() {
			of, isPrincipals := strings.CutPrefix(k, PrincipalPrefix)
			if _, has := u.PrincipalTags[of]; isPrincipals && !has {
				t.Fatalf("the profile's tag %s speaks for the principal", k)
			}
		}
	})
}

func TestRecordsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawRecord(t)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Record
		if err := json.Unmarshal(text, &got, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b money.Amount) bool { return a == b })); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, text)
		}
	})
}

// drawRecord is a call of one of a few models, profiles, tags and hours.
func drawRecord(t *rapid.T) Record {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	count := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 300_000), rapid.Int64())
	r := Record{Usage: Usage{
		RequestID: pick("id", "a", "b"), At: noon.Add(time.Duration(rapid.Int64Range(0, 5).Draw(t, "hour")) * time.Hour),
		Account: arn.Account(pick("account", "111122223333", "444455556666")), Principal: pick("principal", "", "arn:aws:iam::111122223333:user/ann"),
		Model: pick("model", sonnet, nova, house, "gone.model"), Source: arn.Region(pick("source", "us-east-1", "eu-west-1", "site-a")),
		Tier: catalog.Tier(rapid.IntRange(0, 4).Draw(t, "tier")), Operation: pick("operation", "Converse", "ConverseStream"),
		Scope: catalog.InRegion, Outcome: Outcome(rapid.IntRange(0, outcomes-1).Draw(t, "outcome")),
		Latency: Elapsed(rapid.Int64Range(0, 1e12).Draw(t, "latency")), Estimated: rapid.Bool().Draw(t, "estimated"),
	}}
	if rapid.Bool().Draw(t, "global") {
		r.System, r.Scope = "global."+r.Model, catalog.Global
	}
	if rapid.Bool().Draw(t, "application") {
		r.Application = Application{ARN: "arn:a", ID: "a", Name: "n", Tags: map[string]string{"team": pick("team", "x", "y")}}
	}
	for c := range r.Counts {
		r.Counts[c] = count.Draw(t, catalog.Class(c).String())
	}
	return r
}

// sum is what records cost and how many of them bring anything.
func sum(records []Record) (total money.Amount, calls int64) {
	for i := range records {
		total = total.Add(records[i].Total)
		if counts, _ := records[i].Counts.Sane(); records[i].Outcome.Billable() && counts != (Counts{}) {
			calls++
		}
	}
	return total, calls
}

func TestRollupsAreTheSumOfRecordsThroughRepricing(t *testing.T) {
	names := NewNames(facts(t))
	off, price := catalog.Percent(123_457), catalog.MillionPrice(777_777)
	books := []*catalog.Book{
		bookOf(t, catalog.PriceOptions{}),
		bookOf(t, catalog.PriceOptions{Overrides: []catalog.PriceOverride{{Model: "*", Discount: &off}}}),
		bookOf(t, catalog.PriceOptions{Overrides: []catalog.PriceOverride{
			{Model: house, PriceList: catalog.PriceList{Input: &price}},
			{Model: "amazon.*", From: catalog.Day{Time: noon.Add(2 * time.Hour)}, Discount: &off},
		}}),
	}
	rapid.Check(t, func(t *rapid.T) {
		book := rapid.SampledFrom(books)
		var records []Record
		rollup := Rollup{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(records) > 0 && rapid.Bool().Draw(t, "reprice") {
				r := &records[rapid.IntRange(0, len(records)-1).Draw(t, "which")]
				now, changed := Reprice(book.Draw(t, "book"), r)
				if changed {
					rollup.Add(names.Adjust(r, now))
					r.Charge = now
				}
				continue
			}
			r := drawRecord(t)
			r.Charge = Price(book.Draw(t, "book"), &r.Usage, r.At)
			rollup.Add(names.Lines(&r))
			records = append(records, r)
		}
		total, calls := sum(records)
		if got := rollup.Total(); got.Cost != total || got.Calls != calls {
			t.Fatalf("rollups have %s in %d calls, records %s in %d", got.Cost, got.Calls, total, calls)
		}
		fresh := Rollup{}
		for i := range records {
			fresh.Add(names.Lines(&records[i]))
		}
		if diff := cmp.Diff(fresh, rollup, cmp.Comparer(func(a, b money.Amount) bool { return a == b })); diff != "" {
			t.Fatalf("rollups kept up to date differ from those made at the end (-made +kept):\n%s", diff)
		}
	})
}

func TestMergingIsAssociativeAndCommutative(t *testing.T) {
	names, book := NewNames(facts(t)), bookOf(t, catalog.PriceOptions{})
	rapid.Check(t, func(t *rapid.T) {
		var parts [3]Rollup
		for i := range parts {
			parts[i] = Rollup{}
			for range rapid.IntRange(0, 8).Draw(t, "records") {
				r := drawRecord(t)
				r.Charge = Price(book, &r.Usage, r.At)
				parts[i].Add(names.Lines(&r))
			}
		}
		merge := func(list ...Rollup) Rollup {
			out := Rollup{}
			for _, u := range list {
				out.Merge(u)
			}
			return out
		}
		a, b, c := parts[0], parts[1], parts[2]
		want := merge(a, b, c)
		for _, got := range []Rollup{merge(c, a, b), merge(merge(a, b), c), merge(a, merge(b, c)), merge(want, Rollup{})} {
			if !maps.EqualFunc(want, got, func(a, b *Sums) bool { return *a == *b }) {
				t.Fatalf("another order gives %v, want %v", got, want)
			}
		}
	})
}

func TestLines(t *testing.T) {
	names, book := NewNames(facts(t)), bookOf(t, catalog.PriceOptions{})
	r := Record{Usage: Usage{
		At: noon, Account: "111122223333", Principal: "arn:p", Model: sonnet, System: "global." + sonnet, Source: "us-east-1",
		Scope: catalog.Global, Operation: "ConverseStream", Counts: Counts{catalog.Input: 1000, catalog.CacheRead: 10},
		Application: Application{ARN: "arn:app", Tags: map[string]string{"team": "alpha"}},
	}}
	r.Charge = Price(book, &r.Usage, r.At)
	want := Dimensions{
		Account: "111122223333", Region: "us-east-1", Service: "Claude Sonnet 4.5 (Amazon Bedrock Edition)",
		UsageType: "USE1-MP:USE1_InputTokenCount_Global-Units", Operation: "InvokeModelStreamingInference", RecordType: "Usage",
		Unit: Unit{"Units", 1_000_000}, Model: sonnet, System: "global." + sonnet, Application: "arn:app", Principal: "arn:p",
		Tags: TagSetOf(map[string]string{"team": "alpha"}),
	}
	lines := slices.Collect(names.Lines(&r))
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want one for each class: %v", len(lines), lines)
	}
	if diff := cmp.Diff(want, lines[0].Dimensions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l := lines[0]; l.Hour.Time() != noon.Truncate(time.Hour) || l.Count != 1000 || l.Calls != 1 || l.Cost != usd(t, "0.003") {
		t.Errorf("got %+v", l)
	}
	if l := lines[1]; l.Calls != 0 || l.Count != 10 || l.UsageType != "USE1-MP:USE1_CacheReadInputTokenCount_Global-Units" {
		t.Errorf("got %+v", l)
	}
	r.Outcome = Failed
	if lines := slices.Collect(names.Lines(&r)); lines != nil {
		t.Errorf("a failed call has lines: %v", lines)
	}
}
