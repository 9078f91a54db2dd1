package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/route"
)

// pricesCommand shows the price book that a configuration makes.
type pricesCommand struct {
	List   pricesListCommand   `cmd:"" help:"List prices by model."`
	Show   pricesShowCommand   `cmd:"" help:"Show every price of a model, and where each comes from."`
	Diff   pricesDiffCommand   `cmd:"" help:"Show which prices a file would change."`
	Import pricesImportCommand `cmd:"" help:"Check a file of prices, and show what it would change and how to use it."`
}

// bookSettings say which book: that of a configuration, at a moment.
type bookSettings struct {
	Config string      `help:"Configuration file whose prices count; none is needed." placeholder:"FILE"`
	At     catalog.Day `help:"Date or time of the prices (default: now)." placeholder:"DATE"`
}

// priceDesk is what the commands work with.
type priceDesk struct {
	cfg   *config.Config
	facts *catalog.Catalog
	book  *catalog.Book
	at    time.Time
}

func (s *bookSettings) open(env strict.Lookup) (*priceDesk, error) {
	cfg, err := settings{Config: s.Config}.load(env)
	if err != nil {
		return nil, err
	}
	facts, err := catalog.Load(cfg.Catalog.Overlay)
	if err != nil {
		return nil, fmt.Errorf("cannot load the catalog: %w", err)
	}
	book, err := catalog.NewBook(facts, cfg.Prices.Options())
	if err != nil {
		return nil, fmt.Errorf("cannot make the price book: %w", err)
	}
	at := s.At.Time
	if at.IsZero() {
		at = time.Now()
	}
	return &priceDesk{cfg, facts, book, at}, nil
}

type pricesListCommand struct {
	bookSettings
	Model  string     `help:"Only models with this id, or that this glob covers, such as anthropic.*" placeholder:"GLOB" default:"*"`
	Region arn.Region `help:"What calls from this source region cost." placeholder:"REGION"`
	Tier   string     `help:"Service tier: standard, priority, flex, batch or ultrafast; all for every one." default:"standard"`
}

