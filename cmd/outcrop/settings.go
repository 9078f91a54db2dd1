package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/config/strict"
)

// settings are the flags that say which configuration a command works with. A flag wins over the
// file, and the file over the defaults.
type settings struct {
	Config string `help:"Configuration file. None is needed: there is a default for everything." placeholder:"FILE"`
	Data   string `help:"Directory of credentials and state (default: outcrop-data)." placeholder:"DIR"`
}

// load reads the configuration and lays the flags over it.
func (s settings) load(env strict.Lookup) (*config.Config, error) {
	c, err := config.Load(s.Config, env)
	if err != nil {
		return nil, exit{exitMisuse, faulty(err)}
	}
	if s.Data != "" {
		c.Data = s.Data
	}
	return c, nil
}

// faulty puts a heading over the faults of a configuration.
func faulty(err error) error { return faultyIn("the configuration", err) }

// faultyIn puts a heading over the faults of a file.
func faultyIn(what string, err error) error {
	var faults *strict.Error
	if !errors.As(err, &faults) {
		return err
	}
	heading := what + " has a fault:\n"
	if len(faults.Faults) > 1 {
		heading = what + " has faults:\n"
	}
	return fmt.Errorf("%s%w", heading, faults)
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}
