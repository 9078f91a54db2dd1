package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample has a panel of every kind.
func sample() *Figure {
	rows := []string{"source-first", "least-loaded", "cheapest"}
	wave := func(shift float64) []float64 {
		out := make([]float64, 60)
		for i := range out {
			out[i] = 3 + 3*math.Sin(float64(i)/8+shift)
		}
		out[20] = math.NaN()
		return out
	}
	spans := []Span{{Name: "us-east-1", From: 3 * time.Minute, To: 5 * time.Minute}}
	return &Figure{
		Title: "A burst & a <brown-out>", Subtitle: "12,000 calls in 10 minutes", Legend: rows,
		Rows: [][]Panel{
			{&Lines{Title: "Refused calls", Values: "calls a second", Length: 10 * time.Minute, Series: [][]float64{wave(0), wave(1), wave(2)}, Spans: spans, Steps: true}},
			{
				&Lines{Title: "Time to first token, p95", Values: "seconds", Length: 10 * time.Minute, Series: [][]float64{wave(0), wave(1), wave(2)}, Log: true},
				&Ranges{
					Title: "Time to first token", Values: "seconds, all calls", Rows: rows, Marks: []string{"p50", "p95", "p99"},
					Points: [][]float64{{0.3, 1.2, 4}, {0.4, 0.8, 0.9}, {0.31, 3, math.NaN()}}, Format: Number,
				},
			},
			{
				&Parts{
					Title: "Where calls ran", Values: "share of all calls", Rows: rows, Names: []string{"us-east-1", "us-east-2", "us-west-2", "refused"},
					Inks: append(Steps(3), Series(1)), Shares: [][]float64{{0.5, 0.3, 0.15, 0.05}, {0.4, 0.3, 0.3, 0}, {0.9, 0, 0, 0.1}},
				},
				&Bars{Title: "Cost", Values: "USD", Rows: rows, Lengths: []float64{10, 12, 0}, Labels: []string{"$10", "$12", "$0"}},
			},
			{&Heat{
				Title: "Utilisation", Values: "calls at once of those that fit", Length: 10 * time.Minute, Rows: []string{"us-east-1", "us-east-2"},
				Shares: [][]float64{wave(0), {0, 0.5, 1}}, Spans: spans,
			}},
		},
	}
}

func svg(t *testing.T, f *Figure) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Draw().WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// inspect checks that a drawing is well-formed, that everything lies on the paper, and returns its texts.
func inspect(t *testing.T, text string) []string {
	t.Helper()
	var texts []string
	var width, height float64
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			at := map[string]float64{}
			for _, a := range token.Attr {
				v, err := strconv.ParseFloat(a.Value, 64)
				if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
					t.Errorf("%s has %s=%q", token.Name.Local, a.Name.Local, a.Value)
				}
				at[a.Name.Local] = v
				if a.Name.Local == "d" && strings.Contains(a.Value, "NaN") {
					t.Errorf("a line goes nowhere: %s", a.Value)
				}
			}
			if token.Name.Local == "svg" {
				width, height = at["width"], at["height"]
			}
			if x, y := at["x"], at["y"]; x < 0 || y < 0 || x > width || y > height || at["width"] < 0 || at["height"] < 0 || x+at["width"] > width+1 {
				t.Errorf("%s lies off the paper of %v by %v: %v", token.Name.Local, width, height, token.Attr)
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(token)); s != "" {
				texts = append(texts, s)
			}
		}
	}
}

func TestFigureShowsWhatItIsGiven(t *testing.T) {
	text := svg(t, sample())
	if text != svg(t, sample()) {
		t.Error("the same figure was drawn in two ways")
	}
	all := strings.Join(inspect(t, text), "\n")
	for _, want := range []string{
		"A burst & a <brown-out>", "12,000 calls in 10 minutes", "least-loaded", "time (min)", "us-east-1", "p95 1.2", "p99 4", "$12", "50 %", "refused", "100 %",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in the figure", want)
		}
	}
	for i := range 3 {
		if !strings.Contains(text, `class="l-`+string(Series(i))+`"`) {
			t.Errorf("series %d is not drawn", i)
		}
	}
}

// Nothing that a simulation may come to breaks a figure.
func TestFigureOfNothing(t *testing.T) {
	hole := math.NaN()
	for name, f := range map[string]*Figure{
		"no panels": {Title: "x"},
		"no values": {Rows: [][]Panel{
			{&Lines{}, &Lines{Log: true, Series: [][]float64{nil, {}}}},
			{&Ranges{Format: Number}, &Bars{}, &Parts{}, &Heat{}},
		}},
		"zeros and holes": {Rows: [][]Panel{
			{&Lines{Length: time.Second, Series: [][]float64{{0, hole, 0}, {hole}}, Spans: []Span{{"s", time.Minute, time.Hour}}}},
			{&Lines{Length: time.Second, Log: true, Series: [][]float64{{0, hole, 0, 1}}}},
			{&Ranges{Rows: []string{"a", "b"}, Marks: []string{"p50"}, Points: [][]float64{{hole}, {0}}, Format: Number}},
			{&Bars{Rows: []string{"a"}, Lengths: []float64{0}, Labels: []string{"0"}}},
			{&Heat{Length: 300 * time.Hour, Rows: []string{"a"}, Shares: [][]float64{{hole, 2, -1}}}},
		}},
	} {
		t.Run(name, func(t *testing.T) { inspect(t, svg(t, f)) })
	}
}

func TestScales(t *testing.T) {
	for _, c := range []struct {
		scale scale
		want  []float64
	}{
		{upTo(10, 0, 1), []float64{0, 5, 10}},
		{upTo(0, 0, 1), []float64{0, 0.5, 1}},
		{upTo(0.034, 0, 1), []float64{0, 0.01, 0.02, 0.03, 0.04}},
		{upTo(1234, 0, 1), []float64{0, 500, 1000, 1500}},
		{around(0.3, 4, 0, 1), []float64{0.5, 1, 2, 5}},
		{around(0.001, 900, 0, 1), []float64{0.001, 0.01, 0.1, 1, 10, 100, 1000}},
	} {
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(a+b) })
		if diff := cmp.Diff(c.want, c.scale.ticks(4), near); diff != "" {
			t.Errorf("ticks of %v to %v (-want +got):\n%s", c.scale.low, c.scale.high, diff)
		}
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.25: "0.25", 0.0123: "0.012", 3.14159: "3.14", 42.42: "42.4", 999: "999", 1234: "1234", 12345: "12.3k", 2.5e6: "2.5M", -3: "-3",
	} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0 %", 1: "100 %", 0.051: "5.1 %", 0.999: "99.9 %", 0.0001: "0 %"} {
		if got := Percent(v); got != want {
			t.Errorf("Percent(%v) = %q, want %q", v, got, want)
		}
	}
}
