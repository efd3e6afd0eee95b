package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trough.internal/sim/experiment"
)

// Damage is found wherever it lies, and a merge that refuses leaves everything as it is.
func TestAMergeRefusesWhatIsDamagedOrDiffers(t *testing.T) {
	a, x := loadedSmall(t)
	ctx, dir := context.Background(), t.TempDir()
	one, two, all := &cellFolder{directory(filepath.Join(dir, "one"))}, &cellFolder{directory(filepath.Join(dir, "two"))}, filepath.Join(dir, "all")
	for i, c := range []*cellFolder{one, two} {
		if err := a.runShard(ctx, x, c.Place(""), 2, experiment.Shard{Index: i + 1, Of: 2}); err != nil {
			t.Fatal(err)
		}
	}
	first, last := x.Cells[0].Address, x.Cells[len(x.Cells)-1].Address
	whole, err := two.Get(last)
	if err != nil {
		t.Fatal(err)
	}
	other := sealed(t, last, func(r *experiment.Result) { r.Summary += " " })
	failed := sealed(t, last, func(r *experiment.Result) { r.Failed = "its machine was full" })
	firstWhole, err := one.Get(first)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		put  map[*cellFolder][]byte // as the last cell
		want string
	}{
		"half of a cell":      {map[*cellFolder][]byte{two: whole[:len(whole)/2]}, two.path(last) + " is no cell, or not all of one"},
		"a changed figure":    {map[*cellFolder][]byte{two: bytes.Replace(whole, []byte(`"seed":`), []byte(`"seed":1`), 1)}, two.path(last) + " is damaged"},
		"another cell":        {map[*cellFolder][]byte{two: firstWhole}, two.path(last) + " holds cell"},
		"a damaged second":    {map[*cellFolder][]byte{one: whole, two: whole[1:]}, two.path(last) + " is no cell"},
		"two results of one":  {map[*cellFolder][]byte{one: other}, "are results of one cell, by one engine, and differ"},
		"nothing":             {map[*cellFolder][]byte{two: nil}, "1 of 20 cells are missing, the first of them point 10 (policy full, policy.margin.share=5%, scenario.telemetry.lag=5m), seed 2: compute shards 2 of 2"},
		"the same twice":      {map[*cellFolder][]byte{one: whole}, ""},
		"failed, then better": {map[*cellFolder][]byte{one: failed}, ""},
		"better, then failed": {map[*cellFolder][]byte{one: whole, two: failed}, ""},
	} {
		os.RemoveAll(all)
		for c, text := range test.put {
			if text == nil {
				os.Remove(c.path(last))
			} else if err := c.Put(last, text); err != nil {
				t.Fatal(err)
			}
		}
		err := a.merge(ctx, x, all, []string{one.Place(""), two.Place("")}, 2)
		switch {
		case test.want != "":
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, expected %s", name, err, test.want)
			}
			if isDir(all) {
				t.Errorf("%s: it wrote into %s", name, all)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			if text, _ := (&cellFolder{directory(all)}).Get(last); !bytes.Equal(text, whole) {
				t.Errorf("%s: the merged cell is %s", name, text)
			}
		}
		os.Remove(one.path(last))
		if err := two.Put(last, whole); err != nil {
			t.Fatal(err)
		}
	}
}

// sealed is another result of a cell, whole.
func sealed(t *testing.T, address experiment.Address, change func(*experiment.Result)) []byte {
	t.Helper()
	r := new(experiment.Result)
	change(r)
	text, err := experiment.Seal(address, r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
