package meter

import (
	"testing"

	"github.com/outcrop/outcrop/internal/catalog"
)

func sample() Record {
	return Record{Usage: Usage{
		RequestID: "0b5b3a3c-7a7e-4d6f-9d55-1d1a6b2c3d4e", At: noon, Account: "111122223333",
		Principal: "arn:aws:iam::111122223333:user/ann", PrincipalTags: map[string]string{"department": "research"},
		Application: Application{ARN: "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl", Tags: map[string]string{"team": "alpha", "project": "search"}},
		Model:       sonnet, System: "us." + sonnet, Source: "us-east-1", Scope: catalog.Geo, Operation: "Converse",
		Counts: Counts{1000, 200, 3000, 400, 0},
	}}
}

func TestPriceDoesNotAllocate(t *testing.T) {
	book, r := bookOf(t, catalog.PriceOptions{}), sample()
	if n := testing.AllocsPerRun(100, func() { r.Charge = Price(book, &r.Usage, r.At) }); n != 0 {
		t.Errorf("one call's price takes %g allocations", n)
	}
}

func BenchmarkPrice(b *testing.B) {
	book, r := bookOf(b, catalog.PriceOptions{}), sample()
	b.ReportAllocs()
	for b.Loop() {
		r.Charge = Price(book, &r.Usage, r.At)
	}
}

func BenchmarkFold(b *testing.B) {
	book, names, r := bookOf(b, catalog.PriceOptions{}), NewNames(facts(b)), sample()
	r.Charge = Price(book, &r.Usage, r.At)
	rollup := Rollup{}
	b.ReportAllocs()
	for b.Loop() {
		rollup.Add(names.Lines(&r))
	}
}

func BenchmarkFind(b *testing.B) {
	book := bookOf(b, catalog.PriceOptions{})
	for name, k := range map[string]catalog.PriceKey{
		"profile":  {Model: sonnet, Profile: "us." + sonnet, Source: "us-east-1", At: noon},
		"region":   {Model: nova, Source: "eu-central-1", At: noon},
		"farthest": {Model: nova, Profile: "house." + nova, Source: "site-a", Tier: catalog.Ultrafast, At: noon},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Find(k)
			}
		})
	}
}
