package awswire

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// Form reads the parameters of the query protocol in the shape its caller expects, by the steps in which a Reader reads
// JSON. In Tags.member.2.Key=team are the member Tags, its second item, and in that the member Key. The first mistake
// sticks, every later read returns a zero value, and Err tells it.
//
//	for f.Object(); f.Member(); {
//		switch string(f.Name()) { … default: f.Skip() }
//	}
type Form struct {
	gaps
	params []param // in the order of their paths
	err    error
	at     span // what the next read is about
	frames []formFrame
}

// span is the parameters whose names begin alike.
type span struct {
	from, to int
	depth    int // bytes of that beginning, with its last point
}

// formFrame is one open structure, list or map: which parameters are in it, and where the form is among them.
type formFrame struct {
	span
	next  int // the first parameter behind the current member, item or entry
	kind  formKind
	name  string // of the current member, or the key of the current entry
	index int    // of the current item or entry, from 1
	key   string // what a map calls the keys and the values of its entries
	value string
}

type formKind uint8

const (
	formObject formKind = iota
	formList
	formMap
)

// Err returns the first mistake.
func (f *Form) Err() error { return f.err }

// fail notes a mistake that AWS calls MalformedInput.
func (f *Form) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fault.New(fault.Serialization, format, args...)
	}
}

// leaf is the current parameter's value, when its name ends here.
func (f *Form) leaf() (string, bool) {
	if f.at.to-f.at.from != 1 || len(f.params[f.at.from].name) >= f.at.depth {
		return "", false
	}
	return f.params[f.at.from].value, true
}

// open enters what has parameters of its own. A parameter without a value is one that has none.
func (f *Form) open(frame formFrame, what string) {
	if f.err != nil {
		return
	}
	frame.span = f.at
	if value, ok := f.leaf(); ok && value == "" {
		frame.from = frame.to
	}
	if frame.from < frame.to && len(f.params[frame.from].name) < frame.depth {
		f.mismatch(what)
		return
	}
	frame.next = frame.from
	f.frames = append(f.frames, frame)
}

// Object enters a structure.
func (f *Form) Object() { f.open(formFrame{}, "a structure") }

// List enters a list whose items have the given name before their number.
func (f *Form) List(item string) {
	if f.into(item) {
		f.open(formFrame{kind: formList}, "a list")
	}
}

// Map enters a map whose entries are structures of two members.
func (f *Form) Map(key, value string) {
	if f.into("entry") {
		f.open(formFrame{kind: formMap, key: key, value: value}, "a map")
	}
}

// into steps over a name that must stand before the numbers of items and entries.
func (f *Form) into(name string) bool {
	if _, ok := f.leaf(); ok || f.err != nil || f.at.from == f.at.to {
		return f.err == nil
	}
	first, last := f.segment(f.at.from, f.at.depth), f.segment(f.at.to-1, f.at.depth)
	if first != name || last != name {
		f.fail("Unexpected key '%s' at '%s': '%s' was expected", clip(f.params[f.at.from].name), clip(f.path()), name)
		return false
	}
	f.at.depth += len(name) + 1
	return true
}

// segment is the part of a parameter's name that begins at depth; nothing when the name ends before.
func (f *Form) segment(i, depth int) string {
	name := f.params[i].name
	if depth > len(name) {
		return ""
	}
	part, _, _ := strings.Cut(name[depth:], ".")
	return part
}

// step goes to the next part of the innermost frame and returns its name. At the end it leaves the frame.
func (f *Form) step() (frame *formFrame, name string) {
	if f.err != nil || len(f.frames) == 0 {
		return nil, ""
	}
	frame = &f.frames[len(f.frames)-1]
	if frame.next == frame.to {
		f.frames = f.frames[:len(f.frames)-1]
		return nil, ""
	}
	start := frame.next
	name = f.segment(start, frame.depth)
	for frame.next < frame.to && f.segment(frame.next, frame.depth) == name {
		frame.next++
	}
	f.at = span{start, frame.next, frame.depth + len(name) + 1}
	return frame, name
}

// Member steps to the next member, and reports whether there is one.
func (f *Form) Member() bool {
	frame, name := f.step()
	if frame == nil {
		return false
	}
	frame.name = name
	return true
}

