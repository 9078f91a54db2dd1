//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// probe looks at an idle connection's socket without waiting. It is made once a connection, so that a look costs a
// system call and no memory.
type probe struct {
	socket syscall.RawConn // nil when there is none to look at
	look   func(fd uintptr) bool
	silent bool
	room   [1]byte
}

func (p *probe) watch(c net.Conn) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	socket, err := s.SyscallConn()
	if err != nil {
		return
	}
	p.socket = socket
	p.look = func(fd uintptr) bool {
		_, err := syscall.Read(int(fd), p.room[:])
		p.silent = err == syscall.EAGAIN
		return true
	}
}

// quiet reports whether an idle connection is still open and silent. A server that has closed it, or has sent
// something that no request asked for, must not be believed to answer the next one.
func (p *probe) quiet() bool {
	return p.socket == nil || p.socket.Read(p.look) == nil && p.silent
}
