package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the path of the program under test; TestMain sets it once.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the binary unless OUTCROP_BIN names one, and runs the tests.
func run(m *testing.M) int {
	if binary = os.Getenv("OUTCROP_BIN"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "outcrop-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "outcrop")
	build := exec.Command("go", "build", "-o", binary, "./cmd/outcrop")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: cannot build outcrop: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// server is a running Outcrop.
type server struct {
	t    *testing.T
	url  string
	data string
	cmd  *exec.Cmd
	exit chan error // what Wait said, once
	over bool       // exit has been read
	more []string   // environment that clients need beside AWS's
}

// patience bounds every wait for a server; only a broken one comes near it.
const patience = 45 * time.Second

// start runs a server with the given configuration, "" for none, on a fresh data folder.
func start(t *testing.T, config string) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "outcrop-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // runs after the server has stopped
		if t.Failed() {
			t.Logf("data and log kept in %s", dir)
		} else if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return startIn(t, dir, config)
}

// startIn runs a server on a data folder that may have been used before.
func startIn(t *testing.T, dir, config string) *server {
	t.Helper()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", dir}
	if config != "" {
		path := filepath.Join(dir, "outcrop.yaml")
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	log, err := os.OpenFile(filepath.Join(dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, data: dir, cmd: exec.Command(binary, args...), exit: make(chan error, 1)}
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n') // without a line, the address below is missing
		first <- line
		_, _ = io.Copy(log, lines)
		s.exit <- s.cmd.Wait()
		_ = log.Close()
	}()
	t.Cleanup(s.cleanup)
	s.url = s.address(first)
	return s
}

// address takes the server's URL from its first line.
func (s *server) address(first <-chan string) string {
	s.t.Helper()
	select {
	case line := <-first:
		if url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on "); ok {
			return url
		}
		s.t.Fatalf("the first line is %q, expected “listening on URL”; log:\n%s", line, s.log())
	case <-time.After(patience):
		s.t.Fatalf("no line after %s; log:\n%s", patience, s.log())
	}
	return ""
}

// log is what the server has written to standard error.
func (s *server) log() string {
	text, err := os.ReadFile(filepath.Join(s.data, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// terminate asks the server to end, without waiting for it.
func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("SIGTERM: %v", err)
	}
}

// wait returns when the server has ended, and fails the test unless its exit code is 0.
func (s *server) wait() {
	s.t.Helper()
	s.over = true
	select {
	case err := <-s.exit:
		if err != nil {
			s.t.Errorf("the server ended with %v; log:\n%s", err, s.log())
		}
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		<-s.exit
		s.t.Errorf("the server did not end within %s of SIGTERM; log:\n%s", patience, s.log())
	}
}

// stop ends the server as an operator does.
func (s *server) stop() {
	s.t.Helper()
	s.terminate()
	s.wait()
}

// restart ends the server and starts another on the same data.
func (s *server) restart(config string) *server {
	s.t.Helper()
	s.stop()
	return startIn(s.t, s.data, config)
}

// cleanup stops a server that its test left running.
func (s *server) cleanup() {
	if s.over {
		return
	}
	select {
	case err := <-s.exit: // it ended by itself, which no test expects
		s.t.Errorf("the server had ended before the test did: %v; log:\n%s", err, s.log())
	default:
		s.stop()
	}
	if text := s.log(); strings.Contains(text, "panic") || strings.Contains(text, "DATA RACE") {
		s.t.Errorf("the log tells of a panic or a race:\n%s", text)
	}
}

// keys are an access key and its secret.
type keys struct{ id, secret string }

// credentials reads the file the server made on its first start.
func (s *server) credentials() keys {
	s.t.Helper()
	path := filepath.Join(s.data, "credentials")
	info, err := os.Stat(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		s.t.Errorf("%s has mode %v, want 0600", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	var k keys
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, "=")
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			k.id = strings.TrimSpace(value)
		case "aws_secret_access_key":
			k.secret = strings.TrimSpace(value)
		}
	}
	if k.id == "" || k.secret == "" || !strings.Contains(string(text), "[default]") {
		s.t.Fatalf("%s has no profile “default” with a key pair", path)
	}
	return k
}

// withPatience bounds a call by the patience of the tests.
func withPatience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
