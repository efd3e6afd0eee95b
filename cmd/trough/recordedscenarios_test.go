package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/sim"
)

// Every built-in scenario on recorded traces builds, and runs its first day with its own policy: work is done, or, where no jobs
// are modelled, instances are bought. The recorded sets are not part of the project.
func TestEveryRecordedScenarioRunsADay(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes all recorded traces")
	}
	from := os.Getenv("TROUGH_SHARED_DATA")
	if from == "" {
		from = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(from); err != nil {
		t.Skipf("skipped: no recorded sets in %s (TROUGH_SHARED_DATA names their folder)", from)
	}
	data := filepath.Join(t.TempDir(), "data")
	quiet, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	if code := run(context.Background(), []string{"trace", "recorded", "--from", from, "-o", data}, quiet, os.Stderr); code != exitOK {
		t.Fatalf("trace recorded ends with %d", code)
	}
	ran := 0
	for _, name := range sim.Builtin() {
		if !strings.Contains(name, "recorded") {
			continue
		}
		ran++
		t.Run(name, func(t *testing.T) { runADay(t, &app{out: os.Stdout, err: os.Stderr, quiet: true, data: data}, name) })
	}
	if ran == 0 {
		t.Error("no built-in scenario is called recorded")
	}
}

func runADay(t *testing.T, a *app, name string) {
	s, err := loadScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	s.Drain, s.Length = false, 24*time.Hour
	j := &job{scenario: s, files: dataFiles{a.data}, ledger: "none"}
	if j.built, err = s.Build(j.files); err != nil {
		t.Fatal(err)
	}
	if len(j.built.Notes.Recorded) == 0 {
		t.Error("it does not say what of it is recorded")
	}
	c, err := j.candidate("", nil)
	if err != nil {
		t.Fatal(err)
	}
	happened := kinds{}
	if _, err := a.play(context.Background(), s, j.built, c, sinks{happened}, nil); err != nil {
		t.Fatal(err)
	}
	if happened[models.Launched] == 0 {
		t.Error("nothing was launched")
	}
	if happened[models.Arrived] > 0 && happened[models.Completed] == 0 {
		t.Error("no job completed")
	}
	if jobs := s.Encoding != nil || len(s.Jobs) > 0; jobs && happened[models.Arrived] == 0 {
		t.Error("no job arrived")
	}
}

// kinds counts events.
type kinds map[models.EventKind]int

func (k kinds) Event(e models.Event) { k[e.Kind]++ }
