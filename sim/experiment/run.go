package experiment

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"trough.internal/sim"
)

// Store keeps sealed results by address. Its methods are called from several goroutines.
type Store interface {
	// Get returns what is kept under an address; nil if nothing is.
	Get(Address) ([]byte, error)
	// Put keeps a text whole or not at all. Two writers of one address write the same, and do no harm.
	Put(Address, []byte) error
}

// World is a scenario under one seed, decoded once for all cells that share it.
type World struct {
	Scenario *sim.Scenario
	Built    *sim.Built
	Base     any // what compute has put there: what all cells of the world are compared with
}

// Work says how cells are computed.
type Work struct {
	Workers int
	// Prepare builds a scenario under a seed. It is called once for a world of which any cell is missing.
	Prepare func(context.Context, *sim.Scenario) (*World, error)
	// Compute is a cell's result. An error of either is the cell's, which is recorded as failed, unless ctx has ended.
	Compute func(context.Context, *World, *Cell) (*Result, error)
	// Done is told how many of how many cells are there; it may be nil.
	Done func(done, all int)
}

// Run computes the cells that the store does not hold, and returns how many these were. Neither the number of workers nor
// the order in which they come by changes a result. An error of the store or an end of ctx ends the run early; what was
// computed by then is kept.
func Run(ctx context.Context, cells []Cell, store Store, w Work) (computed int, err error) {
	missing, err := absent(cells, store)
	if err != nil {
		return 0, err
	}
	r := &running{Work: w, store: store, all: len(cells), done: len(cells) - len(missing)}
	r.report()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan *task)
	var wg sync.WaitGroup
	for range max(1, w.Workers) {
		wg.Go(func() {
			for t := range queue {
				if err := r.one(ctx, t); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, t := range tasks(missing) {
		if ctx.Err() != nil {
			break
		}
		queue <- t
	}
	close(queue)
	wg.Wait()
	if ctx.Err() != nil {
		return r.computed, context.Cause(ctx)
	}
	return r.computed, nil
}

// KeepWorlds makes work that prepares the world of a seed once for any number of calls of Run, all of one scenario: a search
// comes back to it with every generation. It costs the memory of a decoded trace for each seed.
func KeepWorlds(w Work) Work {
	var mu sync.Mutex
	kept := map[uint64]*shared{}
	prepare := w.Prepare
	w.Prepare = func(ctx context.Context, s *sim.Scenario) (*World, error) {
		mu.Lock()
		in := kept[s.Seed]
		if in == nil {
			in = new(shared)
			kept[s.Seed] = in
		}
		mu.Unlock()
		in.once.Do(func() { in.world, in.err = prepare(ctx, s) })
		return in.world, in.err
	}
	return w
}

// absent lists the cells whose result is not there. One that failed is tried again.
func absent(cells []Cell, store Store) ([]*Cell, error) {
	results, err := Collect(cells, store)
	if err != nil {
		return nil, err
	}
	var missing []*Cell
	for i := range cells {
		if results[i] == nil || results[i].Failed != "" {
			missing = append(missing, &cells[i])
		}
	}
	return missing, nil
}

// Collect reads the cells' results; nil where there is none. A damaged one is an error: nobody knows what it was.
func Collect(cells []Cell, store Store) ([]*Result, error) {
	results, errs := make([]*Result, len(cells)), make([]error, len(cells))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(Readers, len(cells)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(cells)) && !failed.Load(); i = next.Add(1) - 1 {
				if results[i], errs[i] = read(&cells[i], store); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs { // cells begin in order, and what has begun ends: the first of those that fail, whoever comes first
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// Readers is how many cells are read side by side: reading one over a network is waiting, tens of milliseconds of it.
const Readers = 16

// read is one cell's result; nil where there is none.
func read(c *Cell, store Store) (*Result, error) {
	text, err := store.Get(c.Address)
	if err != nil || text == nil {
		return nil, err
	}
	r, err := Unseal(c.Address, text)
	if err != nil {
		return nil, fmt.Errorf("cell %s %w: remove it, and it is computed again", c.Address, err)
	}
	return r, nil
}

// shared is a world that several tasks use: the first one to come prepares it, and it goes when the last one is done.
type shared struct {
	once  sync.Once
	world *World
	err   error
}

// task is a cell to compute in its world.
type task struct {
	cell *Cell
	in   *shared
}

// tasks gives cells of one world and seed, which stand together, the same one.
func tasks(cells []*Cell) []*task {
	list := make([]*task, len(cells))
	for i, c := range cells {
		if i > 0 && cells[i-1].Point.World == c.Point.World && cells[i-1].Seed == c.Seed {
			list[i] = &task{c, list[i-1].in}
			continue
		}
		list[i] = &task{c, new(shared)}
	}
	return list
}

// running is one call of Run.
type running struct {
	Work
	store Store

	mu                  sync.Mutex
	all, done, computed int
}

func (r *running) one(ctx context.Context, t *task) error {
	in := t.in
	t.in = nil // whoever comes last lets the world go
	if ctx.Err() != nil {
		return nil
	}
	in.once.Do(func() {
		scenario := *t.cell.Point.Scenario
		scenario.Seed = t.cell.Seed
		in.world, in.err = r.Prepare(ctx, &scenario)
	})
	result, err := new(Result), in.err
	if err == nil {
		result, err = r.Compute(ctx, in.world, t.cell)
	}
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		result = &Result{Failed: err.Error()}
	}
	result.Policy, result.Values, result.Seed = t.cell.Point.Policy.Policy, t.cell.Point.Values, t.cell.Seed
	text, err := Seal(t.cell.Address, result)
	if err == nil {
		err = r.store.Put(t.cell.Address, text)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.computed++
	r.report()
	return nil
}

func (r *running) report() {
	if r.Done != nil {
		r.Done(r.done, r.all)
	}
}
