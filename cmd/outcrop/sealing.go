package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/seal"
)

func (d dataDir) sealingFile() string { return filepath.Join(d.path, "sealing.key") }

// readSealingKeys reads the operator's keys, or else those of the data directory.
func readSealingKeys(s config.Sealing, d dataDir) ([]seal.Key, error) {
	keys, err := s.Keys()
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	return config.ReadSealingKeys(d.sealingFile(), config.ForbiddenHere)
}

// openRing makes the ring that seals what a server keeps and hands out. Where there are no keys, in a new data directory,
// it makes one.
func openRing(s config.Sealing, d dataDir) (*seal.Ring, error) {
	keys, err := readSealingKeys(s, d)
	if errors.Is(err, fs.ErrNotExist) && s.KeyFile == "" {
		keys = []seal.Key{seal.NewKey()}
		err = writeSealingKeys(d.sealingFile(), keys)
	}
	if err != nil {
		return nil, err
	}
	return seal.NewRing(keys...)
}

// replaceSealingKeys puts keys that were read again in the place of those before.
func replaceSealingKeys(ring *seal.Ring, keys []seal.Key, log *slog.Logger) {
	before := ring.ID()
	if err := ring.Replace(keys...); err != nil {
		log.Error("BUG: sealing keys that were checked have faults; those before stay", "err", err)
	}
	if now := ring.ID(); now != before {
		log.Info("another sealing key seals from now on", "key", now, "before", before)
	}
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
