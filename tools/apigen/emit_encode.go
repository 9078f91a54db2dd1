package main

// emitEncode writes how each wanted structure is appended as JSON. Every member ends with a comma;
// CloseObject turns the last one into the brace.
func emitEncode(s *service, wanted func(*shape) bool) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, sh := range s.structs() {
		if wanted(sh) && sh.Payload == "" {
			f.emitEncodeStruct(sh)
		}
	}
	for _, sh := range s.Shapes {
		if !wanted(sh) {
			continue
		}
		switch sh.Kind {
		case kindList:
			f.emitEncodeList(sh)
		case kindMap:
			f.emitEncodeMap(sh)
		}
	}
	return f
}

func (f *file) emitEncodeStruct(sh *shape) {
	f.printf("// AppendJSON appends v as JSON; a nil v is an empty object.\n")
	f.printf("func (v *%s) AppendJSON(b []byte) []byte {\n", goName(sh.Name))
	members := sh.body()
	if len(members) == 0 {
		f.printf("return append(b, \"{}\"...)\n}\n\n")
		return
	}
	f.printf("if v == nil {\nreturn append(b, \"{}\"...)\n}\nb = append(b, '{')\n")
	for _, m := range members {
		field := "v." + goName(m.Name)
		value := field
		if m.Shape.scalar() && m.pointer(sh) {
			value = "*" + field
		}
		open, end := "", ""
		switch {
		case m.Required && sh.Kind != kindUnion:
		case m.Shape.Kind == kindTime:
			open, end = "if !"+field+".IsZero() {\n", "}\n"
		default:
			open, end = "if "+field+" != nil {\n", "}\n"
		}
		f.printf("%sb = append(b, `\"%s\":`...)\nb = %s\nb = append(b, ',')\n%s", open, m.Wire, encodeExpr(m.Shape, value), end)
	}
	f.printf("return awswire.CloseObject(b)\n}\n\n")
}

// encodeExpr is the expression that appends one value to b.
func encodeExpr(sh *shape, v string) string {
	switch sh.Kind {
	case kindStruct, kindUnion:
		return v + ".AppendJSON(b)"
	case kindList, kindMap:
		return "append" + goName(sh.Name) + "(b, " + v + ")"
	case kindEnum:
		return "awswire.AppendString(b, string(" + v + "))"
	case kindInt:
		return "awswire.AppendInt(b, int64(" + v + "))"
	case kindLong:
		return "awswire.AppendInt(b, " + v + ")"
	case kindFloat:
		return "awswire.AppendFloat(b, " + v + ")"
	case kindBool:
		return "awswire.AppendBool(b, " + v + ")"
	case kindBlob:
		return "awswire.AppendBlob(b, " + v + ")"
	case kindDocument:
		return "awswire.AppendDocument(b, " + v + ")"
	case kindTime:
		if sh.TimestampFormat == "unixTimestamp" {
			return "awswire.AppendEpoch(b, " + v + ")"
		}
		return "awswire.AppendTime(b, " + v + ")"
	}
	return "awswire.AppendString(b, " + v + ")"
}

func (f *file) emitEncodeList(sh *shape) {
	f.printf("func append%s(b []byte, v %s) []byte {\nb = append(b, '[')\nfor i := range v {\n", goName(sh.Name), goType(sh))
	f.printf("b = %s\nb = append(b, ',')\n}\nreturn awswire.CloseArray(b)\n}\n\n", encodeExpr(sh.Elem, "v[i]"))
}

func (f *file) emitEncodeMap(sh *shape) {
	f.use("maps")
	f.use("slices")
	f.printf("func append%s(b []byte, v %s) []byte {\nb = append(b, '{')\n", goName(sh.Name), goType(sh))
	f.printf("for _, key := range slices.Sorted(maps.Keys(v)) {\nitem := v[key]\n")
	f.printf("b = awswire.AppendString(b, key)\nb = append(b, ':')\nb = %s\nb = append(b, ',')\n}\nreturn awswire.CloseObject(b)\n}\n\n", encodeExpr(sh.Elem, "item"))
}
