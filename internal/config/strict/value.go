package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/outcrop/outcrop/internal/identity"
)

// decoder is one walk over a document, side by side with the Go value it fills.
type decoder struct {
	*Document
	env     Lookup
	anchors map[string]ast.Node
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[identity.Secret]()
)

// value decodes n, found at path, into v. It adds a fault and leaves v alone when n does not fit.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	n, ok := d.resolve(n, path)
	if !ok || n == nil || n.Type() == ast.NullType {
		return
	}
	if _, seen := d.places[path]; !seen {
		d.places[path] = placeOf(n)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if v.Type() == secretType {
			d.hide(n)
		}
		d.scalar(n, path, wantOf(v), func(s string) error { return u.UnmarshalText([]byte(s)) })
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, path, wantOf(v), func(s string) error { return parseInto(v, s) })
	}
}

// resolve follows tags, anchors and aliases to the node that holds the value.
func (d *decoder) resolve(n ast.Node, path string) (ast.Node, bool) {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.resolve(n.Value, path)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := d.anchors[name]
		if !ok {
			d.misformed(placeOf(n), path, "*%s refers to no anchor above it; write &%s before the value it stands for", name, name)
			return nil, false
		}
		return d.resolve(target, path)
	case *ast.TagNode:
		d.misformed(placeOf(n), path, "tags such as %s have no meaning in a configuration; write the plain value", n.GetToken().Value)
		return nil, false
	}
	return n, true
}

// entries returns the pairs of a mapping, each key once, and what the keys are. Values given twice are faults.
func (d *decoder) entries(n ast.Node, path string) (pairs []*ast.MappingValueNode, ok bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.misformed(placeOf(n), path, "want a mapping (key: value), found %s", kind(n))
		return nil, false
	}
	first := map[string]int{}
	for it := m.MapRange(); it.Next(); {
		kv := it.KeyValue()
		at := placeOf(kv.Key)
		if kv.Key.IsMergeKey() {
			d.misformed(at, path, "merge keys (<<) are not supported; repeat the keys, or give an alias as a whole value")
			continue
		}
		key := keyText(kv)
		if line, twice := first[key]; twice {
			d.misformed(at, join(path, key), "given twice; the first is in line %d", line)
			continue
		}
		first[key] = at.Line
		pairs = append(pairs, kv)
	}
	return pairs, true
}

func keyText(kv *ast.MappingValueNode) string {
	if s, ok := scalar(kv.Key); ok {
		return s
	}
	return kv.Key.GetToken().Value
}

func (d *decoder) structure(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.entries(n, path)
	if !ok {
		return
	}
	fields, names := fieldsOf(v.Type())
	for _, kv := range pairs {
		key := keyText(kv)
		index, known := fields[key]
		if !known {
			d.unknown(kv, path, key, names)
			continue
		}
		d.value(kv.Value, v.FieldByIndex(index), join(path, key))
	}
}

// unknown adds the fault of a key that the struct at path does not have. The key that was probably
// meant counts as given, so that nobody is told that it is missing.
func (d *decoder) unknown(kv *ast.MappingValueNode, path, key string, names []string) {
	meant := Closest(key, names)
	if meant == "" {
		d.misformed(placeOf(kv.Key), join(path, key), "unknown key; the keys here are %s", strings.Join(names, ", "))
		return
	}
	d.misformed(placeOf(kv.Key), join(path, key), "unknown key; did you mean %q?", meant)
	d.broken[join(path, meant)] = true
}

// fieldsOf maps the keys of a struct to its fields, and lists them in the order of the struct.
// A field without a key of its own is no key, and an embedded struct lends its keys.
func fieldsOf(t reflect.Type) (fields map[string][]int, names []string) {
	fields = map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name != "" && name != "-" && f.IsExported() {
			fields[name] = f.Index
			names = append(names, name)
		}
	}
	return fields, names
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.entries(n, path)
	if !ok {
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(pairs))
	for _, kv := range pairs {
		key := keyText(kv)
		element := reflect.New(v.Type().Elem()).Elem()
		d.places[join(path, key)] = placeOf(kv.Key)
		d.value(kv.Value, element, join(path, key))
		out.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), element)
	}
	v.Set(out)
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.misformed(placeOf(n), path, "want a list ([a, b], or lines that begin with -), found %s", kind(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, item := range s.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if item == nil || item.Type() == ast.NullType {
			d.misformed(d.itemPlace(item, path), at, "this entry of the list is empty; give it a value or remove it")
			continue
		}
		d.value(item, out.Index(i), at)
	}
	v.Set(out)
}

func (d *decoder) itemPlace(item ast.Node, path string) Place {
	if item == nil || placeOf(item) == (Place{}) {
		return d.At(path)
	}
	return placeOf(item)
}

// scalar hands the text of n, its variables replaced, to set. An error of set is a fault.
func (d *decoder) scalar(n ast.Node, path, want string, set func(string) error) {
	text, ok := scalar(n)
	if !ok {
		d.misformed(placeOf(n), path, "want %s, found %s", want, kind(n))
		return
	}
	text, err := expand(text, d.env)
	if err == nil {
		err = set(text)
	}
	if err != nil {
		d.misformed(placeOf(n), path, "%v", err)
	}
}

// hide keeps the lines of a secret out of every excerpt.
func (d *decoder) hide(n ast.Node) {
	first := placeOf(n).Line
	text, _ := scalar(n)
	for i := range 1 + strings.Count(text, "\n") {
		d.secrets[first+i] = true
	}
	if n.Type() == ast.LiteralType { // its text begins in the next line
		d.secrets[first+1+strings.Count(text, "\n")] = true
	}
}

// wantOf says in words what a value must be.
func wantOf(v reflect.Value) string {
	switch {
	case v.Type() == durationType:
		return "a duration such as 500ms, 10s or 5m"
	case v.CanInt(), v.CanUint():
		return "a whole number"
	case v.CanFloat():
		return "a number"
	case v.Kind() == reflect.Bool:
		return "true or false"
	}
	return "text"
}

// parseInto sets v, a text, boolean or number, from s.
func parseInto(v reflect.Value, s string) error {
	parsed, err := parse(v, s)
	if err != nil {
		return fmt.Errorf("want %s, found %q", wantOf(v), s)
	}
	v.Set(reflect.ValueOf(parsed).Convert(v.Type()))
	return nil
}

func parse(v reflect.Value, s string) (any, error) {
	switch {
	case v.Type() == durationType:
		return time.ParseDuration(s)
	case v.Kind() == reflect.String:
		return s, nil
	case v.Kind() == reflect.Bool:
		return parseBool(s)
	case v.CanInt():
		return strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, v.Type().Bits())
	case v.CanUint():
		return strconv.ParseUint(strings.ReplaceAll(s, "_", ""), 10, v.Type().Bits())
	case v.CanFloat():
		return strconv.ParseFloat(s, v.Type().Bits())
	}
	panic(fmt.Sprintf("strict: a field of type %s cannot be decoded", v.Type())) // a mistake of the program, not of the file
}

func parseBool(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, strconv.ErrSyntax
	}
	return s == "true", nil
}
