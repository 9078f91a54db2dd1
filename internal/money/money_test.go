package money

import (
	"encoding"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// whole is the amount as math/big counts pico-dollars.
func whole(a Amount) *big.Int {
	hi, lo := a.Words()
	n := new(big.Int).Lsh(big.NewInt(hi), 64)
	return n.Add(n, new(big.Int).SetUint64(lo))
}

// clamp is what a sum becomes at the ends of 128 bits.
func clamp(n *big.Int) *big.Int {
	for _, end := range []Amount{highest, lowest} {
		if n.CmpAbs(whole(end)) > 0 && n.Sign() == end.Sign() {
			return whole(end)
		}
	}
	return n
}

func drawAmount(t *rapid.T, label string) Amount {
	word := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-2, 2), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}))
	if rapid.Bool().Draw(t, label+" is small") {
		return Pico(word.Draw(t, label))
	}
	return FromWords(word.Draw(t, label+" high"), uint64(word.Draw(t, label+" low")))
}

func TestArithmeticIsThatOfBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawAmount(t, "a"), drawAmount(t, "b")
		x, y := whole(a), whole(b)
		for _, c := range []struct {
			op   string
			got  Amount
			want *big.Int
		}{
			{"+", a.Add(b), new(big.Int).Add(x, y)},
			{"-", a.Sub(b), new(big.Int).Sub(x, y)},
			{"neg", a.Neg(), new(big.Int).Neg(x)},
		} {
			if whole(c.got).Cmp(clamp(c.want)) != 0 {
				t.Fatalf("%s %s %s: got %s, want %s pico-dollars", x, c.op, y, whole(c.got), clamp(c.want))
			}
		}
		if got, want := a.Cmp(b), x.Cmp(y); got != want || a.Less(b) != (want < 0) || a.Sign() != x.Sign() || a.IsZero() != (x.Sign() == 0) {
			t.Fatalf("%s against %s: got %d and sign %d, want %d and %d", x, y, got, a.Sign(), want, x.Sign())
		}
		if n, ok := a.Pico(); ok != x.IsInt64() || ok && n != x.Int64() {
			t.Fatalf("%s as int64: got %d and %v", x, n, ok)
		}
	})
}

func TestTimesIsThatOfBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, n := rapid.Int64().Draw(t, "rate"), rapid.Int64().Draw(t, "count")
		want := new(big.Int).Mul(big.NewInt(r), big.NewInt(n))
		if got := whole(Rate(r).Times(n)); got.Cmp(want) != 0 {
			t.Fatalf("%d times %d: got %s, want %s", r, n, got, want)
		}
	})
	if got, want := Rate(math.MinInt64).Times(math.MinInt64), "85070591730234615865843651.857942052864"; got.String() != want {
		t.Errorf("the largest product is %s, want %s", got, want)
	}
}

// halfEvenBig is n/d rounded half to even.
func halfEvenBig(n, d *big.Int) *big.Int {
	q, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	twice := new(big.Int).Lsh(new(big.Int).Abs(rest), 1)
	if c := twice.Cmp(d); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(n.Sign())))
	}
	return q
}

func TestShownDecimalsAreThoseOfBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, decimals := drawAmount(t, "a"), rapid.IntRange(0, 12).Draw(t, "decimals")
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(12-decimals)), nil)
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
		want := new(big.Rat).SetFrac(halfEvenBig(whole(a), unit), scale).FloatString(decimals)
		if got := a.Fixed(decimals); got != want {
			t.Fatalf("%s pico-dollars to %d decimals: got %s, want %s", whole(a), decimals, got, want)
		}
		if got := a.Explorer(); got != trimmed(a.Fixed(10)) {
			t.Fatalf("%s for Cost Explorer: got %s, want %s", a, got, trimmed(a.Fixed(10)))
		}
		if got := a.String(); got != trimmed(a.Fixed(12)) {
			t.Fatalf("got %s, want %s", got, trimmed(a.Fixed(12)))
		}
	})
}

