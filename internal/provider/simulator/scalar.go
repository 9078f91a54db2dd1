package simulator

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxText bounds a generated string, in characters: minLength may ask for anything.
const maxText = 65_536

// text appends a string of the demanded format, pattern or length.
func (g *generator) text(out []byte, s schema) ([]byte, error) {
	text, err := g.word(&s)
	if err != nil {
		return nil, err
	}
	return appendString(out, text), g.spend(len(text) / bytesPerStep)
}

func (g *generator) word(s *schema) (string, error) {
	most := maxText
	if s.MaxLength != nil {
		most = min(most, *s.MaxLength)
	}
	if s.MinLength > maxText {
		return "", fmt.Errorf("minLength %d is above the simulator's limit of %d", s.MinLength, maxText)
	}
	if most < s.MinLength {
		return "", errNothingFits
	}
	if s.Pattern != "" {
		return g.pattern(s.Pattern, s.MinLength, most)
	}
	if text := g.format(s.Format); text != "" && len(text) >= s.MinLength && len(text) <= most {
		return text, nil
	}
	text := pick(g.dice, nouns[:])
	if missing := s.MinLength - len(text); missing > 0 {
		text += strings.Repeat(" "+pick(g.dice, nouns[:]), 1+missing/4)
	}
	text = text[:max(0, min(len(text), most, max(s.MinLength, 32)))]
	if trimmed := strings.TrimRight(text, " "); len(trimmed) >= s.MinLength {
		text = trimmed
	}
	return text, nil
}

var nouns = [...]string{"harbour", "lantern", "compass", "anchor", "heron", "granite", "ferry", "island", "tide", "chart", "copper", "meadow", "orchard", "signal", "timber", "valley"}

// format makes a string of a named format, and none for formats it does not know.
func (g *generator) format(name string) string {
	d := g.dice
	switch name {
	case "date-time":
		return fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02dZ", 20+d.below(10), 1+d.below(12), 1+d.below(28), d.below(24), d.below(60), d.below(60))
	case "date":
		return fmt.Sprintf("20%02d-%02d-%02d", 20+d.below(10), 1+d.below(12), 1+d.below(28))
	case "time":
		return fmt.Sprintf("%02d:%02d:%02dZ", d.below(24), d.below(60), d.below(60))
	case "duration":
		return fmt.Sprintf("PT%dM", 1+d.below(59))
	case "email", "idn-email":
		return pick(d, nouns[:]) + "@example.com"
	case "hostname", "idn-hostname":
		return pick(d, nouns[:]) + ".example.com"
	case "uri", "url", "iri", "uri-reference", "iri-reference":
		return "https://example.com/" + pick(d, nouns[:])
	case "ipv4":
		return fmt.Sprintf("192.0.2.%d", 1+d.below(254))
	case "ipv6":
		return fmt.Sprintf("2001:db8::%x", 1+d.below(65_535))
	case "uuid":
		b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, d.next()), d.next())
		b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	case "regex":
		return "^" + pick(d, nouns[:]) + "$"
	case "json-pointer":
		return "/" + pick(d, nouns[:])
	default:
		return ""
	}
}

// number makes a number between its bounds, near the lower one: 1 to 100 where nothing is said.
func (g *generator) number(out []byte, s schema, whole bool) ([]byte, error) {
	low, lowOpen := inclusive(s.Minimum, s.Above, math.Max)
	high, highOpen := inclusive(s.Maximum, s.Below, math.Min)
	switch {
	case low == nil && high == nil:
		low, high = new(1.0), new(100.0)
		if s.MultipleOf > 0 {
			high = new(100 * s.MultipleOf)
		}
	case low == nil:
		low = new(*high - 100*max(1, s.MultipleOf))
	case high == nil:
		high = new(*low + 100*max(1, s.MultipleOf))
	}
	step := s.MultipleOf
	if whole {
		step = wholeStep(step)
	}
	if step > 0 {
		return g.multiple(out, step, *low, *high, lowOpen, highOpen)
	}
	if *low > *high || *low == *high && (lowOpen || highOpen) {
		return nil, errNothingFits
	}
	at := 0.25 + g.dice.unit()/2
	x := *low*(1-at) + *high*at  // the limits' difference may be more than a number can be
	x = min(max(x, *low), *high) // what is rounded on the way may come out beside limits that are close
	if round := math.Round(x*100) / 100; round > *low && round < *high {
		x = round
	}
	return appendNumber(out, x, -1)
}

// inclusive joins a limit with its exclusive twin; closer tells which of two limits is nearer.
func inclusive(limit *float64, exclusive bound, closer func(a, b float64) float64) (at *float64, open bool) {
	switch {
	case exclusive.value == nil:
		return limit, exclusive.flag && limit != nil
	case limit == nil, closer(*limit, *exclusive.value) == *exclusive.value:
		return exclusive.value, true
	default:
		return limit, false
	}
}

// wholeStep is the smallest whole multiple of step: the distance of integers that are multiples of it.
func wholeStep(step float64) float64 {
	if step <= 0 {
		return 1
	}
	for k := 1.0; k <= 1000; k++ {
		if m := step * k; math.Abs(m-math.Round(m)) < 1e-9 {
			return math.Round(m)
		}
	}
	return step
}

// multiple picks a multiple of step between the bounds.
func (g *generator) multiple(out []byte, step, low, high float64, lowOpen, highOpen bool) ([]byte, error) {
	first, last := math.Ceil(low/step), math.Floor(high/step)
	if lowOpen && first*step <= low {
		first++
	}
	if highOpen && last*step >= high {
		last--
	}
	if first > last || !finite(first) || !finite(last) {
		return nil, errNothingFits
	}
	x := (first + float64(g.dice.below(int(min(last-first, 1000))+1))) * step
	if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return strconv.AppendInt(out, int64(x), 10), nil
	}
	return appendNumber(out, x, 15)
}

// appendNumber writes x with so many digits, unless limits beyond what JSON can say have made it no
// number at all.
func appendNumber(out []byte, x float64, digits int) ([]byte, error) {
	if !finite(x) {
		return nil, errNothingFits
	}
	return strconv.AppendFloat(out, x, 'g', digits, 64), nil
}

func finite(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }
