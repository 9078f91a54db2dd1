package identity

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestSecretsNeverPrint(t *testing.T) {
	key := AccessKey{ID: "AKIAEXAMPLE", Secret: NewSecret("hunter2")}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "key", key, "secret", key.Secret)
	text, err := json.Marshal(map[string]Secret{"secret": key.Secret})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"%v": fmt.Sprintf("%v", key), "%+v": fmt.Sprintf("%+v", key), "%#v": fmt.Sprintf("%#v", key), "String": key.Secret.String(),
		"json": string(text), "slog": logged.String(),
	} {
		if strings.Contains(got, "hunter2") {
			t.Errorf("%s prints the secret: %s", name, got)
		}
	}
}

func TestSecretsAreReadAndRevealed(t *testing.T) {
	var s Secret
	if !s.IsZero() {
		t.Error("a secret that was never set is there")
	}
	if err := s.UnmarshalText([]byte("hunter2")); err != nil || s.Reveal() != "hunter2" || s.IsZero() {
		t.Errorf("%q %v", s.Reveal(), err)
	}
}