func trimmed(s string) string {
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "" || s == "-" || s == "-0" {
		return "0"
	}
	return s
}

func TestTextComesBack(t *testing.T) {
	most := int64(1e15) // dollars
	rapid.Check(t, func(t *rapid.T) {
		a := Rate(picoPerUSD).Times(rapid.Int64Range(1-most, most-1).Draw(t, "dollars")).Add(Pico(rapid.Int64Range(-1e12+1, 1e12-1).Draw(t, "pico")))
		for _, text := range []string{a.String(), a.Fixed(12)} {
			if got, err := Parse(text); err != nil || got != a {
				t.Fatalf("%s reads as %s with error %v", text, got, err)
			}
		}
		type wrapped struct{ Cost Amount }
		b, err := json.Marshal(wrapped{a})
		if want := fmt.Sprintf(`{"Cost":%q}`, a); err != nil || string(b) != want {
			t.Fatalf("got JSON %s and error %v, want %s", b, err, want)
		}
		var back wrapped
		if err := json.Unmarshal(b, &back); err != nil || back.Cost != a {
			t.Fatalf("%s reads as %s with error %v", b, back.Cost, err)
		}
		v, err := a.Value()
		var scanned, bytes Amount
		if err != nil || scanned.Scan(v) != nil || bytes.Scan([]byte(v.(string))) != nil || scanned != a || bytes != a {
			t.Fatalf("SQL text %v reads as %s and %s with error %v", v, scanned, bytes, err)
		}
	})
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.0": "0", "007": "7", "1.50": "1.5", "-1.50": "-1.5", "100": "100",
		"0.0000002500": "0.00000025", "0.0000000000010000": "0.000000000001",
		"999999999999999.999999999999": "999999999999999.999999999999",
		"000000000000000000000000001":  "1",
	} {
		if got, err := Parse(in); err != nil || got.String() != want {
			t.Errorf("%s reads as %s with error %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "-", "--1", "+1", ".", "1.", ".5", "1e3", "0x1", "1,5", " 1", "1 ", "١", "NaN", "Inf", "1_000", "1.2.3",
		"1000000000000000", "0.0000000000001", strings.Repeat("9", 10_000), "0." + strings.Repeat("0", 10_000) + "1",
	} {
		a := Pico(7)
		if err := a.UnmarshalText([]byte(in)); err == nil || a != Pico(7) || len(err.Error()) > 200 {
			t.Errorf("%.40q: got %s and error %v, want a short error and no change", in, a, err)
		}
	}
	for _, v := range []any{nil, int64(1), 1.5, true} {
		if err := new(Amount).Scan(v); err == nil {
			t.Errorf("%T %v is read as an amount", v, v)
		}
	}
}

func TestRounding(t *testing.T) {
	tests := []struct {
		pico     int64
		decimals int
		want     string
	}{
		{250_000, 10, "0.0000002500"},
		{50, 10, "0.0000000000"},
		{150, 10, "0.0000000002"},
		{250, 10, "0.0000000002"},
		{251, 10, "0.0000000003"},
		{-50, 10, "0.0000000000"},
		{-150, 10, "-0.0000000002"},
		{999_999_999_999, 2, "1.00"},
		{5e11, 0, "0"},
		{15e11, 0, "2"},
		{7, 99, "0.000000000007"},
		{7, -1, "0"},
	}
	for _, tt := range tests {
		if got := Pico(tt.pico).Fixed(tt.decimals); got != tt.want {
			t.Errorf("%d pico-dollars to %d decimals: got %s, want %s", tt.pico, tt.decimals, got, tt.want)
		}
	}
	for pico, want := range map[int64]string{0: "0", 250_000: "0.00000025", 10_151_648_300: "0.0101516483", 49: "0", -49: "0", 3e12: "3", 30e12: "30"} {
		if got := Pico(pico).Explorer(); got != want {
			t.Errorf("%d pico-dollars: got %s, want %s", pico, got, want)
		}
	}
}

func TestRates(t *testing.T) {
	tests := []struct {
		text  string
		units int64
		want  Rate
	}{
		{"3", PerMillion, 3_000_000},
		{"0.0375", PerMillion, 37_500},
		{"0.000001", PerMillion, 1},
		{"0", PerMillion, 0},
		{"2", PerThousand, 2_000_000_000},
		{"0.04", PerOne, 40_000_000_000},
		{"1000", PerOne, MaxRate},
	}
	for _, tt := range tests {
		got, err := ParseRate(tt.text, tt.units)
		if err != nil || got != tt.want || got.For(tt.units) != tt.text {
			t.Errorf("%s for %d: got %d, shown as %s, and error %v; want %d", tt.text, tt.units, got, got.For(tt.units), err, tt.want)
		}
	}
	for text, want := range map[string]string{
		"-1": "less than nothing", "0.0000001": "finer than a pico-dollar", "1000000001": "more than 1000 USD", "x": "no decimal number",
		"999999999999999": "more than 1000 USD",
	} {
		if got, err := ParseRate(text, PerMillion); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %d and error %v, want one with %q", text, got, err, want)
		}
	}
}

