package chart

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// palette is an ink's colour on light and on dark paper.
type palette struct {
	ink         Ink
	light, dark string
}

// palettes are all inks. Series are the colours that Okabe and Ito chose to be told apart with every kind of colour
// vision, lightened for dark paper.
func palettes() []palette {
	all := []palette{
		{Paper, "#ffffff", "#14181d"},
		{Text, "#1d2329", "#e6eaee"},
		{Faint, "#5c6670", "#9aa4ae"},
		{Grid, "#e3e6e9", "#2b323a"},
		{Alarm, "#f6e3d8", "#3a2419"},
		{Series(0), "#0072b2", "#56b4e9"},
		{Series(1), "#d55e00", "#ff8b45"},
		{Series(2), "#009e73", "#2fc79b"},
		{Series(3), "#b2568f", "#e39dc4"},
		{Series(4), "#c48700", "#f0b429"},
		{Series(5), "#555f69", "#c3cad1"},
	}
	for i := range shades {
		v := float64(i) / (shades - 1)
		all = append(all, palette{Shade(v), ramp(lightRamp, v), ramp(darkRamp, v)})
	}
	return all
}

// The ramps run through yellow and blue, which differ in lightness as well: everyone sees their order.
var (
	lightRamp = [...][3]float64{{247, 244, 230}, {226, 200, 110}, {125, 138, 121}, {38, 82, 130}, {9, 30, 78}}
	darkRamp  = [...][3]float64{{28, 34, 46}, {38, 72, 126}, {108, 120, 120}, {205, 176, 88}, {255, 236, 150}}
)

func ramp(stops [5][3]float64, v float64) string {
	at := v * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	var rgb [3]int
	for c := range rgb {
		rgb[c] = int(stops[i][c] + (at-float64(i))*(stops[i+1][c]-stops[i][c]) + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2])
}

// dashLengths are the dashes and gaps of Series, in pixels, so that lines can be told apart in grey as well.
var dashLengths = [seriesInks][]float64{nil, {7, 3}, {2, 2.5}, {9, 3, 2, 3}, {4, 3}, {1.5, 4}}

// WriteSVG writes the drawing as one SVG document that needs nothing else.
func (d *Drawing) WriteSVG(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]s" height="%[2]s" role="img" aria-label="%s">`+"\n",
		number(d.Width), number(d.Height), escaped(d.Title))
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n", escaped(d.Title), escaped(d.Description))
	b.WriteString(sheet())
	fmt.Fprintf(&b, `<rect class="f-%s" width="100%%" height="100%%"/>`+"\n", Paper)
	for i := range d.shapes {
		d.shapes[i].svg(&b)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// sheet is the style sheet: f-INK fills, l-INK draws a line. Its names would clash with none of a page around it but
// those of another figure, which are the same.
func sheet() string {
	var b strings.Builder
	b.WriteString("<style>\ntext{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\n")
	for _, p := range palettes() {
		fmt.Fprintf(&b, ".f-%[1]s{fill:%[2]s}.l-%[1]s{fill:none;stroke:%[2]s}\n", p.ink, p.light)
	}
	b.WriteString("@media (prefers-color-scheme:dark){\n")
	for _, p := range palettes() {
		fmt.Fprintf(&b, ".f-%[1]s{fill:%[2]s}.l-%[1]s{stroke:%[2]s}\n", p.ink, p.dark)
	}
	b.WriteString("}\n</style>\n")
	return b.String()
}

func (s *shape) svg(b *strings.Builder) {
	first := s.points[0]
	switch {
	case s.box:
		to := s.points[1]
		fmt.Fprintf(b, `<rect class="f-%s" x="%s" y="%s" width="%s" height="%s"/>`+"\n",
			s.ink, number(first.x), number(first.y), number(to.x-first.x), number(to.y-first.y))
	case s.round:
		fmt.Fprintf(b, `<circle class="f-%s" cx="%s" cy="%s" r="%s"/>`+"\n", s.ink, number(first.x), number(first.y), number(s.width/2))
	case s.text != "":
		fmt.Fprintf(b, `<text class="f-%s" x="%s" y="%s" font-size="%s"%s>%s</text>`+"\n",
			s.ink, number(first.x), number(first.y), number(s.size), s.attributes(), escaped(s.text))
	default:
		fmt.Fprintf(b, `<path class="l-%s" stroke-width="%s" stroke-linejoin="round"%s d="`, s.ink, number(s.width), s.attributes())
		for i, p := range s.points {
			if i == 0 {
				b.WriteByte('M')
			} else {
				b.WriteByte('L')
			}
			b.WriteString(number(p.x) + " " + number(p.y))
		}
		b.WriteString(`"/>` + "\n")
	}
}

// attributes are those that most shapes have not.
func (s *shape) attributes() string {
	text := ""
	switch s.anchor {
	case middle:
		text += ` text-anchor="middle"`
	case end:
		text += ` text-anchor="end"`
	case start:
	}
	if s.bold {
		text += ` font-weight="600"`
	}
	if dash := dashAttribute(s.dash); dash != "" {
		text += ` stroke-dasharray="` + dash + `"`
	}
	return text
}

// number is a coordinate to a tenth of a pixel.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	if text = strings.TrimSuffix(text, ".0"); text == "-0" {
		return "0"
	}
	return text
}

// escaped is a text as XML may hold it.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�")))
}
