package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// logged is a server in this process whose log can be waited for.
type logged struct {
	running
	file  string
	lines chan string
}

func serveLogged(t *testing.T, configuration string) *logged {
	t.Helper()
	dir := t.TempDir()
	s := &logged{file: filepath.Join(dir, "outcrop.yaml"), lines: make(chan string, 1000)}
	s.write(t, configuration)
	ctx, stop := context.WithCancel(t.Context())
	s.running = running{dir: dir, stop: stop, ended: make(chan error, 1)}
	out, in := io.Pipe()
	log, logIn := io.Pipe()
	go func() {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--config", s.file, "--data", dir}
		s.ended <- run(ctx, args, none, strings.NewReader(""), in, logIn)
		in.Close()
		logIn.Close()
	}()
	go func() {
		for scan := bufio.NewScanner(log); scan.Scan(); {
			s.lines <- scan.Text()
		}
		close(s.lines)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server said %q and ended: %v", line, <-s.ended)
	}
	go io.Copy(io.Discard, out)
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	t.Cleanup(func() {
		stop()
		for range s.lines { // until the log is closed
		}
	})
	return s
}

// write replaces the file at once, as careful editors do.
func (s *logged) write(t *testing.T, configuration string) {
	t.Helper()
	next := s.file + ".next"
	if err := os.WriteFile(next, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, s.file); err != nil {
		t.Fatal(err)
	}
}

// says waits for a line of the log and returns it.
func (s *logged) says(t *testing.T, pattern string) string {
	t.Helper()
	want := regexp.MustCompile(pattern)
	for line := range s.lines {
		if want.MatchString(line) {
			return line
		}
	}
	t.Fatalf("the log ended without a line like %s", pattern)
	return ""
}

func (s *logged) ask(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	if err := s.converse(t.Context(), &out, args...); err != nil {
		return err.Error()
	}
	return out.String()
}

