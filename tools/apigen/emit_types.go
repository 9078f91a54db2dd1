package main

import (
	"fmt"
	"strings"
)

// emitTypes writes one struct for each structure and union.
func emitTypes(s *service) *file {
	f := newFile(s)
	for _, sh := range s.structs() {
		f.printf("// %s.\n", typeDoc(s, sh))
		if len(sh.Members) == 0 {
			f.printf("type %s struct{}\n\n", goName(sh.Name))
			continue
		}
		f.printf("type %s struct {\n", goName(sh.Name))
		for _, m := range sh.Members {
			if m.Shape.EventStream {
				continue
			}
			f.useTypeOf(m.Shape)
			f.printf("%s %s%s\n", goName(m.Name), fieldType(m, sh), fieldNote(m, sh))
		}
		f.printf("}\n\n")
	}
	return f
}

// typeDoc says what part of the API a struct is.
func typeDoc(s *service, sh *shape) string {
	name := goName(sh.Name)
	for _, op := range s.Operations {
		switch sh {
		case op.Input:
			return name + " is the input of " + op.Name
		case op.Output:
			if op.Stream != nil {
				return name + " is the head of the stream " + op.Name + " answers with"
			}
			return name + " is the output of " + op.Name
		}
	}
	if sh.Kind == kindUnion {
		return name + " is a union, of which exactly one member is set, in " + holders(s, sh)
	}
	return name + " stands in " + holders(s, sh)
}

// holders names the fields that hold a structure, itself or in a list or map.
func holders(s *service, sh *shape) string {
	const most = 3
	var names []string
	for _, owner := range s.Shapes {
		for _, m := range owner.Members {
			inner := m.Shape
			for inner.Elem != nil {
				inner = inner.Elem
			}
			switch {
			case inner != sh:
			case owner.EventStream:
				names = append(names, "the event "+m.Name)
			default:
				names = append(names, goName(owner.Name)+"."+goName(m.Name))
			}
		}
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and others"
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// fieldNote says of a field what its type does not.
func fieldNote(m *member, owner *shape) string {
	var notes []string
	if m.Required && owner.Kind != kindUnion {
		notes = append(notes, "required")
	}
	switch m.Location {
	case inQuery:
		notes = append(notes, "query "+m.Wire)
	case inHeader:
		notes = append(notes, "header "+m.Wire)
	case inURI:
		notes = append(notes, "path")
	case inPayload:
		notes = append(notes, "the whole body")
	}
	if text := extent(m.Shape); text != "" && m.Shape.Input {
		notes = append(notes, text)
	}
	if m.Shape.Kind == kindTime {
		notes = append(notes, "zero when absent")
	}
	if len(notes) == 0 {
		return ""
	}
	return " // " + strings.Join(notes, ", ")
}

// extent says how long or large a value may be: "1..64 characters", "at least 1".
func extent(sh *shape) string {
	unit := map[kind]string{kindString: " characters", kindList: " items", kindMap: " entries", kindBlob: " bytes"}[sh.Kind]
	switch {
	case sh.Min != nil && sh.Max != nil:
		return fmt.Sprintf("%d..%d%s", int64(*sh.Min), int64(*sh.Max), unit)
	case sh.Min != nil && *sh.Min == 1 && unit != "":
		return "not empty"
	case sh.Min != nil:
		return fmt.Sprintf("at least %d%s", int64(*sh.Min), unit)
	case sh.Max != nil:
		return fmt.Sprintf("at most %d%s", int64(*sh.Max), unit)
	}
	return ""
}

// useTypeOf imports what a field's type is made of.
func (f *file) useTypeOf(sh *shape) {
	switch sh.Kind {
	case kindList, kindMap:
		f.useTypeOf(sh.Elem)
	case kindDocument:
		f.use(pkgJSONText)
	case kindTime:
		f.use("time")
	}
}

// emitEnums writes a string type and its constants for each enumeration.
func emitEnums(s *service) *file {
	f := newFile(s)
	for _, sh := range s.Shapes {
		if sh.Kind != kindEnum || !sh.Input && !sh.Output {
			continue
		}
		name := goName(sh.Name)
		f.printf("// %s is an enumeration. Answers may carry values that are not listed here.\n", name)
		f.printf("type %s string\n\nconst (\n", name)
		for _, v := range sh.Enum {
			f.printf("%s %s = %q\n", constName(sh.Name, v), name, v)
		}
		f.printf(")\n\n")
		if sh.Input {
			f.emitEnumParser(sh)
		}
	}
	return f
}

// emitEnumParser writes the function that turns text into an enum; a known value costs no allocation.
func (f *file) emitEnumParser(sh *shape) {
	name := goName(sh.Name)
	f.printf("func parse%s(text []byte) %s {\nswitch string(text) {\n", name, name)
	for _, v := range sh.Enum {
		f.printf("case %q:\nreturn %s\n", v, constName(sh.Name, v))
	}
	f.printf("}\nreturn %s(text)\n}\n\n", name)
}
