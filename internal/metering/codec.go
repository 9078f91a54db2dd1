package metering

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// A usage record is kept in a form of its own, in the journal and in the ledger: a call settles in
// microseconds, and JSON would take most of them. Numbers are varints, texts come behind their
// lengths. A new field goes to the end, behind a new version; old versions stay readable.
const codecVersion = 1

const (
	flagEstimated = 1 << iota
	flagUnpriced
	flagAssumed
	flagApproximate
)

// Encode appends r to b.
func Encode(b []byte, r *meter.Record) []byte {
	b = append(b, codecVersion)
	b = putText(b, r.RequestID)
	b = binary.AppendVarint(b, r.At.UnixNano())
	for _, text := range [...]string{
		string(r.Account), r.Principal, r.Application.ARN, r.Application.ID, r.Application.Name,
		r.System, r.Model, string(r.Source), string(r.Serving), string(r.Scope), r.Operation, r.Version,
	} {
		b = putText(b, text)
	}
	b = append(b, byte(r.Tier), byte(r.Outcome), flags(r))
	b = binary.AppendVarint(b, int64(r.Latency))
	b = binary.AppendVarint(b, int64(r.FirstToken))
	b = binary.AppendUvarint(b, uint64(r.Attempts))
	b = binary.AppendUvarint(b, catalog.Classes)
	for class, n := range r.Counts {
		b = binary.AppendVarint(b, n)
		b = putAmount(b, r.Costs[class])
	}
	b = putAmount(b, r.Total)
	for _, tags := range [...]map[string]string{r.Application.Tags, r.PrincipalTags, r.Metadata} {
		b = binary.AppendUvarint(b, uint64(len(tags)))
		for k, v := range tags {
			b = putText(putText(b, k), v)
		}
	}
	return b
}

func flags(r *meter.Record) (f byte) {
	if r.Estimated {
		f |= flagEstimated
	}
	if r.Unpriced {
		f |= flagUnpriced
	}
	if r.Assumed {
		f |= flagAssumed
	}
	if r.Approximate {
		f |= flagApproximate
	}
	return f
}

func putText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// putAmount writes the upper word, which is 0 or -1 below nine million dollars, and the lower.
func putAmount(b []byte, a money.Amount) []byte {
	hi, lo := a.Words()
	return binary.AppendUvarint(binary.AppendVarint(b, hi), lo)
}

// Decode is the reverse of Encode.
func Decode(b []byte) (r meter.Record, err error) {
	d := decoder{b: b}
	if v := d.byte(); v != codecVersion && !d.bad {
		return r, fmt.Errorf("a usage record has version %d, made by a newer outcrop; this one knows versions up to %d", v, codecVersion)
	}
	r.RequestID = d.text()
	r.At = time.Unix(0, d.varint()).UTC()
	r.Account, r.Principal = arn.Account(d.text()), d.text()
	r.Application.ARN, r.Application.ID, r.Application.Name = d.text(), d.text(), d.text()
	r.System, r.Model = d.text(), d.text()
	r.Source, r.Serving = arn.Region(d.text()), arn.Region(d.text())
	r.Scope, r.Operation, r.Version = catalog.Scope(d.text()), d.text(), d.text()
	r.Tier, r.Outcome = catalog.Tier(d.byte()), meter.Outcome(d.byte())
	f := d.byte()
	r.Estimated, r.Unpriced = f&flagEstimated != 0, f&flagUnpriced != 0
	r.Assumed, r.Approximate = f&flagAssumed != 0, f&flagApproximate != 0
	r.Latency, r.FirstToken = meter.Elapsed(d.varint()), meter.Elapsed(d.varint())
	r.Attempts = int(d.uvarint())
	classes := d.uvarint()
	if classes > catalog.Classes {
		return r, fmt.Errorf("a usage record has %d classes; this outcrop knows %d", classes, catalog.Classes)
	}
	for class := range classes {
		r.Counts[class] = d.varint()
		r.Costs[class] = d.amount()
	}
	r.Total = d.amount()
	r.Application.Tags, r.PrincipalTags, r.Metadata = d.tags(), d.tags(), d.tags()
	if d.bad || len(d.b) > 0 {
		return r, errDamaged
	}
	return r, nil
}

var errDamaged = errors.New("a usage record is damaged")

// decoder takes bytes from the front. After the end it gives zeros and is bad.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) amount() money.Amount {
	hi := d.varint()
	return money.FromWords(hi, d.uvarint())
}

// tags reads a map; nil for an empty one.
func (d *decoder) tags() map[string]string {
	n := d.uvarint()
	if n == 0 || n > uint64(len(d.b)) {
		d.bad = d.bad || n > 0
		return nil
	}
	tags := make(map[string]string, n)
	for range n {
		k := d.text()
		tags[k] = d.text()
	}
	return tags
}
