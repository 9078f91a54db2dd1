// Package audit keeps the trail of who did what: one CloudTrail-shaped JSON line for every call of the control plane,
// every call that was denied, and every inference call that ran in another region than it was made in.
package audit

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// Inference says which inference calls leave a line. Calls that were denied always do.
type Inference string

// What can be asked for.
const (
	Denied   Inference = "denied"
	Rerouted Inference = "rerouted" // and those that ran elsewhere
	All      Inference = "all"
)

// Options are what a Trail is made of.
type Options struct {
	Path      string // of the file; older ones stand beside it, with the time in their names
	Megabytes int    // a file's size before the next one begins
	Keep      int    // how many older files stay; 0: all
	Inference Inference
	Log       *slog.Logger
}

// Trail writes the lines. It is safe for concurrent use.
type Trail struct {
	out       io.WriteCloser
	inference Inference
	log       *slog.Logger
	failed    atomic.Bool // the last line could not be written, and the log said so
}

// Open prepares the file's directory, so that a trail which cannot be written is known at the start.
func Open(o Options) (*Trail, error) {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, fmt.Errorf("cannot keep the audit trail: %w", err)
	}
	f, err := os.OpenFile(o.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot keep the audit trail: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("cannot keep the audit trail: %w", err)
	}
	out := &lumberjack.Logger{Filename: o.Path, MaxSize: o.Megabytes, MaxBackups: o.Keep}
	return &Trail{out: out, inference: o.Inference, log: o.Log}, nil
}

// Close ends the file.
func (t *Trail) Close() error { return t.out.Close() }

// Begin implements the server's Observer: the line is written when the answer has ended.
func (t *Trail) Begin(w http.ResponseWriter, c *awswire.Call, operation string) (http.ResponseWriter, func(awswire.Outcome)) {
	return w, func(o awswire.Outcome) {
		if t.keeps(c, operation, o) {
			t.write(c, operation, o)
		}
	}
}

// keeps reports whether a call leaves a line.
func (t *Trail) keeps(c *awswire.Call, operation string, o awswire.Outcome) bool {
	if !isInference(operation) || fault.Is(o.Err, fault.AccessDenied) {
		return true
	}
	switch t.inference {
	case All:
		return true
	case Rerouted:
		return rerouted(c) != ""
	}
	return false
}

// rerouted is the region a call ran in, when that is not the one it was made in.
func rerouted(c *awswire.Call) string {
	ran := c.Header.Get("X-Outcrop-Region")
	if ran == string(c.Region) {
		return ""
	}
	return ran
}

// write appends one line. A trail that cannot be written is told once, until it can be again.
func (t *Trail) write(c *awswire.Call, operation string, o awswire.Outcome) {
	line, err := newEvent(c, operation, o, uuid.NewString()).encode()
	if err == nil {
		_, err = t.out.Write(append(line, '\n'))
	}
	if err != nil && !t.failed.Swap(true) {
		t.log.Error("the audit trail cannot be written; calls go on, and their lines are lost until it can", "err", err)
	}
	if err == nil && t.failed.Swap(false) {
		t.log.Info("the audit trail is written again")
	}
}

// stamp is CloudTrail's form of a time.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
