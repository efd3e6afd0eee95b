package sim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"trough.internal/models"
)

// need is what a job needs, the same for all that state the same.
type need struct {
	room  Room
	slots int32    // that it fills
	speed []int64  // by pool, in millionths of the type's; 0 where it does not fit
	fits  []uint64 // cells where it does, by place, as the fleet's idle; nil if it does everywhere
}

// addNeed gives a need a number.
func (c *containers) addNeed(pools []models.Pool, room Room) uint16 {
	n := need{room: room, slots: room.fills(c.packing.Slot), speed: make([]int64, len(pools))}
	fits := make([]uint64, len(c.masked))
	everywhere := true
	for cell, at := range c.cells {
		shape := c.shapes[at.pool]
		if !shape.holds(room) {
			everywhere = false
			continue
		}
		n.speed[at.pool] = c.packing.speed(room.VCPUs, shape.VCPUs)
		place := uint(c.rank[cell])
		fits[place>>6] |= 1 << (place & 63)
	}
	if !everywhere {
		n.fits = fits
	}
	number := uint16(len(c.needs))
	c.needs = append(c.needs, n)
	c.byRoom[room] = number
	return number
}

// needOf is the number of a job's need: what it states, and of what it does not state a slot's.
func (c *containers) needOf(pools []models.Pool, j *models.Job) (uint16, error) {
	if j.VCPUs == 0 && j.Memory == 0 {
		return 0, nil
	}
	room := c.packing.Slot
	if j.VCPUs > 0 {
		room.VCPUs = int32(j.VCPUs)
	}
	if j.Memory > 0 {
		room.Memory = j.Memory
	}
	if number, known := c.byRoom[room]; known {
		return number, nil
	}
	if !slices.ContainsFunc(c.shapes, func(shape Room) bool { return shape.holds(room) }) {
		return 0, c.tooLarge(pools, j.ID, room)
	}
	if len(c.needs) > math.MaxUint16 {
		return 0, errTooManyNeeds
	}
	return c.addNeed(pools, room), nil
}

func (c *containers) tooLarge(pools []models.Pool, job models.JobID, room Room) error {
	largest := 0
	for p, shape := range c.shapes {
		if most := c.shapes[largest]; shape.VCPUs > most.VCPUs || shape.VCPUs == most.VCPUs && shape.Memory > most.Memory {
			largest = p
		}
	}
	return &TooLargeError{Job: job, Need: room, Largest: pools[largest].Name(), Room: c.shapes[largest]}
}

// TooLargeError is a job that no instance has room for: the input's fault, found when the job arrives.
type TooLargeError struct {
	Job     models.JobID
	Need    Room
	Largest string // the pool that comes nearest
	Room    Room   // of its instances
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("job %d needs %s: expected no more than an instance has, such as %s with %s", e.Job, e.Need, e.Largest, e.Room)
}

// errTooManyNeeds is a trace that no scheduler would be given.
var errTooManyNeeds = errors.New("jobs state more than 65,536 different needs of vCPUs and memory: expected fewer, such as by rounding them up")
