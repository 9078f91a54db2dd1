package main

// emitDecode writes how each wanted structure is read from JSON or parameters.
func emitDecode(s *service, wanted func(*shape) bool) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, sh := range s.structs() {
		if wanted(sh) {
			f.emitDecodeStruct(sh)
		}
	}
	for _, sh := range s.Shapes {
		if !wanted(sh) {
			continue
		}
		switch sh.Kind {
		case kindList:
			f.emitDecodeList(sh)
		case kindMap:
			f.emitDecodeMap(sh)
		}
	}
	return f
}

func (f *file) emitDecodeStruct(sh *shape) {
	members := sh.body()
	if len(members) == 0 && sh.Members != nil {
		return // all of it travels elsewhere
	}
	f.printf("func (v *%s) decode(r *awswire.%s) {\n", goName(sh.Name), f.svc.Protocol.reader)
	var required []*member
	for _, m := range members {
		if m.absentable(sh) {
			required = append(required, m)
		}
	}
	if len(required) > 0 {
		f.printf("var seen uint64\n")
	}
	f.printf("for r.Object(); r.Member(); {\n")
	if len(members) == 0 {
		f.printf("r.Skip()\n}\n}\n\n")
		return
	}
	f.printf("switch string(r.Name()) {\n")
	for _, m := range members {
		f.printf("case %q:\n", m.Wire)
		f.emitDecodeMember(m, sh)
		for i, q := range required {
			if q == m {
				f.printf("seen |= 1<<%d\n", i)
			}
		}
	}
	f.printf("default:\nr.Skip()\n}\n}\n")
	for i, m := range required {
		f.printf("if seen&(1<<%d) == 0 {\nr.Missing(%q)\n}\n", i, m.Name)
	}
	f.printf("}\n\n")
}

// absentable reports whether a member's Go form cannot itself show that it was absent.
func (m *member) absentable(owner *shape) bool {
	return m.Required && owner.Kind != kindUnion && m.Shape.scalar()
}

func (f *file) emitDecodeMember(m *member, owner *shape) {
	field := "v." + goName(m.Name)
	switch {
	case m.Shape.composite():
		f.printf("%s = new(%s)\n%s.decode(r)\n", field, goType(m.Shape), field)
	case m.pointer(owner):
		f.printf("%s = new(%s)\n", field, decodeExpr(m.Shape))
	default:
		f.printf("%s = %s\n", field, decodeExpr(m.Shape))
	}
}

// decodeExpr is the expression that reads a value which is no structure.
func decodeExpr(sh *shape) string {
	switch sh.Kind {
	case kindEnum:
		return "parse" + goName(sh.Name) + "(r.Text())"
	case kindInt:
		return "r.Int()"
	case kindLong:
		return "r.Int64()"
	case kindFloat:
		return "r.Float()"
	case kindBool:
		return "r.Bool()"
	case kindBlob:
		return "r.Blob()"
	case kindDocument:
		return "r.Document()"
	case kindTime:
		return "r.Epoch()"
	case kindList, kindMap:
		return "decode" + goName(sh.Name) + "(r)"
	}
	return "r.String()"
}

func (f *file) emitDecodeList(sh *shape) {
	p := f.svc.Protocol
	f.printf("func decode%s(r *awswire.%s) %s {\nlist := %s{}\n", goName(sh.Name), p.reader, goType(sh), goType(sh))
	f.printf("for r.%s; r.Item(); {\n", p.list(sh))
	if sh.Elem.composite() {
		f.printf("list = append(list, %s{})\nif !r.Null() {\nlist[len(list)-1].decode(r)\n}\n", goType(sh.Elem))
	} else {
		f.printf("var item %s\nif !r.Null() {\nitem = %s\n}\nlist = append(list, item)\n", goType(sh.Elem), decodeExpr(sh.Elem))
	}
	f.printf("}\nreturn list\n}\n\n")
}

func (f *file) emitDecodeMap(sh *shape) {
	p := f.svc.Protocol
	f.printf("func decode%s(r *awswire.%s) %s {\nentries := %s{}\n", goName(sh.Name), p.reader, goType(sh), goType(sh))
	f.printf("for r.%s; r.Entry(); {\nkey := %s(r.Name())\n", p.mapping(sh), goType(sh.Key))
	if sh.Elem.composite() {
		f.printf("var value %s\nvalue.decode(r)\nentries[key] = value\n", goType(sh.Elem))
	} else {
		f.printf("entries[key] = %s\n", decodeExpr(sh.Elem))
	}
	f.printf("}\nreturn entries\n}\n\n")
}
