package catalog

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/outcrop/outcrop/internal/arn"
)

// embedded is the data that ships; data/README.md describes its fields.
//
//go:embed data/*.jsonl
var embedded embed.FS

// decodeFiles reads every kind of entry. References between entries are not followed yet.
func decodeFiles(files fs.FS) (*Catalog, error) {
	c := &Catalog{}
	var spelt []sourceRow
	err := errors.Join(
		readLines(files, "regions.jsonl", &c.regions, (*regionRow).region),
		readLines(files, "models.jsonl", &c.models, (*modelRow).model),
		readLines(files, "profiles.jsonl", &c.profiles, (*profileRow).profile),
		readLines(files, "quotas.jsonl", &c.quotas, (*quotaRow).quota),
		readLines(files, "prices.jsonl", &c.prices, (*priceRow).price),
		readLines(files, "commitments.jsonl", &c.commitments, (*commitmentRow).commitment),
		readLines(files, "notes.jsonl", &c.notes, (*noteRow).note),
		readLines(files, "sources.jsonl", &spelt, func(r *sourceRow) sourceRow { return *r }),
	)
	if err != nil {
		return nil, fmt.Errorf("BUG: the embedded catalog cannot be read: %w", err)
	}
	c.sources = make(map[string]string, len(spelt))
	for _, r := range spelt {
		c.sources[r.Key] = r.Text
	}
	return c, nil
}

// readLines decodes every row of a JSON-lines file. A row is new each time, so that converting it may keep its parts.
func readLines[Row, Entry any](files fs.FS, name string, into *[]Entry, convert func(*Row) Entry) error {
	b, err := fs.ReadFile(files, "data/"+name)
	if err != nil {
		return err
	}
	*into = make([]Entry, 0, bytes.Count(b, []byte{'\n'}))
	dec := jsontext.NewDecoder(bytes.NewBuffer(b))
	for line := 1; ; line++ {
		row := new(Row)
		err := json.UnmarshalDecode(dec, row, json.RejectUnknownMembers(true))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
		*into = append(*into, convert(row))
	}
}

// originRow is the provenance part of every row.
type originRow struct {
	Sources []string `json:"src"`
	AsOf    string   `json:"as_of"`
	Trust   grade    `json:"trust"`
	Doubt   string   `json:"doubt"`
}

func (o *originRow) provenance() Provenance {
	return Provenance{Sources: o.Sources, AsOf: o.AsOf, Confidence: o.Trust.confidence(), Doubt: o.Doubt}
}

// grade is a Confidence as written; an unwritten one is medium.
type grade string

func (g *grade) UnmarshalText(b []byte) error {
	switch *g = grade(b); *g {
	case "high", "low":
		return nil
	}
	return fmt.Errorf("trust %q is neither high nor low", b)
}

func (g grade) confidence() Confidence {
	switch g {
	case "high":
		return High
	case "low":
		return Low
	}
	return Medium
}

// day is a date as written, 2006-01-02, or 2006-01 where only the month is known: then its first day.
type day struct{ at time.Time }

func (d *day) UnmarshalText(b []byte) (err error) {
	layout := time.DateOnly
	if len(b) == len("2006-01") {
		layout = "2006-01"
	}
	d.at, err = time.Parse(layout, string(b))
	return err
}

type sourceRow struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

type regionRow struct {
	ID        arn.Region    `json:"id"`
	Name      string        `json:"name"`
	Partition arn.Partition `json:"partition"`
	Geography string        `json:"geo"`
	Narrow    string        `json:"narrow"`
	Latitude  float64       `json:"lat"`
	Longitude float64       `json:"lon"`
	Metro     string        `json:"metro"`
	OptIn     bool          `json:"opt_in"`
	Control   bool          `json:"control"`
	Runtime   bool          `json:"runtime"`
	FIPS      bool          `json:"fips"`
	ControlAt string        `json:"control_at"`
	RuntimeAt string        `json:"runtime_at"`
	originRow
}

func (r *regionRow) region() *RegionInfo {
	return &RegionInfo{
		ID: r.ID, Name: r.Name, Partition: r.Partition, Geography: r.Geography, Narrow: r.Narrow,
		Metro: r.Metro, OptIn: r.OptIn, Located: true, Latitude: r.Latitude, Longitude: r.Longitude,
		ControlPlane: r.Control, RuntimeListed: r.Runtime, FIPS: r.FIPS,
		ControlEndpoint: r.ControlAt, RuntimeEndpoint: r.RuntimeAt,
		Provenance: r.provenance(),
	}
}
