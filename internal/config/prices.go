package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config/strict"
)

// Prices says what calls cost where that is not the built-in price list.
type Prices struct {
	// Unknown is what happens to a call whose model has no known price.
	Unknown catalog.Unknown `yaml:"unknown"`
	// Assume is what such a call costs with Unknown at assume.
	Assume catalog.PriceList `yaml:"assume"`
	// Files hold overrides, in the form of PriceFile.
	Files []string `yaml:"files"`
	// Overrides apply on top of those of the files.
	Overrides []catalog.PriceOverride `yaml:"overrides"`

	// Imported are the overrides of Files.
	Imported []catalog.PriceOverride
}

// PriceFile is a file of prices.
type PriceFile struct {
	Overrides []catalog.PriceOverride `yaml:"overrides"`
}

// Options are what the price book is made with.
func (p *Prices) Options() catalog.PriceOptions {
	o := catalog.PriceOptions{Unknown: p.Unknown, Assume: p.Assume.Rates()}
	o.Overrides = append(o.Overrides, p.Imported...)
	o.Overrides = append(o.Overrides, p.Overrides...)
	return o
}

// LoadPrices reads and checks a file of prices. A bad file is a *strict.Error with every fault.
func LoadPrices(path string, env strict.Lookup, facts *catalog.Catalog) ([]catalog.PriceOverride, error) {
	src, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the prices: %w", err)
	}
	var file PriceFile
	doc := strict.Decode(path, src, &file, env)
	for i := range file.Overrides {
		file.Overrides[i].Origin = fmt.Sprintf("%s: overrides[%d]", filepath.Base(path), i)
	}
	if doc.Err() == nil && len(file.Overrides) == 0 {
		doc.Fault("", "there are no overrides in it; write overrides: and a list below")
	}
	overrideFaults(doc, "", facts, file.Overrides)
	return file.Overrides, doc.Err()
}

// prices checks the section and reads the files it names. Without facts, because the catalog has faults itself, the
// overrides are left for another time.
func (c *Config) prices(doc *strict.Document, dir string, env strict.Lookup, facts *catalog.Catalog) {
	k, p := checker{doc}, &c.Prices
	k.oneOf("prices.unknown", string(p.Unknown), string(catalog.FlagUnknown), string(catalog.AssumeUnknown), string(catalog.DenyUnknown))
	if p.Unknown == catalog.AssumeUnknown && p.Assume == (catalog.PriceList{}) {
		k.Fault("prices.unknown", "there is nothing to assume; write prices.assume, such as {input: 3, output: 15}")
	}
	for i := range p.Overrides {
		p.Overrides[i].Origin = fmt.Sprintf("prices.overrides[%d]", i)
	}
	if facts == nil {
		return
	}
	overrideFaults(doc, "prices.", facts, p.Overrides)
	for i, name := range p.Files {
		p.Files[i] = below(dir, name)
		overrides, err := LoadPrices(p.Files[i], env, facts)
		if err != nil {
			k.Fault(fmt.Sprintf("prices.files[%d]", i), "%v", firstFault(err))
			continue
		}
		p.Imported = append(p.Imported, overrides...)
	}
}

// firstFault is an error in one line.
func firstFault(err error) error {
	var faults *strict.Error
	if !errors.As(err, &faults) {
		return err
	}
	text, _, _ := strings.Cut(faults.Faults[0].String(), "\n") // without the excerpt
	if n := len(faults.Faults); n > 1 {
		text += fmt.Sprintf(" (and %d more: outcrop prices import shows all)", n-1)
	}
	return errors.New(text)
}

func overrideFaults(doc *strict.Document, prefix string, facts *catalog.Catalog, overrides []catalog.PriceOverride) {
	for _, f := range catalog.CheckOverrides(facts, overrides) {
		doc.Fault(prefix+f.Path, "%s", f.Message)
	}
}
