package catalog

// Confidence grades a fact by how well its sources carry it.
type Confidence uint8

// The zero grade is the lowest: what says nothing about itself is not trusted.
const (
	Low    Confidence = iota // assumed, from memory, or with sources against it
	Medium                   // one indirect source, or derived by a rule
	High                     // the service's own answer, AWS's documentation, or several sources that agree
)

// Provenance says where a fact comes from and how far to trust it.
type Provenance struct {
	Sources    []string   // short keys; Catalog.Source spells them out
	AsOf       string     // the date of the source, as exact as it is known: "2026-08-21", "2026-09", "2025"
	Confidence Confidence // of the entry as a whole
	Doubt      string     // what in particular is doubtful; empty when nothing is
}
