package config

import (
	"fmt"
	"os"
	"runtime"

	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
)

// Sealing says which keys seal the secrets in the store and the tokens of sessions: the first seals, all open. Where
// neither field is set, a file in the data directory has the keys.
type Sealing struct {
	Key     identity.Secret `yaml:"key"`      // one or more keys, separated by white space or commas
	KeyFile string          `yaml:"key-file"` // a file of keys, one a line
}

// sealingVariable holds what Sealing.Key holds.
const sealingVariable = "OUTCROP_SEALING_KEY"

func (k checker) sealing(s *Sealing) {
	at := "sealing.key"
	if s.KeyFile != "" {
		at = "sealing.key-file"
	}
	if !s.Key.IsZero() && s.KeyFile != "" {
		k.Fault(at, "set either key or key-file, not both")
	} else if _, err := s.Keys(); err != nil {
		k.Fault(at, "%v", err)
	}
}

// Modes that a file of sealing keys must not have a bit of. The one a server makes is its own user's alone. The operator's
// may be readable by a group, as a mounted secret often is.
const (
	ForbiddenHere  os.FileMode = 0o177
	ForbiddenThere os.FileMode = 0o037
)

// Keys are the keys that the operator supplies, nil for none.
func (s Sealing) Keys() ([]seal.Key, error) {
	switch {
	case !s.Key.IsZero():
		return seal.ParseKeys(s.Key)
	case s.KeyFile != "":
		return ReadSealingKeys(s.KeyFile, ForbiddenThere)
	}
	return nil, nil
}

// Under lays the configuration over the environment: OUTCROP_SEALING_KEY counts where the file has neither key.
func (s Sealing) Under(env strict.Lookup) (Sealing, error) {
	text, set := env(sealingVariable)
	if !set || !s.Key.IsZero() || s.KeyFile != "" {
		return s, nil
	}
	s.Key = identity.NewSecret(text)
	if _, err := seal.ParseKeys(s.Key); err != nil {
		return s, fmt.Errorf("%s: %w", sealingVariable, err)
	}
	return s, nil
}

// ReadSealingKeys reads a file of keys. It refuses a file whose mode has any of the bits in forbidden: others than the
// server's own user could read the keys, or put theirs in.
func ReadSealingKeys(path string, forbidden os.FileMode) ([]seal.Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the sealing keys: %w", err)
	}
	if open := info.Mode().Perm() & forbidden; open != 0 && runtime.GOOS != "windows" { // where modes say nothing
		return nil, fmt.Errorf("cannot use the sealing keys in %s: its mode is %04o and must be %04o at most, so that nobody else reads them: chmod %o %s",
			path, info.Mode().Perm(), 0o777&^forbidden, info.Mode().Perm()&^forbidden, path)
	}
	text, err := readSecret(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the sealing keys: %w", err)
	}
	keys, err := seal.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}
