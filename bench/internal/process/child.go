// Package process starts the programs of a benchmark, pins them to cores, and accounts for the CPU time and memory they use.
package process

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Child is a server that runs for the length of a benchmark.
type Child struct {
	URL string // where it listens
	cmd *exec.Cmd
	log *bytes.Buffer
}

// grace is how long a child may take to listen, or to end.
const grace = 20 * time.Second

// CanPin reports whether programs can be given a core each.
func CanPin() bool {
	_, err := exec.LookPath("taskset")
	return err == nil && runtime.NumCPU() > 1
}

// Command is exec.CommandContext on one core, when programs can be pinned.
func Command(ctx context.Context, core int, name string, args ...string) *exec.Cmd {
	if CanPin() {
		return exec.CommandContext(ctx, "taskset", append([]string{"-c", strconv.Itoa(core), name}, args...)...)
	}
	return exec.CommandContext(ctx, name, args...)
}

// Start runs a server on one core and waits for its line “listening on URL”.
func Start(ctx context.Context, core int, name string, args ...string) (*Child, error) {
	c := &Child{cmd: Command(ctx, core, name, args...), log: new(bytes.Buffer)}
	c.cmd.Stderr = c.log
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = grace
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	watchdog := time.AfterFunc(grace, func() { _ = c.cmd.Process.Kill() })
	defer watchdog.Stop()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if _, url, ok := strings.Cut(strings.TrimSpace(line), "listening on "); ok {
			c.URL = url
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return c, nil
		}
		if err != nil {
			_ = c.cmd.Wait()
			return nil, fmt.Errorf("%s %s ended before it listened:\n%s", name, strings.Join(args, " "), c.log)
		}
	}
}

// PID is the child's process id; taskset becomes the program it starts, so it is the program's.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Stop asks the child to end and waits for it.
func (c *Child) Stop() error {
	if err := c.cmd.Process.Signal(os.Signal(syscall.SIGTERM)); err != nil {
		return err
	}
	watchdog := time.AfterFunc(grace, func() { _ = c.cmd.Process.Kill() })
	defer watchdog.Stop()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%s did not end well: %w\n%s", c.cmd.Path, err, c.log)
	}
	return nil
}
