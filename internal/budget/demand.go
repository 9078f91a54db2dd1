package budget

import (
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// Demand is a call as budgets see it before it runs. Its Usage has no counts yet.
type Demand struct {
	meter.Usage

	Input      int64 // tokens, counted
	InputBound int64 // tokens that the input cannot exceed
	MaxOutput  int64 // tokens that the answer cannot exceed; 0: nobody says
	Queries    int64 // of a ranking
	Wordless   bool  // the answer has no tokens: vectors, a ranking

	// Stream says that the answer is told piece by piece, so that it can be cut. Hidden says that part of its output
	// may be charged without being told, as some reasoning is.
	Stream, Hidden bool

	Rates  meter.Rates // the most that one of each class can cost
	Priced bool        // some rate is known
}

// What an answer of a model may have whose maximum nobody knows, in tokens: a whole answer, and the first part of a
// stream, for which more is held as it goes on.
const (
	unknownMax   = 128 << 10
	unknownFirst = 4 << 10
)

// longest is how many tokens the answer may come to at most.
func (d *Demand) longest() int64 {
	switch {
	case d.Wordless:
		return 0
	case d.MaxOutput > 0:
		return d.MaxOutput
	}
	return unknownMax
}

// cuttable reports whether what the answer has come to so far is known while it comes.
func (d *Demand) cuttable() bool { return d.Stream && !d.Hidden }

// classes is a set of classes of usage.
type classes uint16

const allClasses classes = 1<<catalog.Classes - 1

func (s classes) has(c catalog.Class) bool { return s>>c&1 == 1 }

// outputClass is the class whose length is learned.
const outputClass = catalog.Output

// promptClasses are the classes in which input may be charged.
var promptClasses = [...]catalog.Class{catalog.Input, catalog.CacheRead, catalog.CacheWrite5m, catalog.CacheWrite1h}

// price is what one budget counts of a call: rates of the classes that it is about, in dollars or in quantities.
type price struct {
	input  money.Rate // of input as it is usually charged
	prompt money.Rate // of input in the dearest class
	output money.Rate
	query  money.Rate
}

// priceOf reduces rates to a set of classes.
func priceOf(rates *meter.Rates, of classes) (p price) {
	for _, c := range promptClasses {
		if of.has(c) {
			p.prompt = max(p.prompt, rates[c])
		}
	}
	if of.has(catalog.Input) {
		p.input = rates[catalog.Input]
	}
	if of.has(catalog.Output) {
		p.output = rates[catalog.Output]
	}
	if of.has(catalog.SearchQueries) {
		p.query = rates[catalog.SearchQueries]
	}
	return p
}

// least is what a call is charged at least when its answer has so many tokens and its input is counted right.
func (p *price) least(d *Demand, output int64) money.Amount {
	return p.input.Times(d.Input).Add(p.rest(d, output))
}

// most is what a call is charged at most when its answer has so many tokens.
func (p *price) most(d *Demand, output int64) money.Amount {
	return p.prompt.Times(d.InputBound).Add(p.rest(d, output))
}

func (p *price) rest(d *Demand, output int64) money.Amount {
	a := p.output.Times(output)
	if d.Queries > 0 {
		a = a.Add(p.query.Times(d.Queries))
	}
	return a
}

// counted is what a budget counts of a call that has been settled.
func counted(e *entry, r *meter.Record, of classes) (sum money.Amount) {
	if e.def.Kind == Cost {
		if of == allClasses {
			return r.Total
		}
		for c, a := range r.Costs {
			if of.has(catalog.Class(c)) {
				sum = sum.Add(a)
			}
		}
		return sum
	}
	counts, _ := r.Counts.Sane()
	for c, n := range counts {
		if of.has(catalog.Class(c)) && n > 0 && r.Outcome.Billable() {
			sum = sum.Add(e.quantity(r.Model, catalog.Class(c)).Times(n))
		}
	}
	return sum
}

// settledAt is when the call had been charged, as far as a record tells.
func settledAt(r *meter.Record) time.Time { return r.At.Add(time.Duration(r.Latency)) }
