package awswire

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// maxLabels is how many labels a path of the API may have.
const maxLabels = 4

// Match is a path that names an operation.
type Match struct {
	Operation *Operation
	route     *route
	labels    [maxLabels]string // as they stood in the path, still escaped
}

// route is one operation's path taken apart: literals[0] label literals[1] label … literals[n].
type route struct {
	op       Operation
	literals []string
	names    []string
	weight   int // bytes of literal text: the more, the more specific
}

// table finds operations by method and path, by target, or by action.
type table struct {
	byMethod map[string][]*route
	byTarget map[string]*Operation
	prefix   string // what all targets have before their point
	byAction map[string]*Operation
	version  string // what goes with all actions
}

func newTable(ops []Operation) table {
	t := table{byMethod: map[string][]*route{}, byTarget: map[string]*Operation{}, byAction: map[string]*Operation{}}
	for _, op := range ops {
		switch {
		case op.Target != "":
			t.byTarget[op.Target] = &op
			t.prefix, _, _ = strings.Cut(op.Target, ".")
		case op.Version != "":
			t.byAction[op.Name] = &op
			t.version = op.Version
		default:
			t.byMethod[op.Method] = append(t.byMethod[op.Method], newRoute(op))
		}
	}
	for _, routes := range t.byMethod {
		slices.SortStableFunc(routes, func(a, b *route) int { return b.weight - a.weight })
	}
	return t
}

// operations are all rows, sorted.
func (t table) operations() []Operation {
	var all []Operation
	for _, routes := range t.byMethod {
		for _, r := range routes {
			all = append(all, r.op)
		}
	}
	for _, named := range [...]map[string]*Operation{t.byTarget, t.byAction} {
		for _, op := range named {
			all = append(all, *op)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(len(b.Path), len(a.Path)), strings.Compare(a.Path, b.Path))
	})
	return all
}

// matchAction finds an operation by its name and the version of the API.
func (t table) matchAction(name, version string) (Match, bool) {
	op, ok := t.byAction[name]
	if !ok || version != t.version {
		return Match{}, false
	}
	return Match{Operation: op}, true
}

// newRoute takes an operation's path apart.
func newRoute(op Operation) *route {
	r := &route{op: op}
	rest := op.Path
	for {
		literal, tail, found := strings.Cut(rest, "{")
		r.literals = append(r.literals, literal)
		r.weight += len(literal)
		if !found {
			return r
		}
		if len(r.names) == maxLabels {
			panic("BUG: more labels than a Match holds in " + op.Path)
		}
		name, after, _ := strings.Cut(tail, "}")
		r.names = append(r.names, name)
		rest = after
	}
}

// match prefers routes whose labels are single segments. Failing that a label may span slashes, as
// it does when a client sends an ARN without escaping it.
func (t table) match(method, path string) (Match, bool) {
	routes := t.byMethod[method]
	for _, spanning := range []bool{false, true} {
		for _, r := range routes {
			m := Match{Operation: &r.op, route: r}
			if r.match(path, spanning, &m.labels) {
				return m, true
			}
		}
	}
	return Match{}, false
}

// match fills labels from a path. Every label must have at least one byte.
func (r *route) match(path string, spanning bool, labels *[maxLabels]string) bool {
	rest, ok := strings.CutPrefix(path, r.literals[0])
	if !ok {
		return false
	}
	if len(r.names) == 0 {
		return rest == ""
	}
	last := len(r.names) - 1
	for i := range r.names {
		label := rest
		switch {
		case i == last:
			label, ok = strings.CutSuffix(rest, r.literals[i+1])
		default:
			label, rest, ok = strings.Cut(rest, r.literals[i+1])
		}
		if !ok || label == "" || strings.Contains(label, "/") && !(spanning && isARN(label)) {
			return false
		}
		labels[i] = label
	}
	return true
}

// isARN reports whether a label that holds slashes may do so.
func isARN(label string) bool {
	rest, ok := strings.CutPrefix(label, "arn")
	return ok && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "%3A") || strings.HasPrefix(rest, "%3a"))
}

// label returns the escaped text of a named label.
func (m *Match) label(name string) string {
	if i := slices.Index(m.route.names, name); i >= 0 {
		return m.labels[i]
	}
	return ""
}

// Labels yields the parts of the path that the operation names, unescaped; one that cannot be unescaped as it stands.
func (m *Match) Labels() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		if m.route == nil {
			return
		}
		for i, name := range m.route.names {
			value, ok := unescape(m.labels[i])
			if !ok {
				value = m.labels[i]
			}
			if !yield(name, value) {
				return
			}
		}
	}
}
