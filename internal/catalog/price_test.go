package catalog

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

const (
	priceSonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0"
	priceNova   = "amazon.nova-lite-v1:0"
)

var priceDay = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func priceFacts(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load(Overlay{
		Models:   []OverlayModel{{ID: "acme.one", Regions: []arn.Region{"us-east-1"}}},
		Profiles: []OverlayProfile{{ID: "house." + priceSonnet, Model: priceSonnet, Regions: []arn.Region{"us-east-1", "us-west-2"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newBook(t testing.TB, overrides ...PriceOverride) *Book {
	t.Helper()
	b, err := NewBook(priceFacts(t), PriceOptions{Overrides: overrides})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func perMillion(dollars int64) *MillionPrice {
	p := MillionPrice(dollars * 1_000_000)
	return &p
}

func percent(n int64) *Percent {
	p := Percent(n * 10_000)
	return &p
}

// inDollars is the price of a class per million, or "-".
func inDollars(q Quote, c Class) string {
	if !q.Rates[c].Known {
		return "-"
	}
	return money.Rate(q.Rates[c].Pico).For(money.PerMillion)
}

func TestFind(t *testing.T) {
	book := newBook(t)
	tests := []struct {
		name string
		key  PriceKey
		want string // input, output, cache read, write 5m, write 1h
	}{
		{"a global profile has the base price", PriceKey{Model: priceSonnet, Profile: "global." + priceSonnet, Source: "eu-west-1"}, "3 15 0.3 3.75 6"},
		{"a geographic one costs 10 % more", PriceKey{Model: priceSonnet, Profile: "eu." + priceSonnet, Source: "eu-west-1"}, "3.3 16.5 0.33 4.125 6.6"},
		{"and so does the region alone", PriceKey{Model: priceSonnet, Source: "eu-west-1"}, "3.3 16.5 0.33 4.125 6.6"},
		{"a region with a row of its own", PriceKey{Model: priceSonnet, Source: "us-gov-west-1"}, "3.6 18 0.36 4.5 7.2"},
		{"a profile without a row", PriceKey{Model: priceSonnet, Profile: "house." + priceSonnet, Source: "us-gov-west-1"}, "3.6 18 0.36 4.5 7.2"},
		{"a long prompt", PriceKey{Model: priceSonnet, Source: "eu-west-1", Prompt: 200_001}, "6.6 24.75 0.66 8.25 13.2"},
		{"a prompt as long as the usual price allows", PriceKey{Model: priceSonnet, Source: "eu-west-1", Prompt: 200_000}, "3.3 16.5 0.33 4.125 6.6"},
		{"a batch, cached tokens at the same share", PriceKey{Model: priceSonnet, Source: "eu-west-1", Tier: Batch}, "1.65 8.25 0.165 2.0625 3.3"},
		{"an older model through a profile: the source region's price", PriceKey{Model: priceNova, Profile: "apac." + priceNova, Source: "ap-northeast-2"}, "0.071 0.284 0.01775 0.071 0.071"},
		{"caches of thirty minutes", PriceKey{Model: "openai.gpt-5.6-sol", Source: "us-east-1"}, "5.5 33 0.55 6.875 11"},
		{"a long prompt of the thirty-minute kind", PriceKey{Model: "openai.gpt-5.6-sol", Source: "us-east-1", Prompt: 272_001}, "11 49.5 1.1 13.75 22"},
		{"writes that cost no more than input", PriceKey{Model: priceNova, Source: "us-east-1"}, "0.06 0.24 0.015 0.06 0.06"},
		{"an hour where only five minutes are listed", PriceKey{Model: "anthropic.claude-3-haiku-20240307-v1:0", Source: "us-east-1"}, "0.25 1.25 0.025 0.3125 0.5"},
		{"no cache prices: as input", PriceKey{Model: "meta.llama3-3-70b-instruct-v1:0", Source: "us-east-1"}, "0.72 0.72 0.72 0.72 0.72"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.key.At = priceDay
			q := book.Find(tt.key)
			var got []string
			for c := Input; c <= CacheWrite1h; c++ {
				got = append(got, inDollars(q, c))
			}
			if text := strings.Join(got, " "); !q.Known || q.Approximate || q.Row == nil || text != tt.want {
				t.Errorf("got %s, want %s (known %v, approximate %v)", text, tt.want, q.Known, q.Approximate)
			}
		})
	}
	if q := book.Find(PriceKey{Model: priceNova + ":300k", Source: "us-east-1"}); inDollars(q, Input) != "0.06" {
		t.Errorf("a provisioned form costs %s", inDollars(q, Input))
	}
	if q := book.Find(PriceKey{Model: "acme.one", At: priceDay}); q.Known || *q.Rates != (Rates{}) || q.Version == "" {
		t.Errorf("a model without a price has %+v", q)
	}
	if q := book.Find(PriceKey{Model: priceNova, Tier: Ultrafast, Source: "us-east-1"}); !q.Approximate || inDollars(q, Input) != "0.06" {
		t.Errorf("a tier without a price has %s, approximate %v", inDollars(q, Input), q.Approximate)
	}
	if q := book.Find(PriceKey{Model: priceNova, Tier: 99, Source: "us-east-1"}); !q.Approximate {
		t.Errorf("a tier that is none has %+v", q)
	}
}

// Every row that ships is what Find says for a call of its kind: nothing is lost between the list and the book.
func TestEveryRowIsFound(t *testing.T) {
	facts, book := priceFacts(t), newBook(t)
	n := 0
	for _, row := range facts.Prices() {
		tier, ok := ParseTier(row.Tier)
		if !ok {
			t.Errorf("%s: tier %q is not known", row.Model, row.Tier)
		}
		above, shown := contextAbove(row.Context)
		if !shown {
			if row.Context != "extended-access" {
				t.Errorf("%s: context %q is not known", row.Model, row.Context)
			}
			continue
		}
		for _, r := range orAll(row.Regions) {
			q := book.Find(PriceKey{Model: row.Model, Profile: row.Profile, Source: r, Tier: tier, Prompt: above + 1, At: priceDay})
			want := row.byClass()
			for c, rate := range want {
				if rate.Known && q.Rates[c] != rate {
					t.Errorf("%s %s %s %s %s: %s is %d, want %d", row.Model, row.Profile, r, row.Tier, row.Context, Class(c), q.Rates[c].Pico, rate.Pico)
				}
			}
			n++
		}
	}
	if n < 1400 {
		t.Errorf("only %d rows were looked at", n)
	}
}

func TestOverrides(t *testing.T) {
	acme := PriceKey{Model: "acme.one", Source: "us-east-1"}
	nova := PriceKey{Model: priceNova, Source: "us-east-1"}
	tests := []struct {
		name      string
		overrides []PriceOverride
		want      map[PriceKey]string // of input
	}{
		{
			"a price of an unknown model",
			[]PriceOverride{{Model: "acme.one", PriceList: PriceList{Input: perMillion(2)}}},
			map[PriceKey]string{acme: "2", nova: "0.06"},
		},
		{
			"a discount off nothing is nothing",
			[]PriceOverride{{Model: "acme.*", Discount: percent(10)}},
			map[PriceKey]string{acme: "-"},
		},
		{
			"a discount off every tier, profile and context",
			[]PriceOverride{{Model: "anthropic.*", Discount: percent(10)}},
			map[PriceKey]string{
				{Model: priceSonnet}: "2.97", {Model: priceSonnet, Tier: Batch}: "1.485", {Model: priceSonnet, Prompt: 300_000}: "5.94",
				{Model: priceSonnet, Profile: "global." + priceSonnet}: "2.7", {Model: priceSonnet, Source: "us-gov-west-1"}: "3.24", nova: "0.06",
			},
		},
		{
			"a price is the standard tier's, and of prompts of usual length",
			[]PriceOverride{{Model: priceSonnet, PriceList: PriceList{Input: perMillion(1)}}},
			map[PriceKey]string{
				{Model: priceSonnet}: "1", {Model: priceSonnet, Tier: Batch}: "1.65", {Model: priceSonnet, Prompt: 300_000}: "6.6",
				{Model: priceSonnet, Profile: "eu." + priceSonnet}: "1",
			},
		},
		{
			"one region, also through profiles",
			[]PriceOverride{{Model: priceSonnet, Region: "eu-west-1", PriceList: PriceList{Input: perMillion(1)}}},
			map[PriceKey]string{
				{Model: priceSonnet, Source: "eu-west-1"}: "1", {Model: priceSonnet, Source: "eu-west-3"}: "3.3",
				{Model: priceSonnet, Source: "eu-west-1", Profile: "eu." + priceSonnet}:     "1",
				{Model: priceSonnet, Source: "eu-west-3", Profile: "eu." + priceSonnet}:     "3.3",
				{Model: priceSonnet, Source: "eu-west-1", Profile: "global." + priceSonnet}: "1",
			},
		},
		{
			"one scope",
			[]PriceOverride{{Model: priceSonnet, Scope: Global, Discount: percent(50)}},
			map[PriceKey]string{{Model: priceSonnet}: "3.3", {Model: priceSonnet, Profile: "eu." + priceSonnet}: "3.3", {Model: priceSonnet, Profile: "global." + priceSonnet}: "1.5"},
		},
		{
			"the bare model",
			[]PriceOverride{{Model: priceSonnet, Scope: InRegion, Discount: percent(50)}},
			map[PriceKey]string{{Model: priceSonnet}: "1.65", {Model: priceSonnet, Profile: "eu." + priceSonnet}: "3.3"},
		},
		{
			"a profile without a row, wherever the bare model has its own price",
			[]PriceOverride{{Model: priceSonnet, Profile: "house.*", Discount: percent(50)}},
			map[PriceKey]string{
				{Model: priceSonnet, Source: "us-east-1", Profile: "house." + priceSonnet}: "1.65", {Model: priceSonnet, Source: "us-east-1"}: "3.3",
			},
		},
		{
			"one tier that had no price",
			[]PriceOverride{{Model: "acme.one", PriceList: PriceList{Input: perMillion(2)}}, {Model: "acme.one", Tier: "priority", PriceList: PriceList{Input: perMillion(3)}}},
			map[PriceKey]string{acme: "2", {Model: "acme.one", Tier: Priority}: "3", {Model: "acme.one", Tier: Flex}: "2"},
		},
		{
			"one context",
			[]PriceOverride{{Model: "acme.one", PriceList: PriceList{Input: perMillion(2)}}, {Model: "acme.one", Context: ">100k", PriceList: PriceList{Input: perMillion(5)}}},
			map[PriceKey]string{acme: "2", {Model: "acme.one", Prompt: 100_000}: "2", {Model: "acme.one", Prompt: 100_001}: "5"},
		},
		{
			"each on top of those before",
			[]PriceOverride{
				{Model: "acme.one", PriceList: PriceList{Input: perMillion(8)}},
				{Model: "*", Discount: percent(50)},
				{Model: "acme.*", Discount: percent(50)},
				{Model: priceNova, PriceList: PriceList{Input: perMillion(7)}},
			},
			map[PriceKey]string{acme: "2", nova: "7"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			book := newBook(t, tt.overrides...)
			for key, want := range tt.want {
				key.At = priceDay
				if got := inDollars(book.Find(key), Input); got != want {
					t.Errorf("%+v: input is %s, want %s", key, got, want)
				}
			}
		})
	}
}

func TestVersions(t *testing.T) {
	first, second := Day{priceDay}, Day{priceDay.AddDate(0, 1, 0)}
	book := newBook(t,
		PriceOverride{Model: "acme.one", PriceList: PriceList{Input: perMillion(8)}},
		PriceOverride{Model: "acme.one", From: first, To: second, Discount: percent(50)},
	)
	find := func(at time.Time) (string, string) {
		q := book.Find(PriceKey{Model: "acme.one", At: at})
		return inDollars(q, Input), q.Version
	}
	before, v1 := find(priceDay.Add(-1))
	during, v2 := find(priceDay)
	last, v2too := find(second.Add(-1))
	after, v3 := find(second.Time)
	if got := []string{before, during, last, after}; !slices.Equal(got, []string{"8", "4", "4", "8"}) {
		t.Errorf("got %v, want 8 4 4 8", got)
	}
	if v2 != v2too || v1 == v2 || v2 == v3 || !strings.HasPrefix(v2, "2026-11-22-") || !strings.HasPrefix(v3, "2026-12-22-") {
		t.Errorf("got versions %s, %s, %s, %s", v1, v2, v2too, v3)
	}
	if v1[len(v1)-8:] != v3[len(v3)-8:] {
		t.Errorf("the same prices are %s and %s", v1, v3)
	}
	if diff := cmp.Diff([]time.Time{first.Time, second.Time}, book.Turns()); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
	if a, b := newBook(t).Version(priceDay), newBook(t).Version(priceDay); a != b || a == v1 {
		t.Errorf("two books of the same prices are %s and %s, one of others %s", a, b, v1)
	}
}

func TestChanges(t *testing.T) {
	plain := newBook(t)
	book := newBook(t, PriceOverride{Model: priceNova, Scope: InRegion, Region: "us-east-1", Tier: "standard", PriceList: PriceList{Output: perMillion(9)}, Origin: "here"})
	changes := slices.Collect(book.Changes(plain, priceDay))
	if len(changes) != 1 {
		t.Fatalf("got %d changes, want 1: %+v", len(changes), changes)
	}
	if c := changes[0]; c.Class != Output || c.Before.Pico != 240_000 || c.Now.Pico != 9_000_000 || c.Region != "us-east-1" || c.Override != "here" || c.Scope() != InRegion || c.Context() != "base" {
		t.Errorf("got %+v", c)
	}
	if again := slices.Collect(book.Changes(book, priceDay)); again != nil {
		t.Errorf("a book differs from itself: %+v", again)
	}
}

// A list shows each price where Find has it.
func TestListIsWhatIsFound(t *testing.T) {
	book := newBook(t, PriceOverride{Model: "anthropic.*", Region: "eu-west-1", Discount: percent(3)})
	n := 0
	for l := range book.List(priceDay) {
		if q := book.Find(l.Key(priceDay)); q.Rates != l.Rates {
			t.Errorf("%s %s %s %s %s is listed with other prices than found", l.Model, l.Profile, l.Region, l.Tier, l.Context())
		}
		n++
	}
	if n < 1400 {
		t.Errorf("only %d entries are listed", n)
	}
}

func TestBadOverrides(t *testing.T) {
	_, err := NewBook(priceFacts(t), PriceOptions{Overrides: []PriceOverride{{Model: "none", Discount: percent(1)}, {}}})
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 3 || faults[0].Path != "overrides[0].model" {
		t.Errorf("got %v, want three faults", err)
	}
}

func TestTooManyVersions(t *testing.T) {
	var overrides []PriceOverride
	for i := range maxTurns + 1 {
		overrides = append(overrides, PriceOverride{Model: "acme.one", From: Day{priceDay.AddDate(0, 0, i)}, PriceList: PriceList{Input: perMillion(int64(i))}})
	}
	if faults := CheckOverrides(priceFacts(t), overrides); len(faults) != 1 || !strings.Contains(faults[0].Message, "521 different moments") {
		t.Errorf("got %v", faults)
	}
	if faults := CheckOverrides(priceFacts(t), overrides[1:]); len(faults) != 0 {
		t.Errorf("got %v for as many as there may be", faults)
	}
}

// No override makes a price negative, and a discount of all is free rather than unknown.
func TestDiscountsStayInBounds(t *testing.T) {
	facts := priceFacts(t)
	rapid.Check(t, func(t *rapid.T) {
		var overrides []PriceOverride
		for range rapid.IntRange(1, 4).Draw(t, "overrides") {
			off := Percent(rapid.Int32Range(0, 1_000_000).Draw(t, "off"))
			overrides = append(overrides, PriceOverride{
				Model: rapid.SampledFrom([]string{priceSonnet, priceNova}).Draw(t, "model"), Discount: &off,
				Region: rapid.SampledFrom([]arn.Region{"", "us-east-1", "eu-west-1"}).Draw(t, "region"),
				Scope:  rapid.SampledFrom([]Scope{"", InRegion, Geo, Global}).Draw(t, "scope"),
			})
		}
		rows := rowsOf(facts.PricesOf(priceSonnet))
		profiles := map[string]*Profile{}
		for _, p := range facts.Profiles() {
			if p.ModelID == priceSonnet {
				profiles[p.ID] = p
			}
		}
		before := rowsOf(facts.PricesOf(priceSonnet))
		for i := range overrides {
			if overrides[i].Model == priceSonnet {
				rows.apply(&overrides[i], profiles)
			}
		}
		for at, e := range rows {
			listed := before.nearest(at)
			for c, r := range e.rates {
				if r.Pico < 0 || r.Pico > listed.rates[c].Pico || r.Known != listed.rates[c].Known {
					t.Fatalf("%+v: %s is %+v, listed %+v", at, Class(c), r, listed.rates[c])
				}
			}
		}
	})
}

func TestClassAndTierNames(t *testing.T) {
	for c := range Class(Classes) {
		var back Class
		if text, err := c.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != c {
			t.Errorf("%s reads as %s", c, back)
		}
	}
	for tier := range Tier(tiers) {
		var back Tier
		if text, err := tier.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != tier {
			t.Errorf("%s reads as %s", tier, back)
		}
	}
	if new(Class).UnmarshalText([]byte("x")) == nil || new(Tier).UnmarshalText([]byte("x")) == nil {
		t.Error("nonsense is read")
	}
	if got := Class(99).String() + Tier(99).String(); got != "class 99tier 99" {
		t.Errorf("got %s", got)
	}
}

func TestFindDoesNotAllocate(t *testing.T) {
	book := newBook(t)
	key := PriceKey{Model: priceSonnet, Profile: "eu." + priceSonnet, Source: "eu-west-1", At: priceDay}
	if n := testing.AllocsPerRun(100, func() { book.Find(key) }); n != 0 {
		t.Errorf("a look-up takes %g allocations", n)
	}
}

func BenchmarkNewBook(b *testing.B) {
	facts := priceFacts(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewBook(facts, PriceOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
