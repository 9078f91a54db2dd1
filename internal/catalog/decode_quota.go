package catalog

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/outcrop/outcrop/internal/arn"
)

type quotaRow struct {
	Name       string               `json:"name"`
	Code       string               `json:"code"`
	Model      string               `json:"model"`
	Scope      Scope                `json:"scope"`
	Metric     Metric               `json:"metric"`
	Variant    string               `json:"variant"`
	Default    int64                `json:"default"`
	ByRegion   map[arn.Region]int64 `json:"by_region"`
	Adjustable bool                 `json:"adjustable"`
	originRow
}

func (r *quotaRow) quota() Quota {
	return Quota{
		Name: r.Name, Code: r.Code, Model: r.Model, Scope: r.Scope, Metric: r.Metric, Variant: r.Variant,
		Default: r.Default, ByRegion: r.ByRegion, Adjustable: r.Adjustable,
		Provenance: r.provenance(),
	}
}

type noteRow struct {
	Topic      string `json:"topic"`
	Name       string `json:"name"`
	Text       string `json:"text"`
	Value      int64  `json:"value"`
	Code       string `json:"code"`
	Adjustable bool   `json:"adjustable"`
	originRow
}

func (r *noteRow) note() Note {
	return Note{
		Topic: r.Topic, Name: r.Name, Text: r.Text, Value: r.Value, Code: r.Code, Adjustable: r.Adjustable,
		Provenance: r.provenance(),
	}
}

// readWords sets the flag of every word in a JSON list. A word without a flag is an error.
func readWords(b []byte, flags map[string]*bool) error {
	var words []string
	if err := json.Unmarshal(b, &words); err != nil {
		return err
	}
	for _, w := range words {
		flag := flags[w]
		if flag == nil {
			return fmt.Errorf("%q is not a word that may stand here", w)
		}
		*flag = true
	}
	return nil
}
