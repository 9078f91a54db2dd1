package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/identity"
)

// dataDir is the directory of what survives a restart. Beside the store it has three files: the
// administrator's credentials and a config, both as AWS clients read them, and a lock.
type dataDir struct{ path string }

func (d dataDir) credentialsFile() string { return filepath.Join(d.path, "credentials") }
func (d dataDir) configFile() string      { return filepath.Join(d.path, "config") }

// flag is what a command needs to find the directory from here: nothing when it is the default.
func (d dataDir) flag() string {
	if usual, err := filepath.Abs(config.Default().Data); err == nil && usual == d.path {
		return ""
	}
	return " --data " + quoted(d.path, `'\''`)
}

// openData makes the directory if need be, and locks it until release is called.
func openData(path string) (d dataDir, release func() error, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return d, nil, fmt.Errorf("cannot find the data directory: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return d, nil, fmt.Errorf("cannot make the data directory (choose another with --data or the key data): %w", err)
	}
	release, err = lock(filepath.Join(path, "lock"))
	if errors.Is(err, errLocked) {
		return d, nil, fmt.Errorf("another outcrop serves from %s; stop it, or choose another directory with --data or the key data", path)
	}
	if err != nil {
		return d, nil, fmt.Errorf("cannot lock the data directory %s (choose another with --data or the key data): %w", path, err)
	}
	return dataDir{path}, release, nil
}

// errLocked means that another process holds the lock.
var errLocked = errors.New("locked by another process")

// writeCredentials writes the key as AWS clients read it. Without a key the file stays as it is.
func (d dataDir) writeCredentials(key identity.AccessKey) error {
	if key.ID == "" {
		return nil
	}
	return d.written(writeProfile(d.credentialsFile(),
		fmt.Sprintf("%s, for AWS_SHARED_CREDENTIALS_FILE; made by outcrop serve", key.Principal.ARN),
		[2]string{"aws_access_key_id", key.ID},
		[2]string{"aws_secret_access_key", key.Secret.Reveal()}))
}

// writeConfig writes where the server listens, as AWS clients read it.
func (d dataDir) writeConfig(endpoint string, region arn.Region) error {
	return d.written(writeProfile(d.configFile(),
		"Where outcrop serves, for AWS_CONFIG_FILE; written at each start",
		[2]string{"endpoint_url", endpoint},
		[2]string{"region", string(region)}))
}

func (d dataDir) written(err error) error {
	if err != nil {
		return fmt.Errorf("cannot write to the data directory %s: %w", d.path, err)
	}
	return nil
}

// access is all a client needs to reach a server.
type access struct {
	endpoint string
	region   arn.Region
	key      identity.AccessKey
}

// access reads how the server that runs, or last ran, on this directory can be reached.
func (d dataDir) access() (access, error) {
	where, hasConfig, err := readProfile(d.configFile(), "default")
	if err != nil {
		return access{}, d.unread(err)
	}
	key, hasKey, err := readProfile(d.credentialsFile(), "default")
	if err != nil {
		return access{}, d.unread(err)
	}
	if !hasConfig || !hasKey || where["endpoint_url"] == "" || key["aws_access_key_id"] == "" {
		return access{}, fmt.Errorf("the files config and credentials in %s are damaged; outcrop serve writes them anew", d.path)
	}
	return access{
		endpoint: where["endpoint_url"],
		region:   arn.Region(where["region"]),
		key:      identity.AccessKey{ID: key["aws_access_key_id"], Secret: identity.NewSecret(key["aws_secret_access_key"])},
	}, nil
}

func (d dataDir) unread(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no server has run on the data directory %s yet; start one with outcrop serve, or name another directory with --data", d.path)
	}
	return fmt.Errorf("cannot read the data directory (name another with --data): %w", err)
}
