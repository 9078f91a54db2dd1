package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/seal"
)

// sealCommand keeps the keys that seal what a server stores and hands out.
type sealCommand struct {
	Rotate rotateCommand  `cmd:"" help:"Put a new key before the sealing keys; the old ones still open."`
	New    newSealCommand `cmd:"" help:"Print a new sealing key."`
}

type newSealCommand struct{}

// Run prints a key, and nothing is written anywhere.
func (newSealCommand) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, seal.NewKey().Text().Reveal())
	return err
}

type rotateCommand struct{ settings }

// Help tells what becomes of what was sealed before.
func (rotateCommand) Help() string {
	return "The new key seals from the next start of the server on, or from its next SIGHUP. What was sealed before still opens: stored secrets, " +
		"live sessions and page tokens. An old key may be removed from the file once the server has started with the new " +
		"one and the longest session has ended."
}

// Run rotates the file that a server on these settings reads its keys from.
func (c *rotateCommand) Run(p *process) error {
	cfg, err := c.load(p.env)
	if err != nil {
		return err
	}
	if cfg.Sealing, err = cfg.Sealing.Under(p.env); err != nil {
		return exit{exitMisuse, err}
	}
	if !cfg.Sealing.Key.IsZero() {
		return errors.New("the sealing keys are in the configuration or the environment, which this command cannot write: " +
			"put what outcrop seal new prints before the first of them, with a space behind it")
	}
	path, forbidden := cfg.Sealing.KeyFile, config.ForbiddenThere
	if path == "" {
		path, forbidden = dataDir{cfg.Data}.sealingFile(), config.ForbiddenHere
	}
	keys, err := config.ReadSealingKeys(path, forbidden)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is nothing to rotate yet, outcrop serve makes the first key: %w", err)
	}
	if err != nil {
		return err
	}
	keys = append([]seal.Key{seal.NewKey()}, keys...)
	if err := writeSealingKeys(path, keys); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s: the key %s seals from the next start or SIGHUP on; %d in all\n", path, keys[0].ID(), len(keys))
	return err
}
