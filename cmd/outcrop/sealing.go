package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/seal"
)

func (d dataDir) sealingFile() string { return filepath.Join(d.path, "sealing.key") }

// sealingKeys are the operator's, or else those of the data directory, where the first start makes one.
func sealingKeys(s config.Sealing, d dataDir) ([]seal.Key, error) {
	keys, err := s.Keys()
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	keys, err = config.ReadSealingKeys(d.sealingFile(), config.ForbiddenHere)
	if errors.Is(err, fs.ErrNotExist) {
		keys = []seal.Key{seal.NewKey()}
		err = writeSealingKeys(d.sealingFile(), keys)
	}
	return keys, err
}

// openRing makes the ring that seals what a server keeps and hands out.
func openRing(s config.Sealing, d dataDir) (*seal.Ring, error) {
	keys, err := sealingKeys(s, d)
	if err != nil {
		return nil, err
	}
	return seal.NewRing(keys...)
}

// writeSealingKeys replaces a file of keys.
func writeSealingKeys(path string, keys []seal.Key) error {
	var b strings.Builder
	b.WriteString("# Sealing keys of Outcrop: the first seals, all open. Without them the secrets in the store are lost.\n")
	for _, k := range keys {
		b.WriteString(k.Text().Reveal() + " # " + k.ID() + "\n")
	}
	if err := replaceFile(path, b.String()); err != nil {
		return fmt.Errorf("cannot write the sealing keys: %w", err)
	}
	return nil
}
