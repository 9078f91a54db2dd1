package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// outcrop runs another command of the binary, with the environment of a shell that knows of no AWS.
func (s *server) outcrop(t *testing.T, env []string, args ...string) (out, complaint string) {
	t.Helper()
	cmd := exec.CommandContext(withPatience(t), binary, args...)
	cmd.Env = append([]string{"HOME=" + t.TempDir(), "PATH="}, env...)
	var errs strings.Builder
	cmd.Stderr = &errs
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("outcrop %s: %v\n%s", strings.Join(args, " "), err, &errs)
	}
	return string(text), errs.String()
}

func TestThePrintedEnvironmentReachesTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	printed, _ := s.outcrop(t, nil, "env", "--data", s.data)
	var env []string
	for line := range strings.Lines(printed) {
		assignment, ok := strings.CutPrefix(strings.TrimSpace(line), "export ")
		if !ok {
			t.Fatalf("outcrop env printed %q", line)
		}
		name, value, _ := strings.Cut(assignment, "=")
		env = append(env, name+"="+strings.Trim(value, "'"))
	}
	whole, told := s.outcrop(t, env, "converse", "What is an outcrop?")
	if !strings.Contains(told, "us-east-1") {
		t.Errorf("converse does not tell the region: %q", told)
	}
	streamed, _ := s.outcrop(t, env, "converse", "--stream", "--model", claude, "What is an outcrop?")
	if strings.TrimSpace(whole) == "" || strings.TrimSpace(streamed) == "" {
		t.Errorf("whole %q, streamed %q", whole, streamed)
	}
}

func TestASecondServerOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	out, err := exec.CommandContext(withPatience(t), binary, "serve", "--listen", "127.0.0.1:0", "--data", s.data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), s.data) {
		t.Errorf("a second server on the data: error %v, output %q", err, out)
	}
	s.stillServes(t)
}
