package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// running is a server in this process.
type running struct {
	dir, url string
	stop     context.CancelFunc
	ended    chan error
}

// serveHere starts a server with a configuration on a free port.
func serveHere(t *testing.T, configuration string) *running {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "outcrop.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &running{dir: dir, stop: stop, ended: make(chan error, 1)}
	out, in := io.Pipe()
	go func() {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--config", file, "--data", dir}
		s.ended <- run(ctx, args, none, strings.NewReader(""), in, io.Discard)
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server said %q and ended: %v", line, <-s.ended)
	}
	go io.Copy(io.Discard, out)
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return s
}

func none(string) (string, bool) { return "", false }

// converse asks the server in this process.
func (s *running) converse(ctx context.Context, out io.Writer, args ...string) error {
	args = append([]string{"converse", "--data", s.dir}, args...)
	return run(ctx, args, none, strings.NewReader(""), out, io.Discard)
}

// An answer that has begun when the server is told to stop is still given in full.
func TestStopLetsRunningStreamsEnd(t *testing.T) {
	s := serveHere(t, "simulator: {first-token: 0s, tokens-per-second: 300}")
	var whole strings.Builder
	if err := s.converse(t.Context(), &whole, "Hello"); err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	asked := make(chan error, 1)
	go func() {
		asked <- s.converse(t.Context(), in, "--stream", "Hello")
		in.Close()
	}()
	var first [1]byte
	if _, err := io.ReadFull(out, first[:]); err != nil {
		t.Fatalf("no answer: %v, %v", err, <-asked)
	}
	s.stop()
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-asked; err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
	if got := string(first[:]) + string(rest); got != whole.String() {
		t.Errorf("got %q, want %q", got, whole.String())
	}
	if err := <-s.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// What does not end within the drain timeout is cut, and the server still ends well.
func TestStopCutsWhatDoesNotEnd(t *testing.T) {
	s := serveHere(t, "simulator: {first-token: 0s, tokens-per-second: 0.1}\nlimits: {drain-timeout: 0s}")
	out, in := io.Pipe()
	asked := make(chan error, 1)
	go func() {
		asked <- s.converse(t.Context(), in, "--stream", "Hello")
		in.Close()
	}()
	var first [1]byte
	if _, err := io.ReadFull(out, first[:]); err != nil {
		t.Fatalf("no answer: %v, %v", err, <-asked)
	}
	go io.Copy(io.Discard, out)
	s.stop()
	if err := <-asked; err == nil {
		t.Error("the stream was not cut")
	}
	if err := <-s.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// The first signal waits for a request that hangs; the second does not.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	c := exec.Command("outcrop", "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()) // testscript puts it on the PATH
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server said %q and ended: %v", line, c.Wait())
	}
	address := strings.TrimSpace(strings.TrimPrefix(line, "listening on http://"))
	hang(t, address)
	terminate(t, c)
	for refused := false; !refused; { // until the first signal has been taken
		conn, err := net.Dial("tcp", address)
		if refused = err != nil; !refused {
			conn.Close()
		}
	}
	terminate(t, c)
	if err := c.Wait(); c.ProcessState.ExitCode() != exitFailed {
		t.Errorf("the server ended with %v, want exit code %d", err, exitFailed)
	}
}

// hang begins a request and returns when the server waits for its body, which never comes.
func hang(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	io.WriteString(conn, "POST /model/amazon.nova-lite-v1:0/converse HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("the server answered %q with error %v, want to be sent the body", line, err)
	}
}

func terminate(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}
