package upstream

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"time"
)

const (
	// readBuffer is also the longest line of a head.
	readBuffer = 16 << 10
	// oneWrite is how large a body may be to be copied behind its head and go out in the same write. A larger one
	// costs less as a write of its own.
	oneWrite = 64 << 10
)

// conn is one connection. It belongs to one call at a time; abort alone may be called beside it.
type conn struct {
	net.Conn // TLS when the server speaks it
	probe    probe
	abort    func() // closes at once, without TLS's farewell, which could wait

	read     *bufio.Reader
	write    []byte
	answered bool      // the server has sent something for the current request
	since    time.Time // idle since, when in the pool
}

// newConn keeps c, and raw, the connection below its TLS or c itself.
func newConn(c, raw net.Conn) *conn {
	k := &conn{Conn: c, abort: func() { raw.Close() }, read: bufio.NewReaderSize(c, readBuffer)}
	k.probe.watch(raw)
	return k
}

// send writes the request, in one write unless its body is large.
func (c *conn) send(host string, r *Request) error {
	b := append(c.write[:0], r.Method...)
	b = append(append(b, ' '), r.Path...)
	b = append(append(b, " HTTP/1.1\r\nHost: "...), host...)
	for _, f := range r.Header {
		b = append(append(b, "\r\n"...), f.Name...)
		b = append(append(b, ": "...), f.Value...)
	}
	if len(r.Body) > 0 || r.Method == "POST" || r.Method == "PUT" {
		b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(len(r.Body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	large := len(r.Body) > oneWrite
	if !large {
		b = append(b, r.Body...)
	}
	c.write = b
	_, err := c.Conn.Write(b)
	if large && err == nil {
		_, err = c.Conn.Write(r.Body)
	}
	return err
}

// holds reports whether n bytes of body have come with the head.
func (c *conn) holds(n int64) bool { return n >= 0 && n <= int64(c.read.Buffered()) }

// line reads up to and without the next line end; valid until the next read.
func (c *conn) line() ([]byte, error) {
	b, err := c.read.ReadSlice('\n')
	switch err {
	case nil:
	case bufio.ErrBufferFull:
		return nil, protocolError("a line longer than " + strconv.Itoa(readBuffer) + " bytes")
	case io.EOF:
		return nil, io.ErrUnexpectedEOF
	default:
		return nil, err
	}
	b = b[:len(b)-1]
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b, nil
}
