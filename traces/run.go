package traces

import (
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
)

// Run is what the files of a run share: whose numbers their rows hold. Each file holds it, so that each can be read alone.
type Run struct {
	Pools     []models.Pool // by PoolID; of a file read: only Region, Zone, Type and Kind
	Borrowers []string      // by BorrowerID
	Regions   []string      // by the numbers of Switched events and of the series evacuating
	Meta      Meta
}

// RunOf describes a market's run.
func RunOf(m *models.Market, meta Meta) Run {
	return Run{Pools: m.Pools, Borrowers: m.Borrowers, Regions: m.Regions, Meta: meta}
}

var poolKinds = []string{"surplus", "base", "spot", "on-demand"}

// PoolNames lists what files call the pools: zone/type, then the kind if it is not the market's own surplus, then a
// number if there are several of that name.
func (r *Run) PoolNames() []string {
	names := make([]string, 0, len(r.Pools))
	seen := make(map[string]int)
	for i := range r.Pools {
		p := &r.Pools[i]
		name := p.Name()
		if p.Kind != models.Surplus {
			name += " " + poolKinds[p.Kind]
		}
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s %d", name, n)
		}
		names = append(names, name)
	}
	return names
}

func (r *Run) pairs() ([]pair, error) {
	pairs, err := r.Meta.pairs()
	if err != nil {
		return nil, err
	}
	var lines []string
	for i := range r.Pools {
		p := &r.Pools[i]
		if int(p.Kind) >= len(poolKinds) {
			return nil, fmt.Errorf("pool %s is of kind %d: expected less than %d", p.Name(), p.Kind, len(poolKinds))
		}
		lines = append(lines, p.Region+"\t"+p.Zone+"\t"+p.Type+"\t"+poolKinds[p.Kind])
	}
	for _, list := range [][]string{r.Borrowers, r.Regions} {
		for _, name := range list {
			if strings.ContainsAny(name, "\t\n") {
				return nil, fmt.Errorf("%s: expected a name of one line without tabs", quoted(name))
			}
		}
	}
	return append(pairs, pair{keyBorrowers, strings.Join(r.Borrowers, "\n")}, pair{keyPools, strings.Join(lines, "\n")},
		pair{keyRegions, strings.Join(r.Regions, "\n")}), nil
}

// parseRun reads what pairs wrote.
func parseRun(pairs []pair) (Run, error) {
	var r Run
	for _, p := range pairs {
		if err := r.Meta.set(p.key, p.value); err != nil {
			return r, err
		}
		switch p.key {
		case keyBorrowers:
			r.Borrowers = lines(p.value)
		case keyRegions:
			r.Regions = lines(p.value)
		case keyPools:
			for _, line := range lines(p.value) {
				parts := strings.Split(line, "\t")
				if len(parts) != 4 || !slices.Contains(poolKinds, parts[3]) {
					return r, fmt.Errorf("metadata %s: %s: expected region, zone, type and kind", keyPools, quoted(line))
				}
				r.Pools = append(r.Pools, models.Pool{Region: parts[0], Zone: parts[1], Type: parts[2],
					Kind: models.PoolKind(slices.Index(poolKinds, parts[3]))})
			}
		}
	}
	return r, nil
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// runWriter is a file of a run being written. Its rows come from code of ours: the first wrong one is kept as the
// error of Close, as sinks return none.
type runWriter struct {
	*rowWriter
	pools     []string
	borrowers []string
	regions   []string
	at        models.Instant
}

func createRun(path string, s *Schema, run Run) (runWriter, error) {
	pairs, err := run.pairs()
	if err != nil {
		return runWriter{}, fatal(path, "%v", err)
	}
	rows, err := createRows(path, s, pairs)
	if err != nil {
		return runWriter{}, err
	}
	return runWriter{rowWriter: rows, pools: run.PoolNames(), borrowers: run.Borrowers, regions: run.Regions}, nil
}

// later checks that rows come in order of time.
func (w *runWriter) later(t models.Instant) bool {
	if t < w.at {
		w.fail(fatal(w.path, "row %d is at %s: expected %s or later, as the one before", w.rowWriter.rows+1, t, w.at))
	}
	w.at = t
	return w.err == nil
}

// named returns the name of a number, or notes an error.
func (w *runWriter) named(what string, names []string, i int) string {
	if i < 0 || i >= len(names) {
		w.fail(fatal(w.path, "row %d: %s %d: expected one of %d", w.rowWriter.rows+1, what, i, len(names)))
		return ""
	}
	return names[i]
}

// runReader reads a file of a run.
type runReader struct {
	path  string
	src   rowSource
	run   Run
	b     *batch
	found *findings

	pools, borrowers, regions map[string]int
	at                        models.Instant
}

func openRun(path string, s *Schema, found *findings) (*runReader, error) {
	src, _, kv, err := openSource(path, s)
	if err != nil {
		return nil, err
	}
	r, err := newRunReader(path, src, s, kv, found)
	if err != nil {
		src.close()
		return nil, err
	}
	return r, nil
}

func newRunReader(path string, src rowSource, s *Schema, kv []pair, found *findings) (*runReader, error) {
	setFindings(src, found)
	run, err := parseRun(kv)
	if err != nil {
		return nil, fatal(path, "%v", err)
	}
	return &runReader{path: path, src: src, b: newBatch(s), found: found, run: run,
		pools: numbers(run.PoolNames()), borrowers: numbers(run.Borrowers), regions: numbers(run.Regions)}, nil
}

func numbers(names []string) map[string]int {
	m := make(map[string]int)
	for i, name := range names {
		m[name] = i
	}
	return m
}

// batch reads and checks the next rows.
func (r *runReader) batch(s *Schema) error {
	if err := r.src.next(r.b); err != nil {
		return err
	}
	return checkRanges(r.b, s, r.found)
}

// number finds a name's number; the empty name's is none.
func (r *runReader) number(ids map[string]int, column *Column, name string, row, none int) (int, error) {
	if i, ok := ids[name]; ok {
		return i, nil
	}
	if name == "" && column.Empty {
		return none, nil
	}
	return none, r.found.add("%s: %s is %s: expected a name that the file's metadata list", r.b.place(row), column.Name, quoted(name))
}

func (r *runReader) inOrder(t models.Instant, row int) error {
	if t < r.at {
		return r.found.add("%s: time is %s: expected %s or later, as the row before", r.b.place(row), t, r.at)
	}
	r.at = t
	return nil
}
