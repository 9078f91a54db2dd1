package strict

import (
	"fmt"
	"regexp"
	"strings"
)

// Fault is one thing wrong in a file.
type Fault struct {
	File string // as it was named to Decode
	Place
	Path    string // "deployments[0].provider"; empty when the text is no YAML at all
	Message string

	line string // the line the fault is in, secrets masked
}

// String is the fault in one line and, where the place is known, an excerpt in two more:
//
//	outcrop.yaml:3:9: limits.body: "25XB" is not a size
//	  3 |   body: 25XB
//	    |         ^^^^
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": ")
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.line != "" {
		f.excerpt(&b)
	}
	return b.String()
}

// maxExcerpt is how many characters of a line are shown, and lead how many of them before the fault.
const (
	maxExcerpt = 120
	lead       = 60
)

// excerpt draws the line, or the part of a long one around the fault, and a caret under each
// character of the fault that is shown.
func (f Fault) excerpt(b *strings.Builder) {
	line, column := []rune(f.line), max(f.Column-1, 0)
	if len(line) > maxExcerpt {
		from := min(max(column-lead, 0), len(line)-maxExcerpt)
		line, column = line[from:from+maxExcerpt], column-from
	}
	number := fmt.Sprintf("%3d", f.Line)
	fmt.Fprintf(b, "\n%s | %s\n%*s | ", number, string(line), len(number), "")
	for _, r := range line[:min(column, len(line))] {
		if r != '\t' { // a tab stays one, so that the caret lands under its character
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat("^", max(1, min(f.Width, len(line)-column))))
}

// Error is every fault of a file.
type Error struct{ Faults []Fault }

// Error is all faults, one after the other.
func (e *Error) Error() string {
	texts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		texts[i] = f.String()
	}
	return strings.Join(texts, "\n")
}

var (
	// secretKey finds keys that are likely to hold a secret, also where the file misspells them.
	secretKey = regexp.MustCompile(`(?i)[\w-]*(?:api[-_ ]?key|secret|password|credential)[\w-]*["']?\s*:(?:\s|$)`)
	// userinfo finds the user and the password of a URL.
	userinfo = regexp.MustCompile(`://[^/\s]*@`)
)

// mask is a line of a file as an excerpt may show it. secret says that its value is known to be one.
func mask(line string, secret bool) string {
	line = userinfo.ReplaceAllString(line, "://[redacted]@")
	if at := secretKey.FindStringIndex(line); at != nil {
		return strings.TrimRight(line[:at[1]], " ") + " [redacted]"
	}
	if !secret {
		return line
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	return indent + "[redacted]"
}
