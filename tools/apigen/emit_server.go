package main

// emitServer writes the interface to implement, the operation table and the way from request to answer.
func emitServer(s *service) *file {
	f := newFile(s)
	f.doc = "// Package " + s.Package + " is the API of " + s.Service + ": its types, their constraints, and the way from an HTTP request to a Server and back.\n"
	f.use("context")
	f.use(pkgAWSWire)
	if s.Protocol.xml {
		f.printf("// namespace is that of the answers.\nconst namespace = %q\n\n", s.Namespace)
	}
	f.printf("// Server does the operations of %s. Requests have been decoded and checked.\n", s.Service)
	f.printf("// Errors that are a *fault.Error reach the caller; of any other the caller learns nothing.\ntype Server interface {\n")
	for _, op := range s.Operations {
		f.printf("%s%s\n", op.Name, signature(op))
	}
	f.printf("}\n\n// Unimplemented answers every operation as one that is not known. Embed it in a Server.\ntype Unimplemented struct{}\n\nvar _ Server = Unimplemented{}\n\n")
	for _, op := range s.Operations {
		f.printf("// %s is not known.\n", op.Name)
		if op.Stream != nil || op.Output == nil {
			f.printf("func (Unimplemented) %s%s {\nreturn awswire.UnknownOperation()\n}\n\n", op.Name, signature(op))
			continue
		}
		f.printf("func (Unimplemented) %s%s {\nreturn nil, awswire.UnknownOperation()\n}\n\n", op.Name, signature(op))
	}
	f.printf("// NewService is the operation table of %s over a Server.\nfunc NewService(s Server) *awswire.Service {\n", s.Service)
	f.printf("return awswire.NewService(%q, %s,\n", s.Service, s.Protocol.codec(s))
	for _, op := range s.Operations {
		f.printf("awswire.Operation{Name: %q, %s, Handle: serve%s(s)},\n", op.Name, s.Protocol.address(s, op), op.Name)
	}
	f.printf(")\n}\n\n")
	for _, op := range s.Operations {
		f.emitServe(op)
	}
	return f
}

func signature(op *operation) string {
	in := "(context.Context, *awswire.Call"
	if op.Input != nil {
		in += ", *" + op.inputType()
	}
	switch {
	case op.Stream != nil:
		return in + ", *" + op.Name + "Writer) error"
	case op.Output == nil:
		return in + ") error"
	case op.Unread:
		return in + ") (awswire.Output, error)"
	}
	return in + ") (*" + goName(op.Output.Name) + ", error)"
}

func (f *file) emitServe(op *operation) {
	f.printf("func serve%s(s Server) awswire.Handler {\n", op.Name)
	f.printf("return func(ctx context.Context, r *awswire.Request, w *awswire.Response) error {\n")
	args := f.emitInput(op)
	switch {
	case op.Stream != nil:
		f.printf("out := new%sWriter(w)\nreturn out.stream.Finish(s.%s(%s, out))\n", op.Name, op.Name, args)
	case op.Output == nil:
		f.printf("if err := s.%s(%s); err != nil {\nreturn err\n}\n", op.Name, args)
		f.emitNothing(op)
	default:
		f.printf("out, err := s.%s(%s)\nif err != nil {\nreturn err\n}\n", op.Name, args)
		f.emitAnswer(op)
	}
	f.printf("}\n}\n\n")
}

// emitInput writes how the input is gathered, and whether it is permitted. It returns the operation's arguments.
func (f *file) emitInput(op *operation) string {
	args, in := "ctx, r.Call", "nil"
	if op.Input != nil {
		f.printf("var in %s\nif err := in.bind(r); err != nil {\nreturn err\n}\n", op.inputType())
		args, in = args+", &in", "&in"
	}
	if !op.Unread { // nobody knows yet what an unread input asks for
		f.printf("if err := r.Permit(%s); err != nil {\nreturn err\n}\n", in)
	}
	return args
}

// emitNothing writes the answer of an operation that returns nothing.
func (f *file) emitNothing(op *operation) {
	if f.svc.Protocol.xml {
		f.printf("return w.XML(namespace, %q, nil)\n", op.Name)
		return
	}
	f.printf("return w.Empty(%d)\n", op.Status)
}

// emitAnswer writes how an output is sent.
func (f *file) emitAnswer(op *operation) {
	switch {
	case f.svc.Protocol.xml:
		f.printf("return w.XML(namespace, %q, out)\n", op.Name)
	case op.Unread:
		f.printf("return w.Output(%d, %q, out)\n", op.Status, op.Name)
	case op.Output.Payload == "":
		f.printf("return w.JSON(%d, out.AppendJSON(w.Buffer()))\n", op.Status)
	default:
		f.printf("if out == nil {\nreturn awswire.NoOutput(%q)\n}\n", op.Name)
		f.emitHeaders(op.Output, "out", "w.Header()")
		f.printf("return w.Bytes(%d, out.%s)\n", op.Status, goName(op.Output.Payload))
	}
}

// emitHeaders writes an output's header members into a header.
func (f *file) emitHeaders(out *shape, v, header string) {
	for _, m := range out.Members {
		if m.Location != inHeader {
			continue
		}
		field := v + "." + goName(m.Name)
		if m.pointer(out) {
			f.printf("if %s != nil {\n%s.Set(%q, string(*%s))\n}\n", field, header, m.Wire, field)
			continue
		}
		if m.Shape.Kind == kindEnum {
			field = "string(" + field + ")"
		}
		f.printf("%s.Set(%q, %s)\n", header, m.Wire, field)
	}
}
