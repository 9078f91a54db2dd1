package main

// emitBind writes how each input is gathered from path, query, headers and body.
func emitBind(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, op := range s.Operations {
		in := op.Input
		if in == nil {
			continue
		}
		f.printf("func (v *%s) bind(r *awswire.Request) error {\n", goName(in.Name))
		for _, m := range in.Members {
			f.emitBindMember(m, in)
		}
		if len(in.body()) > 0 {
			f.printf("v.decode(%s)\n", s.Protocol.body)
		}
		if in.needsCheck() {
			f.printf("v.check(r.Checker())\n")
		}
		f.printf("return r.Err()\n}\n\n")
	}
	return f
}

func (f *file) emitBindMember(m *member, owner *shape) {
	field := "v." + goName(m.Name)
	typ := goType(m.Shape)
	switch m.Location {
	case inURI:
		f.printf("%s = r.Label(%q)\n", field, m.Wire)
	case inPayload:
		f.printf("%s = r.Payload()\n", field)
	case inQuery, inHeader:
		from := map[location]string{inQuery: "Query", inHeader: "Header"}[m.Location]
		f.printf("if text, ok := r.%s(%q); ok {\n", from, m.Wire)
		value := "text"
		switch m.Shape.Kind {
		case kindEnum:
			value = typ + "(text)"
		case kindInt:
			value = "r.ParseInt(text, \"" + m.Name + "\")"
		case kindBool:
			value = "r.ParseBool(text, \"" + m.Name + "\")"
		}
		if m.pointer(owner) {
			value = "new(" + value + ")"
		}
		f.printf("%s = %s\n}\n", field, value)
	}
}
