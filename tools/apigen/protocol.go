package main

import "fmt"

// protocol is what the generated code of one protocol has of its own. All else is in the shapes.
type protocol struct {
	codec      string // the awswire.Protocol, as a Go expression
	timestamps string // the format of a timestamp that names none; "" where the model always names one
	// address is the fields of an awswire.Operation that say how requests name it.
	address func(*service, *operation) string
}

// protocols are those that code can be generated for, by the name the models give them.
var protocols = map[string]protocol{
	"rest-json": {
		codec: "awswire.RESTJSON{}",
		address: func(_ *service, op *operation) string {
			return fmt.Sprintf("Method: %q, Path: %q", op.Method, op.URI)
		},
	},
	"json": {
		codec:      "awswire.JSON11{}",
		timestamps: "unixTimestamp",
		address: func(s *service, op *operation) string {
			return fmt.Sprintf("Target: %q", s.TargetPrefix+"."+op.Name)
		},
	},
}

// protocolOf finds a protocol by its name.
func protocolOf(m *rawModel) (protocol, error) {
	p, ok := protocols[m.Metadata.Protocol]
	if !ok || m.Metadata.Protocol == "json" && m.Metadata.JSONVersion != "1.1" {
		return protocol{}, fmt.Errorf("no codec for protocol %q %s yet", m.Metadata.Protocol, m.Metadata.JSONVersion)
	}
	return p, nil
}