// Name returns the current member's name, or the current entry's key.
func (f *Form) Name() []byte { return []byte(f.frames[len(f.frames)-1].name) }

// Item steps to the next item, and reports whether there is one. Items come in the order of their numbers, in which
// there may be gaps.
func (f *Form) Item() bool {
	frame, number := f.step()
	if frame == nil {
		return false
	}
	frame.index++
	if !isNumber(number) {
		f.fail("Unexpected key '%s': '%s' is not the number of an item", clip(f.params[f.at.from].name), clip(number))
		return false
	}
	return true
}

// Entry steps to the next entry of a map, and reports whether there is one. What is read next is its value.
func (f *Form) Entry() bool {
	if !f.Item() {
		return false
	}
	frame, entry := &f.frames[len(f.frames)-1], f.at
	f.at = f.child(entry, frame.key)
	frame.name = f.String()
	f.at = f.child(entry, frame.value)
	return f.err == nil
}

// child is the part of an entry with the given name, which must be there.
func (f *Form) child(entry span, name string) span {
	is := func(i int) bool { return f.segment(i, entry.depth) == name }
	from := entry.from
	for from < entry.to && !is(from) {
		from++
	}
	to := from
	for to < entry.to && is(to) {
		to++
	}
	if from == to {
		f.fail("The entry '%s' has no %s", clip(f.params[entry.from].name), name)
	}
	return span{from, to, entry.depth + len(name) + 1}
}

// Null reports whether the current item is null, which the query protocol cannot say.
func (*Form) Null() bool { return false }

// Missing notes that a required member of the structure just read was absent.
func (f *Form) Missing(name string) {
	if f.err == nil {
		f.note(join(f.path(), name))
	}
}

// Skip passes a value of any kind.
func (*Form) Skip() {}

// String reads a string.
func (f *Form) String() string {
	if f.err != nil {
		return ""
	}
	value, ok := f.leaf()
	if !ok {
		f.mismatch("a String")
	}
	return value
}

// Text reads a string.
func (f *Form) Text() []byte { return []byte(f.String()) }

// Blob reads base64: the standard alphabet, padded.
func (f *Form) Blob() []byte {
	blob, err := base64.StdEncoding.Strict().DecodeString(f.String())
	if err != nil {
		f.fail("The value at '%s' is not valid base64", clip(f.path()))
		return nil
	}
	return blob
}

// Bool reads true or false.
func (f *Form) Bool() bool {
	switch text := f.String(); {
	case f.err != nil || text == "false":
	case text == "true":
		return true
	default:
		f.fail("'%s' at '%s' can not be converted to a Boolean", clip(text), clip(f.path()))
	}
	return false
}

// Int reads a whole number of 32 bits.
func (f *Form) Int() int { return int(f.integer(32, "an Integer")) }

// Int64 reads a whole number of 64 bits.
func (f *Form) Int64() int64 { return f.integer(64, "a Long") }

func (f *Form) integer(bits int, want string) int64 {
	text := f.String()
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		f.fail("'%s' at '%s' can not be converted to %s", clip(text), clip(f.path()), want)
		return 0
	}
	return n
}

// mismatch notes a value of another form than the shape's.
func (f *Form) mismatch(want string) {
	place := "the top of the request"
	if path := f.path(); path != "" {
		place = "'" + clip(path) + "'"
	}
	if _, ok := f.leaf(); ok {
		f.fail("STRING_VALUE can not be converted to %s at %s", want, place)
		return
	}
	f.fail("Start of structure or map found where not expected: %s must be %s", place, want)
}

// path says where the form is, as AWS writes paths: tags.1.member.key.
func (f *Form) path() string {
	var b []byte
	for i := range f.frames {
		frame := &f.frames[i]
		if frame.kind == formObject && frame.name == "" || frame.kind != formObject && frame.index == 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		switch frame.kind {
		case formObject:
			b = append(b, frame.name...)
		case formList:
			b = append(strconv.AppendInt(b, int64(frame.index), 10), ".member"...)
		case formMap:
			b = append(append(b, frame.name...), ".member"...)
		}
	}
	return string(b)
}
