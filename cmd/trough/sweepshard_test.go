package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trough.internal/sim/experiment"
)

func TestTheShardOfATaskIsAskedForAndCountsFromOne(t *testing.T) {
	for _, test := range []struct {
		flag, env, want, wrong string
	}{
		{flag: "", env: "SLURM_ARRAY_TASK_ID=2", want: "0/0"},
		{flag: "3/4", env: "SLURM_ARRAY_TASK_ID=2", want: "3/4"},
		{flag: "auto/4", env: "SLURM_ARRAY_TASK_ID=2", want: "2/4"},
		{flag: "auto/4", env: "SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=1", want: "4/4"}, // the last one alone, again
		{flag: "auto/4", env: "JOB_COMPLETION_INDEX=0", want: "1/4"},
		{flag: "auto/4", env: "AWS_BATCH_JOB_ARRAY_INDEX=3", want: "4/4"},
		{flag: "auto/4", env: "SLURM_ARRAY_TASK_ID=0", wrong: `SLURM_ARRAY_TASK_ID is "0": expected a whole number from 1 on`},
		{flag: "auto/4", env: "SLURM_ARRAY_TASK_ID=5", wrong: `--shard auto/4, by SLURM_ARRAY_TASK_ID=5: "5/4" is no shard`},
		{flag: "auto/4", env: "JOB_COMPLETION_INDEX=4", wrong: `by JOB_COMPLETION_INDEX=4: "5/4" is no shard`},
		{flag: "auto/4", env: "JOB_COMPLETION_INDEX=-1", wrong: "expected a whole number from 0 on"},
		{flag: "auto/4", env: "AWS_BATCH_JOB_ARRAY_INDEX=x", wrong: `AWS_BATCH_JOB_ARRAY_INDEX is "x": expected a whole number`},
		{flag: "auto/4", env: "SLURM_ARRAY_TASK_ID=2 AWS_BATCH_JOB_ARRAY_INDEX=1", wrong: "SLURM_ARRAY_TASK_ID and AWS_BATCH_JOB_ARRAY_INDEX are set"},
		{flag: "auto/4", wrong: "this is no task of an array"},
		{flag: "auto", env: "SLURM_ARRAY_TASK_ID=2", wrong: `"auto" is no shard`},
		{flag: "auto/", env: "SLURM_ARRAY_TASK_ID=2", wrong: `"2/" is no shard`},
	} {
		env := map[string]string{}
		for _, one := range strings.Fields(test.env) {
			name, value, _ := strings.Cut(one, "=")
			env[name] = value
		}
		s, err := parseShard(test.flag, func(name string) string { return env[name] })
		if test.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("%s with %s: %v, %v, expected %s", test.flag, test.env, s, err, test.wrong)
			}
		} else if err != nil || s.String() != test.want {
			t.Errorf("%s with %s: %v, %v, expected %s", test.flag, test.env, s, err, test.want)
		}
	}
}

// loadedSmall is the smallest experiment with a place for what is printed.
func loadedSmall(t *testing.T) (*app, *loadedExperiment) {
	t.Helper()
	dir := t.TempDir()
	a := &app{out: create(t, dir, "out"), err: create(t, dir, "err"), data: filepath.Join(shared, "traces")}
	x, err := a.loadExperiment(filepath.Join(shared, "experiments", "small.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return a, x
}

func TestWritersOfOneDirectoryDoNoHarm(t *testing.T) {
	a, x := loadedSmall(t)
	ctx, dir := context.Background(), t.TempDir()
	local, together := filepath.Join(dir, "local"), filepath.Join(dir, "together")
	if err := a.runSweep(ctx, x, local, 2); err != nil {
		t.Fatal(err)
	}
	// Each shard twice, as where a task runs again and the one before it still writes.
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = a.runShard(ctx, x, together, 1, experiment.Shard{Index: i%3 + 1, Of: 3}) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := a.merge(ctx, x, together, nil, 0); err != nil {
		t.Fatal(err)
	}
	for i := range x.Cells {
		sameFile(t, (&cellFolder{directory(local)}).path(x.Cells[i].Address), (&cellFolder{directory(together)}).path(x.Cells[i].Address))
	}
	sameFile(t, filepath.Join(local, resultsFile), filepath.Join(together, resultsFile))
	if left, _ := filepath.Glob(filepath.Join(together, ".*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

func sameFile(t *testing.T, a, b string) {
	t.Helper()
	one, err := os.ReadFile(a)
	other, also := os.ReadFile(b)
	if err != nil || also != nil || string(one) != string(other) {
		t.Errorf("%s and %s differ (%v, %v)", a, b, err, also)
	}
}

func TestADirectoryIsDescribedOnceAndByWhoeverComesFirst(t *testing.T) {
	_, x := loadedSmall(t)
	dir := t.TempDir()
	// What a writer leaves that was killed before its file was whole.
	if err := os.WriteFile(filepath.Join(dir, ".experiment.json.123.tmp"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openCells(context.Background(), dir, x); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, sweepFileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var there sweepFile
	if err := json.Unmarshal(text, &there); err != nil {
		t.Fatal(err)
	}
	there.Machine.Host = "another"
	text, err = json.Marshal(there)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openCells(context.Background(), dir, x); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(path); string(now) != string(text) {
		t.Errorf("another machine described it anew: %s", now)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "seeds: 2", "seeds: 1", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openCells(context.Background(), dir, x); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(path); !strings.Contains(string(now), "seeds: 2") {
		t.Errorf("points or seeds were added, and it says %s", now)
	}
}
