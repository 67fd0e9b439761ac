//go:build !unix

package demo

import "syscall"

// ownGroup changes nothing where the system has no process groups.
func ownGroup() *syscall.SysProcAttr { return nil }
