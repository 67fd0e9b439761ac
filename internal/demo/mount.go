package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// mount presents a Secret's data as a pod's volume does: a directory in which every key
// is a link into a hidden directory, whose files only their owner may read. The function
// it returns takes it away.
func mount(data map[string][]byte) (dir string, unmount func() error, err error) {
	dir, err = os.MkdirTemp("", "card-")
	if err != nil {
		return "", nil, fmt.Errorf("making a place to mount the card: %w", err)
	}
	unmount = func() error { return os.RemoveAll(dir) }
	if err := fill(dir, data); err != nil {
		return "", nil, errors.Join(fmt.Errorf("mounting the card: %w", err), unmount())
	}
	return dir, unmount, nil
}

func fill(dir string, data map[string][]byte) error {
	const version, current = "..version", "..data"
	if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
		return err
	}
	if err := os.Symlink(version, filepath.Join(dir, current)); err != nil {
		return err
	}
	for key, value := range data {
		if err := os.WriteFile(filepath.Join(dir, version, key), value, 0o400); err != nil {
			return err
		}
		if err := os.Symlink(filepath.Join(current, key), filepath.Join(dir, key)); err != nil {
			return err
		}
	}
	return nil
}
