package main

// emitClientDecode writes how a client reads answers: whole ones and the events of streams.
func emitClientDecode(s *service) *file {
	f := emitDecode(s, func(sh *shape) bool { return sh.Output && !sh.Input })
	for _, sh := range s.Shapes {
		if sh.Kind == kindEnum && sh.Output && !sh.Input {
			f.emitEnumParser(sh)
		}
	}
	for _, op := range s.Operations {
		if op.Stream == nil {
			if op.Output != nil && op.Output.Payload == "" {
				f.emitReadJSON(op.Output)
			}
			continue
		}
		evs, _ := events(op.Stream)
		for _, m := range evs {
			f.emitReadJSON(m.Shape)
		}
	}
	return f
}

// emitReadJSON writes the way in for one structure.
func (f *file) emitReadJSON(sh *shape) {
	f.printf("// ReadJSON reads v, which must be empty, from a body that another server wrote. Its errors are not fit for\n")
	f.printf("// a caller, who did not send that body.\n")
	f.printf("func (v *%s) ReadJSON(r *awswire.Reader, body []byte) error {\nr.Reset(body)\nv.decode(r)\nreturn r.Err()\n}\n\n", goName(sh.Name))
}
