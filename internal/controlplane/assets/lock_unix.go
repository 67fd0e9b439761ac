//go:build unix

package assets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock waits until no other build is under way. The lock is the kernel's: it ends with
// the process, however that ends.
func (f *Finder) lock(ctx context.Context) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(f.Cache, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the control plane's cache: %w", err)
	}
	for told := false; ; told = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if err := f.waitForLock(ctx, err, told); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
}

func (f *Finder) waitForLock(ctx context.Context, err error, told bool) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("locking the control plane's cache: %w", err)
	}
	if !told {
		f.Progress("another build of the control plane is under way: waiting for it")
	}
	return f.Clock.Sleep(ctx, time.Second)
}
