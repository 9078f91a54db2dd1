package main

import "fmt"

// protocol is what the generated code of one protocol has of its own. All else is in the shapes.
type protocol struct {
	codec      func(*service) string // the awswire.Protocol, as a Go expression
	timestamps string                // the format of a timestamp that names none; "" where the model always names one
	// address is the fields of an awswire.Operation that say how requests name it.
	address func(*service, *operation) string

	reader string // the type in awswire that reads inputs
	body   string // the expression that gives it
	// list and mapping are the calls that enter a list and a map.
	list, mapping func(*shape) string

	xml   bool // answers are XML
	named bool // the model's errors are more than there are codes, and have names here
}

// readerJSON is how inputs are read in the protocols whose bodies are JSON.
var readerJSON = protocol{
	reader: "Reader", body: "r.Body()",
	list:    func(*shape) string { return "Array()" },
	mapping: func(*shape) string { return "Object()" },
}

// restJSON names an operation by method and path.
func restJSON() protocol {
	p := readerJSON
	p.codec = func(*service) string { return "awswire.RESTJSON{}" }
	p.address = func(_ *service, op *operation) string {
		return fmt.Sprintf("Method: %q, Path: %q", op.Method, op.URI)
	}
	return p
}

// json11 names an operation in a header.
func json11() protocol {
	p := readerJSON
	p.codec = func(s *service) string {
		if s.Invalid != "" {
			return fmt.Sprintf("awswire.JSON11{Invalid: %q}", s.Invalid)
		}
		return "awswire.JSON11{}"
	}
	p.timestamps, p.named = "unixTimestamp", true
	p.address = func(s *service, op *operation) string {
		return fmt.Sprintf("Target: %q", s.TargetPrefix+"."+op.Name)
	}
	return p
}

// query names an operation in a parameter, beside all its input, and answers in XML.
func query() protocol {
	return protocol{
		codec: func(s *service) string {
			return fmt.Sprintf("awswire.Query{Namespace: namespace, Denied: %q, Status: errorStatus}", s.Denied)
		},
		timestamps: "iso8601",
		address: func(s *service, _ *operation) string {
			return fmt.Sprintf("Version: %q", s.Version)
		},
		reader: "Form", body: "r.Form()",
		list:    func(sh *shape) string { return fmt.Sprintf("List(%q)", sh.ElemName) },
		mapping: func(sh *shape) string { return fmt.Sprintf("Map(%q, %q)", sh.KeyName, sh.ElemName) },
		xml:     true, named: true,
	}
}

// protocolOf finds a protocol by the name the models give it.
func protocolOf(m *rawModel) (protocol, error) {
	switch name, version := m.Metadata.Protocol, m.Metadata.JSONVersion; {
	case name == "rest-json":
		return restJSON(), nil
	case name == "json" && version == "1.1":
		return json11(), nil
	case name == "query":
		return query(), nil
	default:
		return protocol{}, fmt.Errorf("no codec for protocol %q %s yet", name, version)
	}
}