// Run prints one line a price.
func (c *pricesListCommand) Run(p *process) error {
	d, err := c.open(p.env)
	if err != nil {
		return err
	}
	if err := c.valid(d); err != nil {
		return misuse(err)
	}
	var found []catalog.Listing
	for l := range d.book.List(d.at) {
		if globbed(c.Model, l.Model) && (c.Tier == "all" || c.Tier == l.Tier.String()) && c.inRegion(d, &l) {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("there is no %s price of %s", c.Tier, c.Model)
	}
	w := table(p.stdout)
	fmt.Fprintf(w, "MODEL\t%s\n", priceColumns)
	for _, l := range found {
		fmt.Fprintf(w, "%s\t%s\n", l.Model, priceCells(&l))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\n%s\n", d.footnote())
	return nil
}

func (c *pricesListCommand) valid(d *priceDesk) error {
	if err := checkGlob("--model", c.Model); err != nil {
		return err
	}
	if _, ok := catalog.ParseTier(c.Tier); !ok && c.Tier != "all" {
		return fmt.Errorf("--tier: there is no tier %q", c.Tier)
	}
	if _, ok := d.facts.Region(c.Region); !ok && c.Region != "" {
		return fmt.Errorf("--region: no region is named %q%s", string(c.Region), strict.DidYouMean(string(c.Region), regionNames(d.facts)))
	}
	return nil
}

func regionNames(facts *catalog.Catalog) (names []string) {
	for _, r := range facts.Regions() {
		names = append(names, string(r.ID))
	}
	return names
}

// inRegion reports whether calls from the wanted region get the entry: it is that region's, or it is for every region,
// the profile can be called from there, and no other entry comes before it.
func (c *pricesListCommand) inRegion(d *priceDesk, l *catalog.Listing) bool {
	if c.Region == "" {
		return true
	}
	if profile, ok := d.facts.Profile(l.Profile); ok && profile.Destinations(c.Region) == nil {
		return false
	}
	key := l.Key(d.at)
	key.Source = c.Region
	return d.book.Find(key).Rates == l.Rates
}

type pricesShowCommand struct {
	bookSettings
	Model string `arg:"" help:"Id of a foundation model or of a cross-region profile."`
}

// Run prints the prices and their sources.
func (c *pricesShowCommand) Run(p *process) error {
	d, err := c.open(p.env)
	if err != nil {
		return err
	}
	model := c.Model
	if profile, ok := d.facts.Profile(c.Model); ok {
		model = profile.ModelID
	}
	m, ok := d.facts.Model(model)
	if !ok {
		return misuse(fmt.Errorf("no model has the id %q%s", c.Model, strict.DidYouMean(c.Model, modelNames(d.facts))))
	}
	fmt.Fprintf(p.stdout, "%s by %s (%s)\n\n", m.Name, m.Provider, m.ID)
	w := table(p.stdout)
	fmt.Fprintf(w, "%s\tFROM\n", priceColumns)
	n := 0
	for l := range d.book.List(d.at) {
		if l.Model == model && (c.Model == model || c.Model == l.Profile) {
			fmt.Fprintf(w, "%s\t%s\n", priceCells(&l), d.origin(&l))
			n++
		}
	}
	if n == 0 {
		_, err := fmt.Fprintf(p.stdout, "No price is known. Calls are handled as prices.unknown says: %s.\n", d.book.Unknown())
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "\n%s\n", d.footnote())
	return err
}

func modelNames(facts *catalog.Catalog) (names []string) {
	for _, m := range facts.Models() {
		names = append(names, m.ID)
	}
	return names
}

// origin is where an entry comes from, in a few words.
func (d *priceDesk) origin(l *catalog.Listing) string {
	var parts []string
	if l.Override != "" {
		parts = append(parts, l.Override)
	}
	if r := l.Row; r != nil {
		words := []string{strings.Join(r.Sources, ", "), r.AsOf}
		if len(r.Rules) > 0 {
			words = append(words, "by rule: "+strings.Join(r.Rules, ", "))
		}
		if r.Confidence == catalog.Low {
			words = append(words, "doubtful")
		}
		if len(r.Disputes) > 0 {
			words = append(words, "against "+strings.Join(r.Disputes, ", "))
		}
		parts = append(parts, strings.Join(words, "; "))
	}
	return strings.Join(parts, " on ")
}

func (d *priceDesk) footnote() string {
	return "USD per million tokens where no unit is named. Price book " + d.book.Version(d.at) + "."
}

const priceColumns = "CALL\tREGION\tTIER\tPROMPT\tINPUT\tOUTPUT\tCACHE READ\tWRITE 5M\tWRITE 1H"

// priceCells are the cells under priceColumns.
func priceCells(l *catalog.Listing) string {
	cells := []string{cmp.Or(l.Profile, "in region"), cmp.Or(string(l.Region), "any"), l.Tier.String(), cmp.Or(strings.TrimPrefix(l.Context(), "base"), "any")}
	for c := catalog.Input; c <= catalog.CacheWrite1h; c++ {
		cells = append(cells, priceText(l.Rates[c], c))
	}
	if r := l.Rates[catalog.Images]; r.Known {
		cells[5] = priceText(r, catalog.Images) + "/image"
	}
	if r := l.Rates[catalog.SearchQueries]; r.Known {
		cells[4] = priceText(r, catalog.SearchQueries) + "/1K queries"
	}
	return strings.Join(cells, "\t")
}

// summarizePrices names the price book, and the models that are served and have no price in it.
func summarizePrices(w io.Writer, cfg *config.Config, facts *catalog.Catalog, served *route.Table) error {
	o := cfg.Prices.Options()
	book, err := catalog.NewBook(facts, o)
	if err != nil {
		return fmt.Errorf("cannot make the price book: %w", err)
	}
	now := time.Now()
	fmt.Fprintf(w, "prices\tbook %s, %s\n", book.Version(now), plural(len(o.Overrides), "override"))
	unpriced := map[string]bool{}
	for _, d := range served.All() {
		if !book.Find(catalog.PriceKey{Model: d.Model, Source: d.Region, At: now}).Known {
			unpriced[d.Model] = true
		}
	}
	const shown = 3
	if names := slices.Sorted(maps.Keys(unpriced)); len(names) > shown {
		fmt.Fprintf(w, "unpriced\t%s and %d more (prices.unknown: %s)\n", strings.Join(names[:shown], ", "), len(names)-shown, book.Unknown())
	} else if len(names) > 0 {
		fmt.Fprintf(w, "unpriced\t%s (prices.unknown: %s)\n", strings.Join(names, ", "), book.Unknown())
	}
	return nil
}

// priceText is a rate in the unit it is usually quoted in.
func priceText(r catalog.Rate, c catalog.Class) string {
	if !r.Known {
		return "-"
	}
	units := int64(money.PerMillion)
	switch c {
	case catalog.Images:
		units = money.PerOne
	case catalog.SearchQueries:
		units = money.PerThousand
	}
	return money.Rate(r.Pico).For(units)
}

func table(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0) }

func globbed(glob, id string) bool {
	ok, err := path.Match(glob, id)
	return glob == id || ok && err == nil
}

// checkGlob says what is wrong with a flag that takes a glob.
func checkGlob(flag, glob string) error {
	if _, err := path.Match(glob, ""); err != nil {
		return fmt.Errorf("%s: %q is not a well-formed glob; * stands for any characters", flag, glob)
	}
	return nil
}
