package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

// scripted is a client whose server writes one script a connection: for each request it reads, the next answer. When a
// script is out of answers the server closes the connection.
func scripted(t testing.TB, scripts ...[]string) Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, script := range scripts {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			play(c, script)
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return newClient(t, "http://"+listener.Addr().String(), Options{Timeout: 5 * time.Second, MaxHeader: 4096})
}

func play(c net.Conn, script []string) {
	defer c.Close()
	in := bufio.NewReader(c)
	for _, answer := range script {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

func TestResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, test := range map[string]struct{ answer, body string }{
		"length":               {ok + "Content-Length: 3\r\n\r\nabc", "abc"},
		"empty":                {ok + "Content-Length: 0\r\n\r\n", ""},
		"until close":          {ok + "\r\nabc", "abc"},
		"HTTP/1.0":             {"HTTP/1.0 200 OK\r\n\r\nabc", "abc"},
		"no reason":            {"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", "a"},
		"bare line feeds":      {"HTTP/1.1 200 OK\nContent-Length: 1\n\na", "a"},
		"chunks":               {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n", "abc"},
		"chunks, big hex":      {ok + "transfer-encoding: Chunked\r\n\r\n0A\r\n0123456789\r\n0\r\nX: trailer\r\n\r\n", "0123456789"},
		"interim responses":    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 1\r\n\r\na", "a"},
		"no content":           {"HTTP/1.1 204 No Content\r\n\r\n", ""},
		"value with spaces":    {ok + "Content-Length: \t 1 \r\n\r\na", "a"},
		"many headers":         {ok + strings.Repeat("X: y\r\n", 100) + "Content-Length: 1\r\n\r\na", "a"},
		"closes when finished": {ok + "Connection: keep-alive, Close\r\nContent-Length: 1\r\n\r\na", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			_, body, err := post(t.Context(), scripted(t, []string{test.answer}), []byte("hi"))
			if err != nil || body != test.body {
				t.Errorf("got %q, %v; want %q", body, err, test.body)
			}
		})
	}
}

func TestHostileResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	for name, test := range map[string]struct {
		answer, says string
	}{
		"nothing":                   {"", "cannot read the response's head"},
		"not HTTP":                  {"SSH-2.0-OpenSSH\r\n", "no status line"},
		"HTTP/2":                    {"HTTP/2 200 OK\r\n\r\n", "no status line"},
		"half a status":             {"HTTP/1.1 2", "unexpected EOF"},
		"status in letters":         {"HTTP/1.1 2x0 OK\r\n\r\n", "a status that is no number"},
		"status of four digits":     {"HTTP/1.1 2000 OK\r\n\r\n", "no status line"},
		"status 099":                {"HTTP/1.1 099 OK\r\n\r\n", "a status below 100"},
		"switching protocols":       {"HTTP/1.1 101 Switching\r\n\r\n", "nobody asked for"},
		"interim for ever":          {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9), "interim"},
		"cut in the head":           {ok + "Content-Le", "unexpected EOF"},
		"header without colon":      {ok + "Content-Length 3\r\n\r\n", "a header line that is none"},
		"space before the colon":    {ok + "Content-Length : 3\r\n\r\n", "a header line that is none"},
		"folded header":             {ok + "X: a\r\n b\r\n\r\n", "a header line that is none"},
		"nul in a value":            {ok + "X: a\x00b\r\n\r\n", "a header line that is none"},
		"carriage return inside":    {ok + "X: a\rContent-Length: 3\r\n\r\n", "a header line that is none"},
		"huge line":                 {ok + "X: " + strings.Repeat("y", 20_000) + "\r\n\r\n", "a line longer than 16384 bytes"},
		"huge head":                 {ok + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 5) + "\r\n", "a head larger than 4096 bytes"},
		"two lengths":               {ok + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "two content lengths"},
		"a list of lengths":         {ok + "Content-Length: 3, 3\r\n\r\nabc", "no length"},
		"negative length":           {ok + "Content-Length: -3\r\n\r\n", "no length"},
		"signed length":             {ok + "Content-Length: +3\r\n\r\nabc", "no length"},
		"empty length":              {ok + "Content-Length:\r\n\r\nabc", "an empty content length"},
		"length beyond int64":       {ok + "Content-Length: 9223372036854775808\r\n\r\n", "no length"},
		"length and chunks":         {ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "both a content length and chunks"},
		"gzip, chunked":             {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", "a transfer encoding other than chunked"},
		"chunked twice":             {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "a transfer encoding other than chunked"},
		"cut in a length":           {ok + "Content-Length: 10\r\n\r\nabc", "unexpected EOF"},
		"cut in a chunk":            {chunked + "5\r\nab", "unexpected EOF"},
		"cut between chunks":        {chunked + "2\r\nab\r\n", "unexpected EOF"},
		"cut in the trailer":        {chunked + "0\r\nX: y\r\n", "unexpected EOF"},
		"chunk size in words":       {chunked + "two\r\nab\r\n", "a chunk size that is no number"},
		"negative chunk size":       {chunked + "-2\r\nab\r\n", "a chunk size that is no number"},
		"empty chunk size":          {chunked + "\r\nab\r\n", "an empty chunk size"},
		"chunk size out of bounds":  {chunked + "fffffffffffffffff\r\nab\r\n", "a chunk size beyond all bounds"},
		"chunk longer than it says": {chunked + "2\r\nabc\r\n0\r\n\r\n", "a chunk longer than its size"},
		"endless trailer":           {chunked + "0\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 5), "a trailer larger"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := post(t.Context(), scripted(t, []string{test.answer}), []byte("hi"))
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want an error about %q", err, test.says)
			}
		})
	}
}