// metric is the value of a series.
func (s *logged) metric(t *testing.T, name string) string {
	t.Helper()
	r, err := http.Get(s.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	for scan := bufio.NewScanner(r.Body); scan.Scan(); {
		if value, ok := strings.CutPrefix(scan.Text(), name+" "); ok {
			return value
		}
	}
	return ""
}

const greeting = "simulator: {first-token: 0s, rules: [{name: r, answer: {text: %s}}]}\n"

func TestReloadTakesOver(t *testing.T) {
	s := serveLogged(t, fmt.Sprintf(greeting, "one"))
	if got := s.ask(t, "Hello"); !strings.Contains(got, "one") {
		t.Fatalf("answered %q", got)
	}
	for _, c := range []struct{ name, configuration, keys, want string }{
		{"rules", fmt.Sprintf(greeting, "two"), "simulator.rules", "two"},
		{"a quota of nothing", fmt.Sprintf(greeting, "two") + "quotas: {overrides: [{requests-per-minute: 0}]}\n", "quotas.overrides", "ThrottlingException"},
		{"no quota, and another pace", "simulator: {first-token: 1ms, rules: [{name: r, answer: {text: three}}]}\n", "simulator.first-token simulator.rules quotas.overrides", "three"},
		{
			"a deployment that nobody can reach",
			"providers: [{name: gone, type: openai, url: 'http://127.0.0.1:1/v1'}]\ndeployments: [{model: '*', provider: gone}]\n",
			"providers deployments simulator.first-token simulator.rules", "ServiceUnavailableException",
		},
		{"back again, with limits and a level", fmt.Sprintf(greeting, "four") + "limits: {body: 1MB}\nlog: {level: debug}\n", "log.level limits.body", "four"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.write(t, c.configuration)
			line := s.says(t, "the configuration was (not )?changed")
			if !strings.Contains(line, "a file has changed") || !strings.Contains(line, c.keys) {
				t.Errorf("the log says %s, want the keys %s", line, c.keys)
			}
			if got := s.ask(t, "Hello"); !strings.Contains(got, c.want) {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
	if got := s.metric(t, `outcrop_config_reloads_total{result="applied"}`); got != "5" {
		t.Errorf("%s changes are counted", got)
	}
}

// What is wrong changes nothing, and every fault is told with its place.
func TestReloadRefusesWhatIsWrong(t *testing.T) {
	s := serveLogged(t, fmt.Sprintf(greeting, "one"))
	s.write(t, fmt.Sprintf(greeting, "two")+"limits: {body: 25XB}\ndeployments: [{model: 'meta.*', provider: nobody}]\n")
	for _, want := range []string{
		`the configuration was not changed.*outcrop\.yaml:2:16: limits\.body:`,
		`the configuration was not changed.*outcrop\.yaml:3:43: deployments\[0\]\.provider: no provider is named`,
	} {
		s.says(t, want)
	}
	if got := s.ask(t, "Hello"); !strings.Contains(got, "one") {
		t.Errorf("answered %q", got)
	}
	s.write(t, fmt.Sprintf(greeting, "two")+"listen: 127.0.0.1:1\nregion: eu-west-1\nmetering: {fsync: always}\nlimits: {header-timeout: 1s}\n")
	s.says(t, `not changed.*region, limits\.header-timeout, metering\.fsync cannot change while the server runs`) // listen is the flag's
	if got := s.ask(t, "Hello"); !strings.Contains(got, "one") {
		t.Errorf("answered %q", got)
	}
	if good, n := s.metric(t, "outcrop_config_last_reload_successful"), s.metric(t, `outcrop_config_reloads_total{result="refused"}`); good != "0" || n != "2" {
		t.Errorf("last reload successful: %s, refused: %s", good, n)
	}
	if err := os.Remove(s.file); err != nil {
		t.Fatal(err)
	}
	s.says(t, `not changed.*no such file`)
	s.write(t, fmt.Sprintf(greeting, "one"))
	s.says(t, `the configuration is as it was`)
	if good := s.metric(t, "outcrop_config_last_reload_successful"); good != "1" {
		t.Errorf("last reload successful: %s", good)
	}
}

// Streams that run while everything under them changes end as they would have, and no call fails.
func TestReloadDropsNoStream(t *testing.T) {
	const pace = "simulator: {seed: %d, first-token: 0s, tokens-per-second: 300}\n"
	s := serveLogged(t, fmt.Sprintf(pace, 0))
	whole := s.ask(t, "Hello")
	const callers = 8
	var group sync.WaitGroup
	begun := make(chan struct{}, callers)
	for range callers {
		group.Go(func() {
			out, in := io.Pipe()
			asked := make(chan error, 1)
			go func() {
				asked <- s.converse(t.Context(), in, "--stream", "Hello")
				in.Close()
			}()
			var first [1]byte
			_, _ = io.ReadFull(out, first[:]) // a failure shows in what follows
			begun <- struct{}{}
			rest, _ := io.ReadAll(out)
			if err := <-asked; err != nil || string(first[:])+string(rest) != whole {
				t.Errorf("a stream that ran came to %q and error %v, want %q", string(first[:])+string(rest), err, whole)
			}
		})
	}
	for range callers {
		<-begun
	}
	stop := make(chan struct{})
	var steady sync.WaitGroup
	steady.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if got := s.ask(t, "Hi"); !strings.Contains(got, "simulated in") {
					t.Errorf("a call during the change was answered %q", got)
				}
			}
		}
	})
	for seed := 1; seed <= 3; seed++ {
		s.write(t, fmt.Sprintf(pace, seed)+"routing: {policy: least-loaded}\ncatalog: {profiles: [{id: own.amazon.nova-lite-v1:0, model: 'amazon.nova-lite-v1:0', regions: [us-east-1, us-west-2]}]}\n")
		s.says(t, "the configuration was changed.*simulator.seed")
	}
	close(stop)
	steady.Wait()
	group.Wait()
	if got := s.ask(t, "Hello"); got == whole {
		t.Error("another seed gave the same answer")
	}
	if got := s.ask(t, "--model", "own.amazon.nova-lite-v1:0", "Hello"); !strings.Contains(got, "simulated in") {
		t.Errorf("the new profile answered %q", got)
	}
}

// SIGHUP reads the file again, also where nothing has changed, and ends no server without a file.
func TestHangUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "outcrop.yaml")
	if err := os.WriteFile(file, []byte("simulator: {seed: 3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"a file": {"--config", file}, "no file": nil} {
		t.Run(name, func(t *testing.T) {
			c := exec.Command("outcrop", append([]string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, args...)...) // testscript puts it on the PATH
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			log, err := c.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatalf("the server said %q: %v", line, err)
			}
			if err := c.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			said := false
			for scan := bufio.NewScanner(log); !said && scan.Scan(); {
				said = strings.Contains(scan.Text(), "the configuration is as it was") && strings.Contains(scan.Text(), "why=SIGHUP")
			}
			if !said {
				t.Error("the log does not tell of the signal")
			}
			terminate(t, c)
			_, _ = io.Copy(io.Discard, log)
			if err := c.Wait(); err != nil {
				t.Errorf("the server ended with %v", err)
			}
		})
	}
}
