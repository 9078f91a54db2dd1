package metering

import (
	"testing"

	"github.com/outcrop/outcrop/internal/catalog"
)

// Calls keep the prices that they were admitted at.
func TestPricesChangeForCallsThatBegin(t *testing.T) {
	c := facts(t)
	o := options(t, c, t.TempDir(), catalog.PriceOptions{})
	m := opened(t, o)
	usual := settled(t, m, call(c, "before"))
	entry, err := m.Admit(call(c, "between"))
	if err != nil {
		t.Fatal(err)
	}
	half := catalog.Percent(500_000)
	cheaper, err := catalog.NewBook(c, catalog.PriceOptions{Overrides: []catalog.PriceOverride{{Model: "*", Discount: &half}}})
	if err != nil {
		t.Fatal(err)
	}
	m.SetBook(cheaper)
	if got := entry.Settle(call(c, "between")); got != usual {
		t.Errorf("a call that ran when prices changed costs %s, want %s", got, usual)
	}
	if got := settled(t, m, call(c, "after")); got.Add(got) != usual {
		t.Errorf("at half the price a call costs %s, before %s", got, usual)
	}
	closed(t, m)
}
