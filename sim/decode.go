package sim

import (
	"io"

	"trough.internal/models"
)

// Decode reads the scenario's inputs into memory, once, so that any number of runs, side by side too, replay them without
// reading or generating them again. A change of capacity takes 24 bytes, a job 56. Inputs without an end, which only a
// scenario that drains can have, stay as they are, and so do those that are in memory already.
func (b *Built) Decode() error {
	if b.World.Drain || b.decoded {
		return nil
	}
	in, err := b.inputs()
	if err != nil {
		return err
	}
	windows, err := decodeCapacity(in.Capacity, b.World.Until)
	if err != nil {
		return err
	}
	jobs, err := decodeJobs(in.Jobs)
	if err != nil {
		return err
	}
	b.decoded = true
	hasCapacity, hasJobs := in.Capacity != nil, in.Jobs != nil
	b.inputs = func() (Inputs, error) {
		again := Inputs{Switches: in.Switches}
		if hasCapacity {
			again.Capacity = &decoded[models.Capacity]{windows}
		}
		if hasJobs {
			again.Jobs = &decoded[[]models.Job]{jobs}
		}
		return again, nil
	}
	return nil
}

// decoded hands over what was decoded, part by part. The parts are shared: nobody may change them.
type decoded[T any] struct{ parts []T }

func (d *decoded[T]) Next() (T, error) {
	if len(d.parts) == 0 {
		var none T
		return none, io.EOF
	}
	part := d.parts[0]
	d.parts = d.parts[1:]
	return part, nil
}

// decodeCapacity reads windows up to the end of the run: a trace that repeats has no other.
func decodeCapacity(source CapacitySource, until models.Instant) ([]models.Capacity, error) {
	var windows []models.Capacity
	for source != nil {
		w, err := source.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		w.Changes = append([]models.CapacityChange(nil), w.Changes...)
		windows = append(windows, w)
		if n := len(w.Changes); n > 0 && w.Changes[n-1].At >= until {
			break
		}
	}
	return windows, nil
}

func decodeJobs(source JobSource) ([][]models.Job, error) {
	var batches [][]models.Job
	for source != nil {
		jobs, err := source.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		batches = append(batches, append([]models.Job(nil), jobs...))
	}
	return batches, nil
}
