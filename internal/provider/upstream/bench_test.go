//go:build unix

package upstream

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reply is a server that costs as little as possible, so that the figures are the client's.
func reply(b *testing.B) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sun, 22 Nov 2026 14:00:00 GMT\r\nContent-Length: 600\r\n\r\n" + strings.Repeat("x", 600))
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(c, answer)
		}
	}()
	return "http://" + listener.Addr().String()
}

func serve(c net.Conn, answer []byte) {
	defer c.Close()
	in := bufio.NewReaderSize(c, 32<<10)
	for {
		length := 0
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
			}
			if len(line) == 2 {
				break
			}
		}
		if _, err := in.Discard(length); err != nil {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// cpu reports the processor time of the whole process, server included, for each call.
func cpu(b *testing.B, run func()) {
	b.ReportAllocs()
	before := spent()
	run()
	b.ReportMetric(float64(spent()-before)/float64(b.N), "cpu-ns/op")
}

func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkClient(b *testing.B) {
	c := newClient(b, reply(b), Options{})
	body := bytes.Repeat([]byte("x"), 1024)
	r := &Request{Method: "POST", Path: "/v1/chat/completions", Header: Header{{"Content-Type", "application/json"}}, Body: body}
	ctx := b.Context()
	cpu(b, func() {
		for b.Loop() {
			resp, err := c.Do(ctx, r)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}

func BenchmarkNetHTTPTransport(b *testing.B) {
	base := reply(b)
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	defer transport.CloseIdleConnections()
	body := bytes.Repeat([]byte("x"), 1024)
	cpu(b, func() {
		for b.Loop() {
			r, _ := http.NewRequestWithContext(b.Context(), "POST", base+"/v1/chat/completions", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			resp, err := transport.RoundTrip(r)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}