func TestDiscounts(t *testing.T) {
	for text, want := range map[string]Discount{"0": 0, "12.5": 125_000, "100": 1_000_000, "0.0001": 1, "99.9999": 999_999} {
		if got, err := ParseDiscount(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: got %d, shown as %s, and error %v; want %d", text, got, got, err, want)
		}
	}
	for _, text := range []string{"-1", "100.0001", "101", "0.00001", "5%", "", "999999999999999"} {
		if got, err := ParseDiscount(text); err == nil {
			t.Errorf("%q: got %d and no error", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r, d := Rate(rapid.Int64Range(0, int64(MaxRate)).Draw(t, "rate")), Discount(rapid.Int32Range(0, 1_000_000).Draw(t, "discount"))
		want := halfEvenBig(new(big.Int).Mul(big.NewInt(int64(r)), big.NewInt(int64(1_000_000-d))), big.NewInt(1_000_000))
		if got := r.Off(d); int64(got) != want.Int64() {
			t.Fatalf("%d with %s %% off: got %d, want %s", r, d, got, want)
		}
	})
	if got := MaxRate.Scale(math.MaxInt64, 1); got != MaxRate {
		t.Errorf("a rate beyond the most is %d, want %d", got, MaxRate)
	}
}

func TestQuantity(t *testing.T) {
	for want, got := range map[string]string{
		"1.234": Quantity(1234, 1000), "-0.000005": Quantity(-5, 1_000_000), "7": Quantity(7, 1), "0": Quantity(0, 1000),
		"9223372036854.775807": Quantity(math.MaxInt64, 1_000_000),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	var sink Amount
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		sink = sink.Add(Rate(3).Times(5)).Sub(Pico(4)).Neg()
		buf = sink.AppendExplorer(sink.Append(buf[:0]))
	}); n != 0 {
		t.Errorf("arithmetic and appending take %g allocations", n)
	}
}

var _ encoding.TextUnmarshaler = (*Amount)(nil)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-1.5", "0.0000002500", "999999999999999.999999999999", "1e3", ".", "--", "1.0000000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Fatalf("%q is %s, which reads as %s with error %v", text, a, again, err)
		}
		want, ok := new(big.Rat).SetString(text)
		got, _ := new(big.Rat).SetString(a.String())
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%q reads as %s", text, a)
		}
	})
}

func BenchmarkTimesAdd(b *testing.B) {
	var total Amount
	b.ReportAllocs()
	for b.Loop() {
		total = total.Add(Rate(3_300_000).Times(1234))
	}
}

func BenchmarkAppend(b *testing.B) {
	buf := make([]byte, 0, 64)
	a := Rate(3_300_000).Times(123_456)
	b.ReportAllocs()
	for b.Loop() {
		buf = a.Append(buf[:0])
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("0.0101516483"); err != nil {
			b.Fatal(err)
		}
	}
}
