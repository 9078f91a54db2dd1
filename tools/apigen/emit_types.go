package main

import "strings"

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
		return name + " is a union: exactly one member is set"
	}
	return name + " is the structure the model calls " + sh.Name
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
	if m.Shape.Kind == kindTime {
		notes = append(notes, "zero when absent")
	}
	if len(notes) == 0 {
		return ""
	}
	return " // " + strings.Join(notes, ", ")
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
