package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// purse is a Reserver that writes down what happens to it.
type purse struct {
	name   string
	log    *[]string
	refuse error
	cut    int64 // streams are cut when they have relayed so much; 0: never
	asked  Demand
}

func (p *purse) note(what string) { *p.log = append(*p.log, p.name+" "+what) }

func (p *purse) Reserve(d *Demand) (Reservation, error) {
	p.asked = *d
	if p.refuse != nil {
		p.note("refuses")
		return nil, p.refuse
	}
	p.note("reserves")
	return p, nil
}

func (p *purse) Progress(relayed int64) error {
	if p.cut > 0 && relayed > p.cut {
		return fault.New(fault.AccessDenied, "spent")
	}
	return nil
}

func (p *purse) Settle(r *Record) {
	if r.Usage.Total() == 0 {
		p.note("releases")
		return
	}
	p.note("settles")
}

func (p *purse) Describe(h http.Header) { h.Set("X-"+p.name, "left") }

func TestAllReserveOrNone(t *testing.T) {
	full := fault.New(fault.Throttling, "full")
	for name, c := range map[string]struct {
		second  error
		broken  error
		want    []string
		refused error
	}{
		"both reserve and settle":                     {want: []string{"a reserves", "b reserves", "a settles", "b settles"}},
		"a refusal releases what was reserved before": {second: full, refused: full, want: []string{"a reserves", "b refuses", "a releases"}},
		"a call that failed everywhere is released": {
			broken: fault.New(fault.Validation, "no"), refused: fault.New(fault.Validation, "no"),
			want: []string{"a reserves", "b reserves", "a releases", "b releases"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, 0, map[arn.Region]script{"site-a": {refuse: c.broken}})
			var log []string
			h.reservers = []Reserver{&purse{name: "a", log: &log}, &purse{name: "b", log: &log, refuse: c.second}}
			a, err := h.Do(context.Background(), call("all.house.llama", false))
			if fault.Is(err, fault.Internal) || (err == nil) != (c.refused == nil) || err != nil && err.Error() != c.refused.Error() {
				t.Errorf("the call ends with %v, want %v", err, c.refused)
			}
			if diff := cmp.Diff(c.want, log); diff != "" {
				t.Error(diff)
			}
			head := http.Header{}
			if a.Describe(head); head.Get("X-a") != "left" {
				t.Error("what is left is not told")
			}
		})
	}
}

// broken is a Meter that panics.
type broken struct{}

func (broken) Admit(*Record) (Entry, error) { panic("broken") }

func TestAPanicHoldsNothing(t *testing.T) {
	h := newHouse(t, 0, nil)
	var log []string
	h.reservers, h.meter = []Reserver{&purse{name: "a", log: &log}}, broken{}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic ends in the gateway")
			}
		}()
		_, _ = h.Do(context.Background(), call("all.house.llama", false))
	}()
	if diff := cmp.Diff([]string{"a reserves", "a releases"}, log); diff != "" {
		t.Error(diff)
	}
}

func TestAReservationCutsAStream(t *testing.T) {
	h := newHouse(t, 0, nil)
	var log []string
	h.reservers = []Reserver{&purse{name: "a", log: &log, cut: 10}}
	a, err := h.Do(context.Background(), call("all.house.llama", true))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Stream.Close()
	text := ""
	for err == nil {
		var e *chat.Event
		if e, err = a.Stream.Next(); err == nil {
			text += e.Text
		}
	}
	if text != "fourfour" || errors.Is(err, io.EOF) || !fault.Is(err, fault.AccessDenied) {
		t.Errorf("relayed %q, then %v", text, err)
	}
	if got := h.settled[0].Usage; got.Output != 2 || !got.Estimated {
		t.Errorf("the caller pays for %+v, want the two tokens it got", got)
	}
}

func TestMaxTokensOfBodiesThatNobodyReads(t *testing.T) {
	for body, want := range map[string]int64{
		`{"max_tokens":12}`: 12, `{"messages":[{"max_tokens":3}]}`: 0, `{"inferenceConfig":{"maxTokens":7}}`: 7,
		`{"textGenerationConfig":{"temperature":1,"maxTokenCount":9}}`: 9, `{"max_gen_len":1e2}`: 0, `{"max_tokens":-1}`: 0,
		`{"max_tokens":"a"}`: 0, `[]`: 0, `{`: 0, `{"max_completion_tokens":5}`: 5, `{"inferenceConfig":{"max_new_tokens":8}}`: 8,
	} {
		if got, ok := maxTokensIn([]byte(body)); got != want || ok != (want > 0) {
			t.Errorf("%s: %d %v, want %d", body, got, ok, want)
		}
	}
}
