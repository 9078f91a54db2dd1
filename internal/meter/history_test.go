package meter

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/money"
)

// The sums of the rollups, of the records, and of what callers were told as text stay the same to the last digit
// through a history of 100,000 calls, while prices change under it and a part of it is priced again.
func TestSumsOfALongHistory(t *testing.T) {
	all, names := facts(t), NewNames(facts(t))
	off := catalog.Percent(76_543) // 7.6543 %, which leaves no price round
	books := []*catalog.Book{
		bookOf(t, catalog.PriceOptions{}),
		bookOf(t, catalog.PriceOptions{Overrides: []catalog.PriceOverride{{Model: "*", Discount: &off}}}),
	}
	models, regions := all.Models(), all.Regions()
	rng := rand.New(rand.NewPCG(1, 2))
	length := 100_000
	if testing.Short() {
		length /= 10
	}
	records, rollup := make([]Record, 0, length), Rollup{}
	told := money.Amount{}
	for range cap(records) {
		m := models[rng.IntN(len(models))]
		r := Record{Usage: Usage{
			At: noon.Add(time.Duration(rng.IntN(30*24)) * time.Hour), Account: arn.Account("111122223333"), Model: m.ID,
			Source: regions[rng.IntN(len(regions))].ID, Tier: catalog.Tier(rng.IntN(5)), Outcome: Outcome(rng.IntN(outcomes)),
			Counts: Counts{rng.Int64N(300_000), rng.Int64N(5_000), rng.Int64N(50_000), rng.Int64N(3_000), rng.Int64N(3_000), rng.Int64N(2), rng.Int64N(2)},
		}}
		if rng.IntN(2) == 0 {
			r.System, r.Scope = "global."+m.ID, catalog.Global
		}
		r.Charge = Price(books[0], &r.Usage, r.At)
		rollup.Add(names.Lines(&r))
		records = append(records, r)
		told = told.Add(usd(t, r.Total.String()))
	}
	total, calls := sum(records)
	if got := rollup.Total(); got.Cost != total || got.Cost != told || got.Calls != calls || total.Sign() <= 0 {
		t.Fatalf("rollups have %s in %d calls; records %s in %d; callers were told %s", got.Cost, got.Calls, total, calls, told)
	}
	for i := range records {
		if i%3 == 0 {
			continue
		}
		if now, changed := Reprice(books[1], &records[i]); changed {
			rollup.Add(names.Adjust(&records[i], now))
			records[i].Charge = now
		}
	}
	cheaper, _ := sum(records)
	if got := rollup.Total(); got.Cost != cheaper || !cheaper.Less(total) {
		t.Fatalf("repriced: rollups have %s, records %s, before it was %s", got.Cost, cheaper, total)
	}
}
