package policy

import "github.com/go-json-experiment/json/jsontext"

// The versions of the language. Only the second has policy variables; a document without a version is of the first.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Document is a policy's text, compiled. It is immutable.
type Document struct {
	kind       Kind
	version    string // empty: none was given
	statements []Statement
	// The statements that deny and those that allow, apart, because every denial is looked for first.
	denies, allows []*Statement
}

// Version is the version the document names, empty when it names none.
func (d *Document) Version() string { return d.version }

// Kind is the kind it was parsed as.
func (d *Document) Kind() Kind { return d.kind }

// Statements are the document's, in order. They must not be changed.
func (d *Document) Statements() []Statement { return d.statements }

// parser turns one text into a Document.
type parser struct {
	kind      Kind
	text      []byte
	variables bool // the version has policy variables
}

// Parse compiles a document. Its grammar is AWS's, strictly: what is not part of it is refused, with AWS's sentence for
// the kind of document, and the place. The error is a *fault.Error that says MalformedPolicyDocument, as the service
// that keeps the kind spells it. How long a text may be is for the caller to say, who knows what it is attached to.
func Parse(text []byte, kind Kind) (*Document, error) {
	p := &parser{kind: kind, text: text}
	root, at, err := parseNode(text)
	if err != nil {
		return nil, p.fail(at, p.notJSON(), "%v", err)
	}
	return p.document(root)
}

// notJSON is the sentence for a text that does not even parse.
func (p *parser) notJSON() string {
	if p.kind == Trust {
		return "This policy contains invalid Json"
	}
	return "Syntax errors in policy."
}

func (p *parser) document(root node) (*Document, error) {
	if root.kind != '{' {
		return nil, p.syntax(root.start, "a policy is a JSON object")
	}
	d := &Document{kind: p.kind}
	var statements *node
	for i := range root.fields {
		f := &root.fields[i]
		switch f.name {
		case "Version":
			d.version = f.value.text
			if f.value.kind != '"' || d.version != Version2008 && d.version != Version2012 {
				return nil, p.fail(f.value.start, p.badVersion(), "the version must be %s or %s", Version2012, Version2008)
			}
		case "Id":
			if f.value.kind != '"' {
				return nil, p.syntax(f.value.start, "the Id must be a string")
			}
		case "Statement":
			statements = &f.value
		default:
			return nil, p.syntax(f.start, "%q is not an element of a policy", f.name)
		}
	}
	p.variables = d.version == Version2012
	if statements == nil {
		return nil, p.noStatement(root.start)
	}
	if err := p.fill(d, *statements); err != nil {
		return nil, err
	}
	return d, nil
}

func (p *parser) badVersion() string {
	if p.kind == Trust {
		return "The policy must contain a valid version string"
	}
	return "Syntax errors in policy."
}

func (p *parser) noStatement(offset int) error {
	if p.kind == Trust {
		return p.fail(offset, "Could not parse the policy: Statement is empty!", "a policy needs a statement")
	}
	return p.syntax(offset, "a policy needs a statement")
}

// fill compiles one statement, or a list of them.
func (p *parser) fill(d *Document, statements node) error {
	list := statements.items
	switch {
	case statements.kind == '{':
		list = []node{statements}
	case statements.kind != '[':
		return p.syntax(statements.start, "Statement must be an object or a list of objects")
	case len(list) == 0:
		return p.noStatement(statements.start)
	}
	d.statements = make([]Statement, len(list))
	sids := make(map[string]bool, len(list))
	for i, n := range list {
		s := &d.statements[i]
		s.Number = i + 1
		if err := p.statement(s, n); err != nil {
			return err
		}
		if s.Sid != "" && sids[s.Sid] {
			return p.fail(n.start, p.sameSid(), "two statements are called %q", s.Sid)
		}
		sids[s.Sid] = true
		if s.Deny {
			d.denies = append(d.denies, s)
		} else {
			d.allows = append(d.allows, s)
		}
	}
	return nil
}

func (p *parser) sameSid() string {
	if p.kind == Trust {
		return "The Statement Ids in the policy are not unique"
	}
	return "Statement IDs (SID) in a single policy must be unique."
}

// texts reads one string, or a list of strings.
func (p *parser) texts(name string, n node) ([]node, error) {
	list := n.items
	if n.kind != '[' {
		list = []node{n}
	}
	for _, item := range list {
		if item.kind != '"' {
			return nil, p.syntax(item.start, "%s must be a string or a list of strings, found %s", name, described(item.kind))
		}
	}
	return list, nil
}

// described is a JSON kind in words.
func described(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '0':
		return "a number"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "a string"
}
