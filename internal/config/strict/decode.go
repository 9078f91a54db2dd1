package strict

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Decode reads one YAML document into the struct that into points to. Fields are named by their
// `yaml` tag; a value the file does not give, or gives as null, stays as it was. Scalars may hold
// ${NAME} and ${NAME:-default}, found by env. All faults are in the Document, none is returned.
//
// Structs, maps with text keys, slices, pointers, text, booleans, numbers, time.Duration and
// everything that implements encoding.TextUnmarshaler can be decoded into.
func Decode(name string, src []byte, into any, env Lookup) *Document {
	// As YAML reads line breaks: a carriage return, alone or before a line feed, is one.
	src = bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	d := &Document{
		name:    name,
		lines:   strings.Split(string(src), "\n"),
		places:  map[string]Place{},
		broken:  map[string]bool{},
		secrets: map[int]bool{},
	}
	if i := invalidUTF8(src); i >= 0 {
		line := 1 + bytes.Count(src[:i], []byte("\n"))
		d.misformed(Place{Line: line, Column: 1, Width: 1}, "", "the file is not UTF-8 text: byte 0x%02x", src[i])
		return d
	}
	root, ok := d.parse(src)
	if ok && root != nil {
		dec := decoder{Document: d, env: env, anchors: map[string]ast.Node{}}
		dec.value(root, reflect.ValueOf(into).Elem(), "")
	}
	return d
}

// parse returns the body of the only document, nil when the file is empty.
func (d *Document) parse(src []byte) (root ast.Node, ok bool) {
	defer func() {
		// The parser is not ours; a file that makes it panic is still only a bad file.
		if r := recover(); r != nil {
			d.misformed(Place{}, "", "this is not YAML that can be read: %v", r)
			root, ok = nil, false
		}
	}()
	tokens := lexer.Tokenize(string(src))
	if tk := tooDeep(tokens); tk != nil {
		d.misformed(placeOfToken(tk), "", "nested more than %d deep, which no configuration is", maxDepth)
		return nil, false
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil, false
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentGroupType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil, true
	case 1:
		return bodies[0], true
	}
	d.misformed(placeOf(bodies[1]), "", "a second document begins here; a configuration is one document")
	return nil, false
}

// maxDepth is how deep collections may stand in each other on one line.
const maxDepth = 50

// tooDeep finds where the text nests too deep. The parser's time grows with the square of the depth.
func tooDeep(tokens token.Tokens) *token.Token {
	open, dashes := 0, 0 // brackets, and dashes or question marks in a row
	for _, tk := range tokens {
		switch tk.Type {
		case token.SequenceEntryType, token.MappingKeyType:
			dashes++
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open--
			dashes = 0
		default:
			dashes = 0
		}
		if open+dashes > maxDepth {
			return tk
		}
	}
	return nil
}

// syntax adds the parser's error, which is its first and only one.
func (d *Document) syntax(err error) {
	var at Place
	message := err.Error()
	var se *yaml.SyntaxError
	if errors.As(err, &se) {
		message = se.GetMessage()
		if tk := se.GetToken(); tk != nil {
			at = placeOfToken(tk)
		}
	}
	d.misformed(at, "", "not valid YAML: %s", message)
}

func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// placeOf is where a node begins. A block mapping begins at its first key, not at its first colon.
func placeOf(n ast.Node) Place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return placeOf(n.Values[0])
		}
	case *ast.MappingValueNode:
		return placeOf(n.Key)
	case *ast.LiteralNode:
		return placeOfToken(n.Start)
	}
	if n == nil || n.GetToken() == nil {
		return Place{}
	}
	return placeOfToken(n.GetToken())
}

func placeOfToken(tk *token.Token) Place {
	if tk.Position == nil {
		return Place{}
	}
	width := utf8.RuneCountInString(strings.TrimSpace(tk.Origin))
	if tk.Type == token.MappingStartType || tk.Type == token.SequenceStartType || strings.Contains(tk.Origin, "\n") {
		width = utf8.RuneCountInString(firstLine(tk.Value))
	}
	return Place{Line: tk.Position.Line, Column: tk.Position.Column, Width: max(width, 1)}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// kind names what a node is, for a sentence that says it is the wrong thing.
func kind(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.NullType:
		return "nothing"
	}
	if s, ok := scalar(n); ok {
		return fmt.Sprintf("%q", s)
	}
	return n.Type().String()
}

// scalar returns the text of a scalar as it was written, without quotes.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}
