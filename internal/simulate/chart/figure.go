package chart

import "time"

// Figure is a page of panels over a legend that they share.
type Figure struct {
	Title, Subtitle string
	Legend          []string  // of the series; empty when there is but one
	Rows            [][]Panel // the panels of a row share its width
}

// Panel is one picture with a title and axes of its own.
type Panel interface {
	// height is how much of the page it needs.
	height() float64
	// draw fills the frame.
	draw(*Drawing, frame)
}

// The measures of a page, in pixels.
const (
	pageWidth   = 960
	margin      = 24
	gap         = 28
	titleSize   = 17
	headingSize = 13
	labelSize   = 11
	bandHeight  = 12 // of what lies above a plot: its title
)

// frame is the part of the page that a panel has.
type frame struct{ left, top, right, bottom float64 }

// Draw lays the figure out.
func (f *Figure) Draw() *Drawing {
	d := &Drawing{Title: f.Title, Description: f.Subtitle, Width: pageWidth}
	d.text(point{margin, margin + titleSize}, style{ink: Text, size: titleSize, bold: true}, f.Title)
	y := margin + titleSize + 20.0
	if f.Subtitle != "" {
		d.text(point{margin, y}, style{ink: Faint, size: labelSize + 1}, f.Subtitle)
		y += 20
	}
	y = f.legend(d, y+4)
	for _, row := range f.Rows {
		tallest := 0.0
		for _, p := range row {
			tallest = max(tallest, p.height())
		}
		width := (pageWidth - 2*margin - gap*float64(len(row)-1)) / float64(len(row))
		for i, p := range row {
			left := margin + float64(i)*(width+gap)
			p.draw(d, frame{left, y, left + width, y + p.height()})
		}
		y += tallest + gap
	}
	d.Height = y - gap + margin
	return d
}

// legend writes the names of the series, in as many lines as they need, and returns where it ends.
func (f *Figure) legend(d *Drawing, y float64) float64 {
	if len(f.Legend) < 2 {
		return y + 6
	}
	const sample, lineHeight = 26.0, 18.0
	x := float64(margin)
	for i, name := range f.Legend {
		width := sample + 8 + textWidth(name, labelSize+1) + 18
		if x > margin && x+width > pageWidth-margin {
			x, y = margin, y+lineHeight
		}
		d.line(Series(i), 2.4, i, point{x, y - 4}, point{x + sample, y - 4})
		d.text(point{x + sample + 8, y}, style{ink: Text, size: labelSize + 1}, name)
		x += width
	}
	return y + lineHeight + 6
}

// heading writes a panel's title and what its values are, and returns what is left of the frame.
func (f frame) heading(d *Drawing, title, what string) frame {
	d.text(point{f.left, f.top + bandHeight}, style{ink: Text, size: headingSize, bold: true}, title)
	if what != "" {
		d.text(point{f.left, f.top + bandHeight + 16}, style{ink: Faint, size: labelSize}, what)
	}
	f.top += bandHeight + 28
	return f
}

// timeAxis draws the axis below a plot and returns its scale.
func (f frame) timeAxis(d *Drawing, length time.Duration) timeScale {
	t := timeFrom0(length, f.left, f.right)
	for _, v := range t.ticks(6) {
		x := t.at(v)
		d.line(Grid, 1, 0, point{x, f.bottom}, point{x, f.bottom + 4})
		d.text(point{x, f.bottom + 16}, style{ink: Faint, size: labelSize, anchor: middle}, Number(v))
	}
	d.text(point{(f.left + f.right) / 2, f.bottom + 31}, style{ink: Faint, size: labelSize, anchor: middle}, label("time", t.unit))
	return t
}

// timeAxisHeight is what timeAxis needs below a plot.
const timeAxisHeight = 36
