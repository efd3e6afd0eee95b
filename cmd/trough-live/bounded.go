package main

import (
	"log/slog"

	"trough.internal/cmd/trough-live/journal"
)

// bounded is a journal that takes no more of the disk than it may.
type bounded struct {
	*journal.Journal
	most int64 // bytes; 0: as many as it needs
	log  *slog.Logger
}

// Begin begins a segment, and deletes what is too old to keep beside it. That this fails is no reason to stop: the disk is not full yet.
func (b bounded) Begin(head []byte) error {
	if err := b.Journal.Begin(head); err != nil || b.most == 0 {
		return err
	}
	deleted, err := b.Shed(b.most)
	for _, name := range deleted {
		b.log.Info("deleted a segment of the journal", "segment", name)
	}
	if err != nil {
		b.log.Warn("the journal takes more than journal_most", "error", err)
	}
	return nil
}
