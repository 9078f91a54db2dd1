package invocationlog

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"path"
	"time"
)

// maxBatch is how large a compressed file grows before it is written, however young it is.
const maxBatch = 1 << 20

// batch is a file of a bucket that is being made.
type batch struct {
	began time.Time
	name  string // on disk
	buf   bytes.Buffer
	gzip  *gzip.Writer
	lines int
}

// toBucket adds a record to the file of its hour.
func (w *writer) toBucket(k *call, r *record, b *Bucket) {
	line := w.line(r)
	if line == nil {
		return
	}
	key := b.path(hour(b, k.principal.Account, k.source, k.arrived), "")
	f := w.batches[key]
	if f == nil {
		f = &batch{began: time.Now()}
		f.name = path.Join(key, objectName(f.began))
		f.gzip = gzip.NewWriter(&f.buf)
		w.batches[key] = f
	}
	f.gzip.Write(line) // memory takes everything
	f.lines++
	if f.buf.Len() >= maxBatch {
		w.finish(key, f)
	}
}

// finish writes the file of a batch.
func (w *writer) finish(key string, b *batch) {
	delete(w.batches, key)
	b.gzip.Close()
	if err := w.to.files.write(b.name, b.buf.Bytes()); err != nil {
		w.failed(err)
		return
	}
	w.to.metrics.written.Add(float64(b.lines))
}

// objectName is a name as Bedrock gives one: when it was begun, and a few letters that nothing else has.
func objectName(at time.Time) string {
	var id [8]byte
	rand.Read(id[:]) // never fails
	at = at.UTC()
	return at.Format("20060102T150405") + at.Format(".000")[1:] + "Z_" + hex.EncodeToString(id[:]) + ".json.gz"
}
