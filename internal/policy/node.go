package policy

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// node is one JSON value and its place. Documents are short, and the grammar is easier to read over a tree than over a
// stream.
type node struct {
	kind       jsontext.Kind // one of n t f " 0 { [
	text       string        // a string without its quotes, a number or a literal as written
	items      []node        // of a list
	fields     []field       // of an object, in order
	start, end int           // byte offsets
}

// field is a member of an object.
type field struct {
	name  string
	start int
	value node
}

// maxDepth is deeper than the grammar goes, and shallow enough to recurse.
const maxDepth = 8

// errDeep refuses what no policy can mean before it costs anything.
var errDeep = errors.New("values are nested too deep")

// parseNode reads a whole text. An error comes with the offset where it was noticed.
func parseNode(text []byte) (node, int, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	n, err := readNode(dec, maxDepth)
	if err == nil {
		if _, end := dec.ReadToken(); !errors.Is(end, io.EOF) {
			err = errors.New("there is more after the document's end")
		}
	}
	if err == nil {
		return n, 0, nil
	}
	at := int(dec.InputOffset())
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return node{}, int(syntax.ByteOffset), plainSyntax(syntax)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return node{}, len(text), errors.New("the text ends before the document does")
	}
	return node{}, at, err
}

// plainSyntax is what is wrong, without the decoder's own account of where.
func plainSyntax(e *jsontext.SyntacticError) error {
	if e.Err == nil {
		return errors.New("this is not JSON")
	}
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return errors.New("the text ends before the document does")
	}
	return e.Err
}

func readNode(dec *jsontext.Decoder, depth int) (node, error) {
	if depth == 0 {
		return node{}, errDeep
	}
	switch dec.PeekKind() {
	case '{':
		return readObject(dec, depth)
	case '[':
		return readList(dec, depth)
	}
	return readScalar(dec)
}

func readScalar(dec *jsontext.Decoder) (node, error) {
	raw, err := dec.ReadValue()
	if err != nil {
		return node{}, err
	}
	end := int(dec.InputOffset())
	n := node{kind: raw.Kind(), text: string(raw), start: end - len(raw), end: end}
	if n.kind == '"' {
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return node{}, err
		}
		n.text = string(text)
	}
	return n, nil
}

func readObject(dec *jsontext.Decoder, depth int) (node, error) {
	n, err := begin(dec)
	for err == nil && dec.PeekKind() != '}' {
		var name, value node
		if name, err = readScalar(dec); err != nil {
			break
		}
		if value, err = readNode(dec, depth-1); err != nil {
			break
		}
		n.fields = append(n.fields, field{name.text, name.start, value})
	}
	return n.close(dec, err)
}

func readList(dec *jsontext.Decoder, depth int) (node, error) {
	n, err := begin(dec)
	for err == nil && dec.PeekKind() != ']' {
		var item node
		if item, err = readNode(dec, depth-1); err == nil {
			n.items = append(n.items, item)
		}
	}
	return n.close(dec, err)
}

// begin reads the bracket that opens an object or a list.
func begin(dec *jsontext.Decoder) (node, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return node{}, err
	}
	return node{kind: token.Kind(), start: int(dec.InputOffset()) - 1}, nil
}

// close reads the bracket that ends n, unless something went wrong before.
func (n node) close(dec *jsontext.Decoder, err error) (node, error) {
	if err == nil {
		_, err = dec.ReadToken()
	}
	n.end = int(dec.InputOffset())
	return n, err
}
