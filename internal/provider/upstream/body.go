package upstream

import (
	"context"
	"io"
	"net"
	"time"
)

// framing is how a body says where it ends.
type framing uint8

const (
	byLength framing = iota
	byChunks
	byClose
)

// body reads one response's body from its connection, and gives the connection back at the end.
type body struct {
	direct *direct
	ctx    context.Context // the call's: tells why a read failed
	conn   *conn           // nil once given back
	stop   func() bool     // ends the watch over ctx

	framing framing
	left    int64 // of the body, or of the current chunk
	begun   bool  // a chunk has been begun, whose line end is still to be read
	lost    bool  // the connection cannot be used again
	err     error // what every further Read returns
}

// Read reads the next bytes of the body.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	n, err := b.next(p)
	if err != nil {
		b.end(err)
	} else if b.framing == byLength && b.left == 0 {
		b.end(nil) // the connection is free before the caller asks again
	}
	if n > 0 {
		return n, nil
	}
	return 0, b.err
}

// Close gives the connection back, or closes it when the body has not ended.
func (b *body) Close() error {
	if b.err == nil {
		b.lost = true
		b.end(net.ErrClosed)
	}
	return nil
}

// end settles what Read returns from now on, and what becomes of the connection. A nil or io.EOF is the body's end.
func (b *body) end(err error) {
	c := b.conn
	b.conn = nil
	watched := b.stop()
	switch {
	case err == nil || err == io.EOF:
		b.err = io.EOF
	case err == net.ErrClosed:
		b.err = err
	default:
		b.err = b.direct.failed(b.ctx, Body, err)
	}
	if b.err == io.EOF && watched && !b.lost && c.read.Buffered() == 0 {
		b.direct.idle.put(c)
		return
	}
	c.abort()
}

func (b *body) next(p []byte) (int, error) {
	read := b.conn.read
	switch b.framing {
	case byChunks:
		if b.left == 0 {
			if err := b.nextChunk(); err != nil {
				return 0, err
			}
		}
	case byClose:
		return read.Read(p)
	}
	n, err := read.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// nextChunk reads the line end of the chunk before and the size of the next one; io.EOF is the last chunk, whose
// trailer has been read as well.
func (b *body) nextChunk() error {
	if b.begun {
		if line, err := b.conn.line(); err != nil {
			return err
		} else if len(line) > 0 {
			return protocolError("a chunk longer than its size")
		}
	}
	b.begun = true
	line, err := b.conn.line()
	if err != nil {
		return err
	}
	if b.left, err = parseChunkSize(line); err != nil || b.left > 0 {
		return err
	}
	for total := 0; ; {
		line, err := b.conn.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
		if total += len(line); total > b.direct.o.MaxHeader {
			return protocolError("a trailer larger than a head may be")
		}
	}
}

// parseChunkSize reads hexadecimal digits up to the end of the line or an extension, which nobody needs.
func parseChunkSize(line []byte) (int64, error) {
	n, digits := int64(0), 0
	for _, c := range line {
		d := int64(0)
		switch {
		case '0' <= c && c <= '9':
			d = int64(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = int64(c|0x20-'a') + 10
		case digits > 0 && (c == ';' || c == ' ' || c == '\t'):
			return n, nil
		default:
			return 0, protocolError("a chunk size that is no number")
		}
		if digits++; digits > 15 {
			return 0, protocolError("a chunk size beyond all bounds")
		}
		n = n<<4 | d
	}
	if digits == 0 {
		return 0, protocolError("an empty chunk size")
	}
	return n, nil
}

// What Finish waits and reads for at most.
const (
	finishTime  = 100 * time.Millisecond
	finishBytes = 4 << 10
)

// Finish ends a body of which the caller has all it wants, such as an event stream behind its last event: it reads
// what little may be left, so that the connection can be kept, and closes the body.
func (r *Response) Finish() {
	defer r.Body.Close()
	if b, ok := r.Body.(*body); ok {
		if b.err != nil || b.conn.SetReadDeadline(time.Now().Add(finishTime)) != nil {
			return
		}
	}
	_, _ = io.CopyN(io.Discard, r.Body, finishBytes) // a rest that does not come costs the connection, nothing else
}
