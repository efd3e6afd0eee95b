package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/policies"
	"trough.internal/sim"
)

// Proof is what came of holding a policy against one promise on a scenario.
type Proof struct {
	Promise string
	Held    int64  // decisions that were held against it
	Broken  int64  // of these
	First   string // where it was broken first
	Exempt  bool   // the policy does not promise it: broken or not is of no account
}

// Kept says whether the promise holds, as far as it was made.
func (p *Proof) Kept() bool { return p.Broken == 0 || p.Exempt }

// cuts are the shares of a scenario at which its future is changed.
var cuts = [...]float64{0.2, 0.5, 0.8}

// snapshotEvery is how many evaluations pass from one snapshot to the next: no number that hours or days are multiples of.
const snapshotEvery = 97

// Prove runs a policy on a scenario several times, and holds every decision against what every policy promises: each by itself;
// the same again; while it is watched; restored from snapshots as it goes; and with another future. Fresh returns a new policy of
// the same settings each time.
func Prove(ctx context.Context, built *sim.Built, fresh func() (policies.Policy, error), exempt []policies.Promise) ([]Proof, error) {
	if built.World.Drain {
		return nil, errors.New("it runs until all jobs completed: expected a scenario with a length, so that there is a future to change")
	}
	p := &prover{ctx: ctx, built: built, fresh: fresh}
	one, err := p.run(nil, false, false)
	if err != nil {
		return nil, err
	}
	var proofs []Proof
	for i, promise := range policies.Promises() {
		proof := one.proofs[i]
		proof.Promise, proof.Held, proof.Exempt = string(promise), int64(len(one.at)), slices.Contains(exempt, promise)
		proofs = append(proofs, proof)
	}
	for _, way := range []struct {
		promise           string
		watched, restored bool
	}{
		{"the same decisions whenever it is run", false, false},
		{"the same decisions with a trail, and by another agenda", true, false},
		{"the same decisions after its memory was written down and read again", false, true},
	} {
		again, err := p.run(nil, way.watched, way.restored)
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, one.same(way.promise, again, models.Never))
	}
	future := Proof{Promise: "no decision depends on what comes after it"}
	for _, cut := range cuts {
		from := p.at(cut)
		again, err := p.run(&from, false, false)
		if err != nil {
			return nil, err
		}
		part := one.same(future.Promise, again, from)
		future.Held += part.Held
		future.Broken += part.Broken
		if future.First == "" {
			future.First = part.First
		}
	}
	return append(proofs, future), nil
}

type prover struct {
	ctx   context.Context
	built *sim.Built
	fresh func() (policies.Policy, error)
}

func (p *prover) at(share float64) models.Instant {
	w := &p.built.World
	return w.Start + models.Instant(share*float64(w.Until-w.Start))
}

// run plays the scenario once; from an instant on, if one is given, with another future.
func (p *prover) run(other *models.Instant, watched, restored bool) (*judged, error) {
	policy, err := p.fresh()
	if err != nil {
		return nil, err
	}
	in, err := p.built.Inputs()
	if err != nil {
		return nil, err
	}
	if other != nil {
		change(&in, *other)
	}
	j := &judged{Policy: policy, proofs: make([]Proof, len(policies.Promises()))}
	if restored {
		j.fresh = p.fresh
	}
	o := sim.Options{Progress: func(models.Instant) error { return p.ctx.Err() }}
	if watched {
		o.Heap, o.Decisions = true, nobody{}
	}
	if _, err = sim.New(p.built.World, in, j, o).Run(); err == nil {
		err = j.err
	}
	return j, err
}

// nobody watches decisions.
type nobody struct{}

func (nobody) Decision(*models.Observation, *models.Decision) {}

// judged is a policy every decision of which is held against the promises, and noted as a sum.
type judged struct {
	policies.Policy
	fresh  func() (policies.Policy, error) // if it is to be restored from snapshots
	proofs []Proof                         // by promise
	at     []models.Instant
	sums   []uint64
	err    error
}

// Decide implements policies.Policy.
func (j *judged) Decide(obs *models.Observation, out *models.Decision) {
	if j.fresh != nil && len(j.at)%snapshotEvery == snapshotEvery-1 && j.err == nil {
		j.err = j.replace()
	}
	j.Policy.Decide(obs, out)
	policies.Judge(obs, out, func(p policies.Promise, at string) {
		proof := &j.proofs[slices.Index(policies.Promises(), p)]
		if proof.Broken++; proof.Broken == 1 {
			proof.First = at
		}
	})
	j.at = append(j.at, obs.Now)
	j.sums = append(j.sums, sumOf(out))
}

// replace puts a new policy in the place of the one that ran, with its memory.
func (j *judged) replace() error {
	memory, err := j.Snapshot()
	if err != nil {
		return fmt.Errorf("its memory cannot be written down: %w", err)
	}
	heir, err := j.fresh()
	if err != nil {
		return err
	}
	if err := heir.Restore(memory); err != nil {
		return fmt.Errorf("its memory cannot be read again: %w", err)
	}
	j.Policy = heir
	return nil
}

func sumOf(d *models.Decision) uint64 {
	sum := uint64(14695981039346656037)
	for c := range d.Target {
		sum = (sum ^ uint64(uint32(d.Target[c]))) * 1099511628211
		sum = (sum ^ uint64(uint32(d.Keep[c]))) * 1099511628211
	}
	return sum
}

// same compares the decisions before an instant.
func (j *judged) same(promise string, other *judged, until models.Instant) Proof {
	proof := Proof{Promise: promise}
	for i, at := range j.at {
		if at >= until {
			break
		}
		proof.Held++
		if i < len(other.at) && other.at[i] == at && other.sums[i] == j.sums[i] {
			continue
		}
		if proof.Broken++; proof.Broken == 1 {
			proof.First = fmt.Sprintf("the decision at %s is another", at)
		}
	}
	return proof
}

// change gives a scenario another future: from an instant on the owners use anything from none to all of what is reserved, jobs
// have other work, and no switch is turned.
func change(in *sim.Inputs, from models.Instant) {
	luck := random.New(uint64(from), "another future")
	if in.Capacity != nil {
		in.Capacity = &otherCapacity{in.Capacity, from, luck, nil}
	}
	if in.Jobs != nil {
		in.Jobs = &otherJobs{in.Jobs, from, luck, nil}
	}
	in.Switches = slices.DeleteFunc(slices.Clone(in.Switches), func(s models.Switch) bool { return s.At >= from })
}

type otherCapacity struct {
	sim.CapacitySource
	from    models.Instant
	luck    random.Stream
	changes []models.CapacityChange
}

func (o *otherCapacity) Next() (models.Capacity, error) {
	w, err := o.CapacitySource.Next()
	o.changes = append(o.changes[:0], w.Changes...)
	for i := range o.changes {
		if c := &o.changes[i]; c.At >= o.from && c.InUse != models.Unknown {
			c.InUse = int32(o.luck.Int(uint64(c.At), uint64(c.Pool), int(c.Reserved)+1))
		}
	}
	w.Changes = o.changes
	return w, err
}

type otherJobs struct {
	sim.JobSource
	from models.Instant
	luck random.Stream
	jobs []models.Job
}

func (o *otherJobs) Next() ([]models.Job, error) {
	jobs, err := o.JobSource.Next()
	o.jobs = append(o.jobs[:0], jobs...)
	for i := range o.jobs {
		if j := &o.jobs[i]; j.Arrival >= o.from {
			j.Work = 1 + int32(o.luck.Int(uint64(j.ID), 0, 3600))
		}
	}
	return o.jobs, err
}
