package main

import "strings"

// emitStreams writes the writer of each operation that answers with an event stream.
func emitStreams(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, op := range s.Operations {
		if op.Stream != nil {
			f.emitStreamEvents(op)
			f.emitStreamWriter(op)
		}
	}
	return f
}

// events splits a stream's union into its events and its exceptions.
func events(stream *shape) (events, exceptions []*member) {
	for _, m := range stream.Members {
		if m.Shape.Exception {
			exceptions = append(exceptions, m)
		} else {
			events = append(events, m)
		}
	}
	return events, exceptions
}

// emitStreamEvents writes the event names, their prebuilt frame headers, and the frame encoders.
func (f *file) emitStreamEvents(op *operation) {
	evs, exceptions := events(op.Stream)
	f.printf("// %sEvent names an event of the stream %s answers with.\ntype %sEvent uint8\n\nconst (\n", op.Name, op.Name, op.Name)
	for i, m := range evs {
		typ := ""
		if i == 0 {
			typ = " " + op.Name + "Event = iota"
		}
		f.printf("%s%s%s\n", op.Name, goName(m.Name), typ)
	}
	table := lowerName(op.Name)
	f.printf(")\n\n// %sHeaders are the header blocks of the events' frames.\nvar %sHeaders = [...]awswire.FrameHeaders{\n", table, table)
	for _, m := range evs {
		f.printf("%s%s: awswire.EventHeaders(%q),\n", op.Name, goName(m.Name), m.Name)
	}
	f.printf("}\n\n// %sExceptions are the exceptions the stream can carry.\nvar %sExceptions = awswire.StreamExceptions{\n", table, table)
	for _, m := range exceptions {
		f.printf("%q,\n", m.Name)
	}
	f.printf("}\n\n")
	for _, m := range evs {
		f.printf("// Append%sFrame appends the frame of one %s event with padding letters of padding.\n", goName(m.Name), m.Name)
		f.printf("func Append%sFrame(dst []byte, e *%s, padding int) []byte {\nstart := len(dst)\n", goName(m.Name), goName(m.Shape.Name))
		f.printf("dst = awswire.OpenFrame(dst, %sHeaders[%s%s])\n", table, op.Name, goName(m.Name))
		f.printf("return awswire.CloseEvent(e.AppendJSON(dst), start, padding)\n}\n\n")
	}
}

func (f *file) emitStreamWriter(op *operation) {
	evs, _ := events(op.Stream)
	writer, table := op.Name+"Writer", lowerName(op.Name)
	f.printf("// %s sends events, each flushed at once. The 200 goes out with the first one:\n", writer)
	f.printf("// an error before it is an ordinary HTTP error, an error after it the stream's last frame.\n")
	f.printf("// It belongs to one goroutine. A write that fails ends the stream: every later call returns the same error.\n")
	f.printf("type %s struct{ stream awswire.Stream }\n\n", writer)
	f.printf("func new%s(w *awswire.Response) *%s {\nout := &%s{}\nout.stream.Init(w, %d, %sExceptions)\n", writer, writer, writer, op.Status, table)
	headers := streamHeaders(op)
	for _, m := range headers {
		if text := f.svc.HeaderDefaults[m.Wire]; text != "" {
			f.printf("out.stream.Header().Set(%q, %q)\n", m.Wire, text)
		}
	}
	f.printf("return out\n}\n\n")
	if len(headers) > 0 {
		f.printf("// Head sets the header members of the answer. It counts before the first event only.\n")
		f.printf("func (w *%s) Head(head *%s) {\n", writer, goName(op.Output.Name))
		f.emitHeaders(op.Output, "head", "w.stream.Header()")
		f.printf("}\n\n")
	}
	for _, m := range evs {
		f.printf("// %s sends a %s event.\n", goName(m.Name), m.Name)
		f.printf("func (w *%s) %s(e *%s) error {\n", writer, goName(m.Name), goName(m.Shape.Name))
		f.printf("return w.stream.Send(Append%sFrame(w.stream.Buffer(), e, w.stream.Padding()))\n}\n\n", goName(m.Name))
	}
	f.printf("// Raw sends an event whose payload is already JSON: one object, whole and valid.\n")
	f.printf("func (w *%s) Raw(event %sEvent, payload []byte) error {\n", writer, op.Name)
	f.printf("return w.stream.SendRaw(%sHeaders[event], payload)\n}\n\n", table)
	f.emitPass(op, evs)
	f.printf("// Exception ends the stream with err and returns err. Before the first event it only returns it,\n// for the method to return.\n")
	f.printf("func (w *%s) Exception(err error) error { return w.stream.Exception(err) }\n\n", writer)
	f.printf("// Started reports whether the 200 has gone out, so that an error can no longer be an HTTP error.\n")
	f.printf("func (w *%s) Started() bool { return w.stream.Started() }\n\n", writer)
}

// streamHeaders returns the header members of a streamed answer.
func streamHeaders(op *operation) []*member {
	var list []*member
	for _, m := range op.Output.Members {
		if m.Location == inHeader && strings.TrimSpace(m.Wire) != "" {
			list = append(list, m)
		}
	}
	return list
}

// emitPass writes the method that sends an event of another server's stream on.
func (f *file) emitPass(op *operation, evs []*member) {
	table := lowerName(op.Name)
	f.printf("// Pass sends an event as another server wrote it, by its name on the wire: the payload goes out as it is,\n")
	f.printf("// without padding but its own. An event that the model does not list goes out as well.\n")
	f.printf("func (w *%sWriter) Pass(event string, payload []byte) error {\nswitch event {\n", op.Name)
	for _, m := range evs {
		f.printf("case %q:\nreturn w.stream.Pass(%sHeaders[%s%s], payload)\n", m.Name, table, op.Name, goName(m.Name))
	}
	f.printf("}\nreturn w.stream.Pass(awswire.EventHeaders(event), payload)\n}\n\n")
}
