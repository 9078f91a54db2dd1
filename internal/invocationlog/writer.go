package invocationlog

import (
	"bytes"
	"compress/gzip"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxInline is the largest body that stands in a line, in bytes: AWS's 100 KB.
const maxInline = 100_000

// writer makes files of calls. It belongs to one goroutine.
type writer struct {
	to      *Log
	batches map[string]*batch // by the beginning of their keys on disk
	groups  map[string]*group // by path
	told    time.Time         // when a failure was last logged
}

func newWriter(l *Log) *writer {
	return &writer{to: l, batches: map[string]*batch{}, groups: map[string]*group{}}
}

// write writes one call to every destination of its configuration.
func (w *writer) write(k *call) {
	r, in, out := k.head(), k.inputBody(), k.outputBody()
	r.RequestMetadata = k.requestMetadata(k.input)
	if b := k.config.S3; b != nil {
		w.place(k, r, in, out, b)
		w.toBucket(k, r, b)
	}
	if g := k.config.CloudWatch; g != nil {
		w.place(k, r, in, out, g.Large)
		w.toGroup(k, r, g)
	}
	l := w.to
	l.metrics.waiting.Set(float64(l.queued.Add(-k.queuedBytes)))
}

// place puts the bodies into the record, or, where they are too large for a line, into files of their own in large. When
// there is no such place they are left out.
func (w *writer) place(k *call, r *record, in, out jsontext.Value, large *Bucket) {
	r.Input.Body, r.Input.Path = w.inline(k, in, large, "_input.json.gz")
	if r.Output != nil {
		r.Output.Body, r.Output.Path = w.inline(k, out, large, "_output.json.gz")
	}
}

func (w *writer) inline(k *call, body jsontext.Value, large *Bucket, name string) (jsontext.Value, string) {
	if len(body) <= maxInline {
		return body, ""
	}
	if large == nil {
		return nil, ""
	}
	key := hour(large, k.principal.Account, k.source, k.arrived) + "/data"
	name = k.requestID + name
	if err := w.to.files.write(large.path(key, name), compressed(body)); err != nil {
		w.failed(err)
		return nil, ""
	}
	return nil, large.url(key, name)
}

func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b) // memory takes everything
	z.Close()
	return out.Bytes()
}

// line is a record's line, or nil. Bodies that are good by themselves may be nested too deep for it: then they are left
// out, so that no caller can keep a call out of the log.
func (w *writer) line(r *record) []byte {
	line, err := r.line()
	if err != nil {
		r.Input.Body = nil
		if r.Output != nil {
			r.Output.Body = nil
		}
		line, err = r.line()
	}
	if err != nil {
		w.failed(err)
		return nil
	}
	return line
}

// quietFor is how long one log line stands for all failures.
const quietFor = 10 * time.Second

// failed counts what was lost, and says so now and then.
func (w *writer) failed(err error) {
	w.to.metrics.failures.Inc()
	if now := time.Now(); now.Sub(w.told) >= quietFor {
		w.told = now
		w.to.opt.Log.Error("invocation logs are lost: a file could not be written", "dir", w.to.opt.Dir, "err", err)
	}
}

// flush writes what has waited long enough at now.
func (w *writer) flush(now time.Time) {
	for key, b := range w.batches {
		if now.Sub(b.began) >= w.to.opt.Flush {
			w.finish(key, b)
		}
	}
	for path, g := range w.groups {
		w.lost(path, g.flush())
	}
}

// close writes everything.
func (w *writer) close() {
	for key, b := range w.batches {
		w.finish(key, b)
	}
	for path, g := range w.groups {
		w.lost(path, g.close())
	}
	if err := w.to.files.root.Close(); err != nil {
		w.failed(err)
	}
}
