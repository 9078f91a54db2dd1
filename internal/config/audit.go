package config

import (
	"path/filepath"

	"github.com/outcrop/outcrop/internal/audit"
)

// Audit says which calls leave a line in the audit trail, and where.
type Audit struct {
	File      string          `yaml:"file"`      // empty: audit/audit.jsonl in the data directory; "off": no trail
	Size      Size            `yaml:"size"`      // of one file before the next begins
	Keep      int             `yaml:"keep"`      // older files; 0: all
	Inference audit.Inference `yaml:"inference"` // denied, rerouted or all
}

func defaultAudit() Audit { return Audit{Size: 100 << 20, Keep: 10, Inference: audit.Rerouted} }

// noFile is the Audit.File of a server that keeps no trail.
const noFile = "off"

const (
	minAuditSize, maxAuditSize = Size(1 << 20), Size(10 << 30)
	maxAuditFiles              = 100_000
)

func (k checker) audit(a *Audit) {
	if a.Size < minAuditSize || a.Size > maxAuditSize {
		k.Fault("audit.size", "want %s to %s, found %s", minAuditSize, maxAuditSize, a.Size)
	}
	k.within("audit.keep", a.Keep, 0, maxAuditFiles)
	k.oneOf("audit.inference", string(a.Inference), string(audit.Denied), string(audit.Rerouted), string(audit.All))
}

// Options are what the trail is opened with, and whether there is to be one. data is the data directory.
func (a *Audit) Options(data string) (audit.Options, bool) {
	path := a.File
	if path == "" {
		path = filepath.Join(data, "audit", "audit.jsonl")
	}
	return audit.Options{Path: path, Megabytes: int(a.Size >> 20), Keep: a.Keep, Inference: a.Inference}, a.File != noFile
}
