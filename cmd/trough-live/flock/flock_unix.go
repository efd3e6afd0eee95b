//go:build unix

// Package flock locks files between processes.
package flock

import (
	"os"
	"syscall"
)

// Try locks a file for as long as it is open, and no longer than its process lives. An error where another one has it.
func Try(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
