package policy

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Position is a place in a document's text. Lines and columns count from 1; a column is one character.
type Position struct {
	Line, Column int
}

func (p Position) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

// position finds the place of a byte.
func position(text []byte, offset int) Position {
	before := text[:min(offset, len(text))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return Position{bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[start:]) + 1}
}
