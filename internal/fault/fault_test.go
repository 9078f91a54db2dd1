package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestNothingUnclassifiedBecomesPublic(t *testing.T) {
	secret := errors.New("the password is hunter2")
	for name, err := range map[string]error{
		"a plain error":         secret,
		"a wrapped plain error": fmt.Errorf("cannot call: %w", secret),
		"an internal fault":     New(Internal, "the password is hunter2"),
	} {
		if got := Public(err); got.Code != Internal || strings.Contains(got.Message, "hunter2") {
			t.Errorf("%s: %s", name, got.Message)
		}
	}
}

func TestPublicKeepsWhatWasMeantForCallers(t *testing.T) {
	f := Wrap(Throttling, errors.New("upstream said 429"), "slow down, %d", 7)
	got := Public(fmt.Errorf("attempt: %w", f))
	if got != f || got.Message != "slow down, 7" || got.Error() != "slow down, 7: upstream said 429" {
		t.Errorf("%v", got)
	}
	if !Is(fmt.Errorf("attempt: %w", f), Throttling) || Is(f, Validation) || Is(errors.New("x"), Internal) {
		t.Error("Is sees other codes than there are")
	}
}

func TestEveryCodeHasAWord(t *testing.T) {
	seen := map[string]Code{}
	for c := Internal; c <= ExpiredToken; c++ {
		w := c.String()
		if other, twice := seen[w]; w == "" || w == "unknown" || twice {
			t.Errorf("code %d is called %q, as %d is", c, w, other)
		}
		seen[w] = c
	}
	if Code(200).String() != "unknown" {
		t.Error("a code that does not exist has a word")
	}
}
