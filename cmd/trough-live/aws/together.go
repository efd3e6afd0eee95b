package aws

import (
	"slices"
	"sync"
)

// together makes one call of several that mean the same, such as to tell instances of many pools to yield: of each kind one is made at a
// time in a region, and what is asked for meanwhile goes with the next. An evacuation of thousands of pools takes one for each otherwise.
type together struct {
	mu   sync.Mutex
	next map[string]*batch        // by what it means: the one that is not made yet
	lane map[string]chan struct{} // by region and kind: has an element while one is made
}

// batch is one call for several.
type batch struct {
	ids  []string
	made chan struct{} // closed when it has been made
	done []string      // nil: all of ids, or none where there is an error
	err  error
}

// do does something to instances, with others for which it is the same, at most so many, and returns what became of its own ones. The
// function of one of those who ask is called for all of them.
func (t *together) do(lane, meaning string, ids []string, most int, do func(ids []string) ([]string, error)) ([]string, error) {
	b, first := t.join(lane+" "+meaning, ids, most)
	if first {
		turn := t.laneOf(lane)
		turn <- struct{}{}
		t.leave(lane+" "+meaning, b)
		b.done, b.err = do(b.ids)
		<-turn
		close(b.made)
	}
	<-b.made
	return b.of(ids)
}

// join adds instances to the next call, and says whether it is the first to do so, who makes it.
func (t *together) join(meaning string, ids []string, most int) (b *batch, first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b = t.next[meaning]; b == nil || len(b.ids)+len(ids) > most {
		b, first = &batch{made: make(chan struct{})}, true
		if t.next == nil {
			t.next = map[string]*batch{}
		}
		t.next[meaning] = b
	}
	b.ids = append(b.ids, ids...)
	return b, first
}

// leave ends joining.
func (t *together) leave(meaning string, b *batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next[meaning] == b {
		delete(t.next, meaning)
	}
}

func (t *together) laneOf(lane string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lane[lane] == nil {
		if t.lane == nil {
			t.lane = map[string]chan struct{}{}
		}
		t.lane[lane] = make(chan struct{}, 1)
	}
	return t.lane[lane]
}

// of is what became of some of them.
func (b *batch) of(ids []string) ([]string, error) {
	if b.done == nil {
		return nil, b.err
	}
	own := []string{}
	for _, id := range ids {
		if slices.Contains(b.done, id) {
			own = append(own, id)
		}
	}
	return own, b.err
}
