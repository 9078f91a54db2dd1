package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// conn is one connection and the worker that owns it.
type conn struct {
	request *Request
	timeout time.Duration
	net     net.Conn // nil until first used, and after a failure
	r       *bufio.Reader
	body    []byte // the last reply's, reused
}

// reply is what one exchange showed.
type reply struct {
	status    int
	events    int       // in a streamed body
	bytes     int       // of the body
	firstByte time.Time // of a streamed body
}

// exchange sends the request and reads the whole reply. After an error the next exchange dials anew.
func (c *conn) exchange() (reply, error) {
	rep, err := c.try()
	if err != nil {
		c.close()
	}
	return rep, err
}

func (c *conn) close() {
	if c.net != nil {
		_ = c.net.Close()
		c.net = nil
	}
}

func (c *conn) try() (rep reply, err error) {
	if c.net == nil {
		if c.net, err = net.DialTimeout("tcp", c.request.addr, c.timeout); err != nil {
			return rep, err
		}
		c.r = bufio.NewReaderSize(c.net, 32<<10)
	}
	if err := c.net.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return rep, err
	}
	if _, err := c.net.Write(c.request.wire); err != nil {
		return rep, err
	}
	h, err := readHead(c.r)
	if err != nil {
		return rep, err
	}
	rep.status = h.status
	c.body = c.body[:0]
	switch {
	case h.chunked:
		rep.firstByte, err = c.readChunks()
		rep.events = countEvents(c.body, h.frames)
	case h.length >= 0:
		c.body = append(c.body, make([]byte, h.length)...)
		_, err = io.ReadFull(c.r, c.body)
	default:
		err = fmt.Errorf("a reply of status %d has neither a length nor chunks", h.status)
	}
	rep.bytes = len(c.body)
	if h.closing {
		c.close()
	}
	return rep, err
}

// head is what matters of a reply's status line and headers.
type head struct {
	status  int
	length  int // -1 when not given
	chunked bool
	closing bool // the server will close the connection
	frames  bool // the body is an AWS event stream
}

func readHead(r *bufio.Reader) (head, error) {
	h := head{length: -1}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return h, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return h, fmt.Errorf("the status line %q is too short", line)
	}
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return h, fmt.Errorf("the status line %q has no status", line)
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return h, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			return h, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if h.length, err = strconv.Atoi(string(value)); err != nil {
				return h, fmt.Errorf("the Content-Length %q is no number", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			h.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			h.closing = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, []byte("Content-Type")):
			h.frames = bytes.Equal(value, []byte("application/vnd.amazon.eventstream"))
		}
	}
}

// readChunks appends a chunked body to c.body and says when its first byte came.
func (c *conn) readChunks() (first time.Time, err error) {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return first, err
		}
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return first, fmt.Errorf("the chunk size %q is no number", line)
		}
		if first.IsZero() {
			first = time.Now()
		}
		at := len(c.body)
		c.body = append(c.body, make([]byte, size+2)...)
		if _, err := io.ReadFull(c.r, c.body[at:]); err != nil {
			return first, err
		}
		c.body = c.body[:at+int(size)]
		if size == 0 {
			return first, nil // trailers are never sent to this generator
		}
	}
}
