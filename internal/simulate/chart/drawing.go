// Package chart draws figures of time series, ranges, bars and heat maps that can be told apart without colour vision, on light and dark paper.
//
// A figure is made in two steps: its panels become a Drawing, a list of lines, boxes and texts with coordinates, and a
// Drawing becomes SVG or PNG. The same figure always becomes the same bytes.
package chart

// Ink names what something is drawn with. What colour that is depends on the paper.
type Ink string

// The inks besides those of Series and Shade.
const (
	Text  Ink = "text"  // headings and labels
	Faint Ink = "faint" // numbers on axes and what can be passed over
	Grid  Ink = "grid"
	Paper Ink = "paper"
	Alarm Ink = "alarm" // a time at which something was wrong
)

// seriesInks is how many inks, and dashes, Series tells apart.
const seriesInks = 6

// Series is the ink of the i-th thing compared, from 0; the seventh looks like the first.
func Series(i int) Ink { return Ink("s" + string(rune('0'+i%seriesInks))) }

// shades is how many steps Shade has.
const shades = 11

// Shade is the ink of a share from 0 to 1: the more, the further from the paper.
func Shade(v float64) Ink {
	return Ink("h" + string(rune('a'+int(min(max(v, 0), 1)*(shades-1)+0.5))))
}

// point is a place on the paper, in pixels from its upper left corner.
type point struct{ x, y float64 }

// Drawing is what is on the paper.
type Drawing struct {
	Title, Description string // for those who cannot see it
	Width, Height      float64
	shapes             []shape
}

// shape is one thing on the paper: a text, a box or a line, by what is set.
type shape struct {
	ink Ink

	text   string
	size   float64
	anchor anchor
	bold   bool

	points []point // of a line, or the two corners of a box
	box    bool
	width  float64 // of a line
	dash   int     // of a line, as of Series
	round  bool    // a line of one point is a dot, of width
}

// anchor says which end of a text its place is.
type anchor uint8

const (
	start anchor = iota
	middle
	end
)

// style is how a text is set.
type style struct {
	ink    Ink
	size   float64
	anchor anchor
	bold   bool
}

func (d *Drawing) text(at point, s style, text string) {
	d.shapes = append(d.shapes, shape{
		ink: s.ink, text: text, size: s.size, anchor: s.anchor, bold: s.bold, points: []point{at},
	})
}

func (d *Drawing) box(ink Ink, from, to point) {
	d.shapes = append(d.shapes, shape{ink: ink, box: true, points: []point{from, to}})
}

// line draws a line whose dashes are those of a series; 0 has none.
func (d *Drawing) line(ink Ink, width float64, dash int, points ...point) {
	d.shapes = append(d.shapes, shape{ink: ink, width: width, dash: dash % seriesInks, points: points})
}

func (d *Drawing) dot(ink Ink, at point, diameter float64) {
	d.shapes = append(d.shapes, shape{ink: ink, width: diameter, points: []point{at}, round: true})
}

// textWidth is about how wide a text is: fonts differ, and nobody here has them.
func textWidth(text string, size float64) float64 {
	em := 0.0
	for _, r := range text {
		switch {
		case r == 'i' || r == 'l' || r == 'j' || r == '.' || r == ',' || r == ' ' || r == 't' || r == 'f' || r == 'r' || r == '-':
			em += 0.36
		case 'A' <= r && r <= 'Z', r == 'm', r == 'w', r == '%':
			em += 0.76
		default:
			em += 0.58
		}
	}
	return em * size
}
