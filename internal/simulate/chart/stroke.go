package chart

import (
	"math"
	"strconv"
	"strings"
)

// dashAttribute is how SVG writes the lengths of a series' dashes and gaps.
func dashAttribute(dash int) string {
	var text []string
	for _, n := range dashLengths[dash] {
		text = append(text, strconv.FormatFloat(n, 'f', -1, 64))
	}
	return strings.Join(text, " ")
}

// dashed cuts a line into its dashes. The lengths, of dashes and gaps in turn, are in pixels of the drawing; without any
// the line is whole.
func dashed(line []point, lengths []float64) [][]point {
	if len(lengths) == 0 || len(line) == 0 {
		return [][]point{line}
	}
	var out [][]point
	dash, at, left := []point{line[0]}, 0, lengths[0]*density
	for i := 1; i < len(line); i++ {
		from, to := line[i-1], line[i]
		for length := math.Hypot(to.x-from.x, to.y-from.y); length > left; length = math.Hypot(to.x-from.x, to.y-from.y) {
			from = point{from.x + (to.x-from.x)*left/length, from.y + (to.y-from.y)*left/length}
			if at%2 == 0 {
				out = append(out, append(dash, from))
			}
			dash, at = []point{from}, at+1
			left = lengths[at%len(lengths)] * density
		}
		left -= math.Hypot(to.x-from.x, to.y-from.y)
		dash = append(dash, to)
	}
	if at%2 == 0 {
		out = append(out, dash)
	}
	return out
}

// stroke is the outline of a line with round joins: a box for each piece of it, and discs between them. All turn the same way.
func stroke(line []point, radius float64) [][]point {
	var out [][]point
	for i := 1; i < len(line); i++ {
		from, to := line[i-1], line[i]
		length := math.Hypot(to.x-from.x, to.y-from.y)
		if length == 0 {
			continue
		}
		x, y := (to.y-from.y)/length*radius, (from.x-to.x)/length*radius
		out = append(out, []point{{from.x + x, from.y + y}, {to.x + x, to.y + y}, {to.x - x, to.y - y}, {from.x - x, from.y - y}})
		if i+1 < len(line) {
			out = append(out, disc(to, radius))
		}
	}
	return out
}

// disc is a circle as a polygon.
func disc(at point, radius float64) []point {
	const corners = 24
	out := make([]point, corners)
	for i := range out {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		out[i] = point{at.x + radius*cos, at.y + radius*sin}
	}
	return out
}
