package chart

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// density is how many pixels of a PNG stand for one of the drawing's, so that it is sharp on fine screens.
const density = 2

// WritePNG writes the drawing on light paper as a PNG. Its texts are set in the fonts that come with it.
func (d *Drawing) WritePNG(w io.Writer) error {
	c := canvas{
		image: image.NewRGBA(image.Rect(0, 0, int(math.Ceil(d.Width*density)), int(math.Ceil(d.Height*density)))),
		inks:  map[Ink]image.Image{}, faces: map[typeface]font.Face{},
	}
	for _, p := range palettes() {
		rgb := color.RGBA{A: 0xff}
		if _, err := fmt.Sscanf(p.light, "#%02x%02x%02x", &rgb.R, &rgb.G, &rgb.B); err != nil {
			return fmt.Errorf("cannot read the colour %s: %w", p.light, err)
		}
		c.inks[p.ink] = image.NewUniform(rgb)
	}
	draw.Draw(c.image, c.image.Bounds(), c.inks[Paper], image.Point{}, draw.Src)
	for i := range d.shapes {
		if err := c.shape(&d.shapes[i]); err != nil {
			return err
		}
	}
	return png.Encode(w, c.image)
}

// canvas is the paper in pixels.
type canvas struct {
	image *image.RGBA
	inks  map[Ink]image.Image
	faces map[typeface]font.Face
}

type typeface struct {
	size float64
	bold bool
}

func (c *canvas) shape(s *shape) error {
	first := s.points[0].scaled()
	switch {
	case s.box:
		to := s.points[1].scaled()
		c.fill(s.ink, [][]point{{first, {to.x, first.y}, to, {first.x, to.y}}})
	case s.round:
		c.fill(s.ink, [][]point{disc(first, s.width*density/2)})
	case s.text != "":
		return c.text(s, first)
	default:
		points := make([]point, len(s.points))
		for i, p := range s.points {
			points[i] = p.scaled()
		}
		var outline [][]point
		for _, dash := range dashed(points, dashLengths[s.dash]) {
			outline = append(outline, stroke(dash, s.width*density/2)...)
		}
		c.fill(s.ink, outline)
	}
	return nil
}

// text writes a text whose anchor is at a place of its base line.
func (c *canvas) text(s *shape, at point) error {
	face, err := c.face(typeface{s.size, s.bold})
	if err != nil {
		return err
	}
	w := font.Drawer{Dst: c.image, Src: c.inks[s.ink], Face: face}
	width := float64(w.MeasureString(s.text)) / 64
	switch s.anchor {
	case middle:
		at.x -= width / 2
	case end:
		at.x -= width
	case start:
	}
	w.Dot = fixed.Point26_6{X: fixed.Int26_6(math.Round(at.x * 64)), Y: fixed.Int26_6(math.Round(at.y * 64))}
	w.DrawString(s.text)
	return nil
}

func (c *canvas) face(t typeface) (font.Face, error) {
	if f := c.faces[t]; f != nil {
		return f, nil
	}
	text := goregular.TTF
	if t.bold {
		text = gobold.TTF
	}
	parsed, err := opentype.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("cannot read the font: %w", err)
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: t.size * density, DPI: 72})
	if err != nil {
		return nil, fmt.Errorf("cannot set a text of %g pixels: %w", t.size, err)
	}
	c.faces[t] = f
	return f, nil
}

// fill fills polygons that all turn the same way, as one: where they overlap nothing is drawn twice.
func (c *canvas) fill(ink Ink, polygons [][]point) {
	area := image.Rectangle{}
	for _, polygon := range polygons {
		for _, p := range polygon {
			x, y := int(math.Floor(p.x)), int(math.Floor(p.y))
			area = area.Union(image.Rect(x, y, x+2, y+2))
		}
	}
	if area = area.Intersect(c.image.Bounds()); area.Empty() {
		return
	}
	z := vector.NewRasterizer(area.Dx(), area.Dy())
	for _, polygon := range polygons {
		for i, p := range polygon {
			x, y := float32(p.x-float64(area.Min.X)), float32(p.y-float64(area.Min.Y))
			if i == 0 {
				z.MoveTo(x, y)
			} else {
				z.LineTo(x, y)
			}
		}
		z.ClosePath()
	}
	z.Draw(c.image, area, c.inks[ink], image.Point{})
}

func (p point) scaled() point { return point{p.x * density, p.y * density} }