const answerA = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"

func TestAConnectionClosedWhileIdleIsReplaced(t *testing.T) {
	c := scripted(t, []string{answerA}, []string{answerA})
	for range 2 {
		if _, body, err := post(t.Context(), c, []byte("x")); err != nil || body != "a" {
			t.Fatalf("got %q, %v", body, err)
		}
	}
}

// The probe of the socket would hide what happens when a server closes just as the next request goes out.
func TestAConnectionClosedUnderARequestIsReplacedOnce(t *testing.T) {
	for name, test := range map[string]struct {
		scripts [][]string
		ok      bool
	}{
		"no byte of an answer":        {[][]string{{answerA, ""}, {answerA}}, true},
		"twice in a row":              {[][]string{{answerA, ""}, {""}, {answerA}}, false},
		"part of an answer had begun": {[][]string{{answerA, "HTTP/1.1 200"}, {answerA}}, false},
		"garbage":                     {[][]string{{answerA, "garbage\r\n"}, {answerA}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := scripted(t, test.scripts...)
			if _, _, err := post(t.Context(), c, []byte("x")); err != nil {
				t.Fatal(err)
			}
			_, body, err := post(t.Context(), c, []byte("x"))
			if (err == nil && body == "a") != test.ok {
				t.Errorf("got %q, %v", body, err)
			}
		})
	}
}

func TestUnaskedBytesAreNoAnswer(t *testing.T) {
	timeout := "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
	c := scripted(t, []string{answerA + timeout}, []string{answerA})
	for range 2 {
		if resp, _, err := post(t.Context(), c, []byte("x")); err != nil || resp.Status != 200 {
			t.Fatalf("got %+v, %v", resp, err)
		}
	}
}

func TestAnEarlyAnswerIsRead(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}()
	c := newClient(t, "http://"+listener.Addr().String(), Options{})
	resp, body, err := post(t.Context(), c, make([]byte, 1<<20))
	if err != nil || resp.Status != 413 || body != "no" {
		t.Errorf("got %+v, %q, %v", resp, body, err)
	}
	<-done
}

// kept counts a client's idle connections.
func kept(c Client) int {
	p := &c.(*direct).idle
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// pipes serves HTTP over in-memory connections, which fake time can see through.
func pipes(script []string, served chan<- net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go play(theirs, script)
		if served != nil {
			served <- ours
		}
		return ours, nil
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := make(chan net.Conn, 4)
		c := newClient(t, "http://model", Options{IdleTimeout: time.Minute, Dial: pipes([]string{answerA, answerA, answerA}, served)})
		mustPost := func() {
			if _, body, err := post(context.Background(), c, nil); err != nil || body != "a" {
				t.Fatalf("got %q, %v", body, err)
			}
		}
		mustPost()
		time.Sleep(59 * time.Second)
		mustPost()
		time.Sleep(59 * time.Second)
		if len(served) != 1 || kept(c) != 1 {
			t.Fatalf("%d connections opened, %d kept; want 1 and 1", len(served), kept(c))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := kept(c); n != 0 {
			t.Errorf("%d connections are kept past the idle timeout", n)
		}
		if _, err := (<-served).Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the idle connection was not closed: %v", err)
		}
		mustPost()
		if len(served) != 1 {
			t.Error("no new connection was opened")
		}
	})
}

func TestFinish(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n[DONE]\r\n"
	for name, test := range map[string]struct {
		rest string
		kept int
	}{
		"the last chunk is there": {"0\r\n\r\n", 1},
		"it never comes":          {"", 0},
		"more than a little":      {"2000\r\n" + strings.Repeat("x", 0x2000) + "\r\n0\r\n\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				go func() { // keeps the connection open behind its answer
					in := bufio.NewReader(theirs)
					if r, err := http.ReadRequest(in); err == nil {
						_, _ = io.Copy(io.Discard, r.Body)
						_, _ = io.WriteString(theirs, head+test.rest)
					}
					_, _ = in.ReadByte()
				}()
				c := newClient(t, "http://model", Options{Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil }})
				resp, err := c.Do(context.Background(), &Request{Method: "POST", Path: "/"})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(resp.Body, make([]byte, 6)); err != nil {
					t.Fatal(err)
				}
				resp.Finish()
				if n := kept(c); n != test.kept {
					t.Errorf("%d connections kept, want %d", n, test.kept)
				}
				ours.Close()
			})
		})
	}
}
