package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/journal/memory"
)

func TestAJournalDeletesItsOldestSegmentsAndIsWrittenEvenWhereItCannot(t *testing.T) {
	disk := memory.New()
	disk.Failing = func(step string) error {
		if step == "remove" && len(disk.Files) == 4 {
			return errors.New("not permitted")
		}
		return nil
	}
	j, err := journal.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	b := bounded{j, 100, slog.New(slog.NewTextHandler(&text, nil))}
	for i, want := range []int{1, 2, 2, 2, 2} {
		if i == 4 {
			b.most = 0 // all stay, from here on
			want++
		}
		if err := errors.Join(b.Begin([]byte("head")), b.Append(make([]byte, 60))); err != nil {
			t.Fatal(err)
		}
		if got := len(disk.Files); got != want {
			t.Errorf("%d segments after the %dth began, want %d: %s", got, i+1, want, text.String())
		}
	}
	if strings.Contains(text.String(), "WARN") || strings.Count(text.String(), "segment=") != 2 {
		t.Error(text.String())
	}
	b.Begin([]byte("head"))
	b.most = 100
	if err := b.Begin([]byte("head")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(text.String(), "not permitted") {
		t.Error(text.String())
	}
}
