package main

import "fmt"

// emitXML writes how each structure of an answer is appended as XML elements.
func emitXML(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, sh := range s.structs() {
		if sh.Output {
			f.emitXMLStruct(sh)
		}
	}
	for _, sh := range s.Shapes {
		switch {
		case !sh.Output:
		case sh.Kind == kindList:
			f.emitXMLList(sh)
		case sh.Kind == kindMap:
			f.emitXMLMap(sh)
		}
	}
	return f
}

func (f *file) emitXMLStruct(sh *shape) {
	f.printf("// AppendXML appends the members of v as XML elements; a nil v has none.\n")
	if len(sh.body()) == 0 {
		f.printf("func (*%s) AppendXML(b []byte) []byte { return b }\n\n", goName(sh.Name))
		return
	}
	f.printf("func (v *%s) AppendXML(b []byte) []byte {\nif v == nil {\nreturn b\n}\n", goName(sh.Name))
	for _, m := range sh.body() {
		field := "v." + goName(m.Name)
		value := field
		if m.Shape.scalar() && m.pointer(sh) {
			value = "*" + field
		}
		open, end := "", ""
		switch {
		case m.Required:
		case m.Shape.Kind == kindTime:
			open, end = "if !"+field+".IsZero() {\n", "}\n"
		default:
			open, end = "if "+field+" != nil {\n", "}\n"
		}
		f.printf("%sb = append(b, \"<%s>\"...)\nb = %s\nb = append(b, \"</%s>\"...)\n%s", open, m.Wire, xmlExpr(m.Shape, value), m.Wire, end)
	}
	f.printf("return b\n}\n\n")
}

// xmlExpr is the expression that appends one value to b.
func xmlExpr(sh *shape, v string) string {
	switch sh.Kind {
	case kindStruct:
		return v + ".AppendXML(b)"
	case kindList, kindMap:
		return "append" + goName(sh.Name) + "(b, " + v + ")"
	case kindString:
		return "awswire.AppendText(b, " + v + ")"
	case kindEnum:
		return "awswire.AppendText(b, string(" + v + "))"
	case kindInt:
		return "awswire.AppendInt(b, int64(" + v + "))"
	case kindLong:
		return "awswire.AppendInt(b, " + v + ")"
	case kindBool:
		return "awswire.AppendBool(b, " + v + ")"
	case kindBlob:
		return "awswire.AppendTextBlob(b, " + v + ")"
	case kindTime:
		return "awswire.AppendTextTime(b, " + v + ")"
	}
	panic(fmt.Sprintf("BUG: no XML form for %s", sh.Name))
}

func (f *file) emitXMLList(sh *shape) {
	f.printf("func append%s(b []byte, v %s) []byte {\nfor i := range v {\n", goName(sh.Name), goType(sh))
	f.printf("b = append(b, \"<%s>\"...)\nb = %s\nb = append(b, \"</%s>\"...)\n}\nreturn b\n}\n\n", sh.ElemName, xmlExpr(sh.Elem, "v[i]"), sh.ElemName)
}

func (f *file) emitXMLMap(sh *shape) {
	f.use("maps")
	f.use("slices")
	f.printf("func append%s(b []byte, v %s) []byte {\n", goName(sh.Name), goType(sh))
	f.printf("for _, key := range slices.Sorted(maps.Keys(v)) {\nitem := v[key]\n")
	f.printf("b = append(b, \"<entry><%s>\"...)\nb = %s\nb = append(b, \"</%s><%s>\"...)\n", sh.KeyName, xmlExpr(sh.Key, "key"), sh.KeyName, sh.ElemName)
	f.printf("b = %s\nb = append(b, \"</%s></entry>\"...)\n}\nreturn b\n}\n\n", xmlExpr(sh.Elem, "item"), sh.ElemName)
}
