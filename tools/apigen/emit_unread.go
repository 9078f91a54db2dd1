package main

// emitUnread writes the form in which a server gets the input of an operation it may pass on unread.
func emitUnread(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, op := range s.Operations {
		if op.Unread {
			f.emitUnreadType(op)
			f.emitUnreadBind(op)
		}
	}
	return f
}

// eager returns the members that are known before the body is read.
func eager(in *shape) []*member {
	var list []*member
	for _, m := range in.Members {
		if m.Location != inBody && m.Location != inPayload {
			list = append(list, m)
		}
	}
	return list
}

func (f *file) emitUnreadType(op *operation) {
	in, name := goName(op.Input.Name), op.inputType()
	f.printf("// %s is the input of %s, of which the body has not been read yet.\n", name, op.Name)
	f.printf("type %s struct {\n", name)
	for _, m := range eager(op.Input) {
		f.useTypeOf(m.Shape)
		f.printf("%s %s%s\n", goName(m.Name), fieldType(m, op.Input), fieldNote(m, op.Input))
	}
	f.printf("\nrequest *awswire.Request\n}\n\n")
	f.printf("// Body is the body as it came. It must not be changed.\nfunc (u *%s) Body() []byte { return u.request.Payload() }\n\n", name)
	f.printf("// Read reads and checks the whole input. An error is the caller's, a *fault.Error.\n")
	f.printf("func (u *%s) Read() (*%s, error) {\nv := new(%s)\nu.request.Rewind()\n", name, in, in)
	f.printf("if err := v.bind(u.request); err != nil {\nreturn nil, err\n}\nreturn v, nil\n}\n\n")
}

// emitUnreadBind checks what travels outside the body. When that is wrong the body is read too, so that
// one sentence tells all violations.
func (f *file) emitUnreadBind(op *operation) {
	f.printf("func (u *%s) bind(r *awswire.Request) error {\nu.request = r\nv := &%s{}\n", op.inputType(), goName(op.Input.Name))
	for _, m := range eager(op.Input) {
		f.emitBindMember(m, op.Input)
		f.printf("u.%s = v.%s\n", goName(m.Name), goName(m.Name))
	}
	f.printf("c := r.Checker()\n")
	for _, m := range eager(op.Input) {
		f.emitCheckMember(m, op.Input)
	}
	f.printf("if r.Err() == nil {\nreturn nil\n}\n_, err := u.Read()\nreturn err\n}\n\n")
}
