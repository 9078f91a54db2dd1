package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"outcrop": func() { os.Exit(program()) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start,
			"stop":  stop,
			"mode":  mode,
		},
		Setup: func(e *testscript.Env) error {
			e.Values[serverKey{}] = new(*started)
			return nil
		},
		RequireExplicitExec: true,
	})
}

// serverKey names the value of a script that holds its server.
type serverKey struct{}

// started is a server of a script.
type started struct {
	command *exec.Cmd
	output  *bufio.Reader
}

// start runs "outcrop serve" with more arguments on a free port, and returns when it listens.
// Then $URL is its address.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! start")
	}
	bin := filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "outcrop")
	c := exec.Command(bin, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	c.Dir = ts.MkAbs(".")
	c.Env = []string{"HOME=" + ts.Getenv("WORK")}
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	s := &started{c, bufio.NewReader(out)}
	ts.Defer(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
	line, err := s.output.ReadString('\n')
	ts.Check(err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		ts.Fatalf("the first line is %q", line)
	}
	ts.Setenv("URL", url)
	*ts.Value(serverKey{}).(**started) = s
}

// stop ends the server with SIGTERM and demands exit code 0. What it had printed is in the file announced.
func stop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: stop")
	}
	s := *ts.Value(serverKey{}).(**started)
	ts.Check(s.command.Process.Signal(syscall.SIGTERM))
	var rest strings.Builder
	_, err := s.output.WriteTo(&rest)
	ts.Check(err)
	ts.Check(s.command.Wait())
	ts.Check(os.WriteFile(ts.MkAbs("announced"), []byte(rest.String()), 0o600))
}

// mode demands the permissions of a file, such as 0600.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode 0600 file")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}
