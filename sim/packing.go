package sim

import (
	"fmt"
	"math"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// PackingSetting makes instances take several jobs at once, each in a container of its own.
type PackingSetting struct {
	Slot   RoomSetting    `set:"slot" required:"true" doc:"What a job takes that does not say what it needs, and the unit in which policies see demand and instances: of one that needs more, as many as it fills."`
	Start  DelaySetting   `set:"start" doc:"From when a job is given to an instance until its container works; the job has its room meanwhile."`
	Fit    string         `set:"fit" default:"best" enum:"best|spread" doc:"Which instance a job starts on: best is the fullest that has room for it; spread is one without a job, or else the emptiest."`
	Serial settings.Share `set:"serial" default:"0%" min:"0%" max:"50%" doc:"Part of a job's work that only one vCPU can do at a time (Amdahl). 0% makes a job's speed its part of the instance's vCPUs."`
}

// RoomSetting is room on an instance.
type RoomSetting struct {
	VCPUs  int32 `set:"vcpus" required:"true" min:"1" max:"1000" unit:"vCPUs" doc:"vCPUs."`
	Memory int32 `set:"memory" required:"true" min:"1" max:"100000000" unit:"MiB" doc:"Memory."`
}

// Packing is how jobs share instances. An instance boots once and takes jobs as far as its vCPUs and its memory reach; a job
// keeps its room from its start to its end, the start of its container included.
type Packing struct {
	Slot   Room
	Start  Delay
	Fit    Fit
	Serial float64 // 0 to 1
}

// Room is a part of an instance, or all of it.
type Room struct {
	VCPUs  int32
	Memory int32 // MiB
}

// Fit says on which of a borrower's instances a job starts. With either, base fleets come first, and pools in the order of
// the placement (that of a round robin begins at the first pool, except for instances without a job).
type Fit uint8

// The fits.
const (
	// BestFit takes the instance with the fewest free vCPUs among those that have a job and room for another, of equal ones
	// the one that has had as many free for longest; where there is none, the instance that a job would start on alone.
	BestFit Fit = iota
	// SpreadFit takes the latter first, and then the instance with most vCPUs free, of equal ones again the first.
	SpreadFit
)

func (r Room) String() string { return fmt.Sprintf("%d vCPUs and %d MiB", r.VCPUs, r.Memory) }

// holds says whether there is room for another.
func (r Room) holds(o Room) bool { return o.VCPUs <= r.VCPUs && o.Memory <= r.Memory }

// slots is how many slots there is room for.
func (r Room) slots(slot Room) int32 { return min(r.VCPUs/slot.VCPUs, r.Memory/slot.Memory) }

// fills is how many slots a job's room fills, at least one.
func (r Room) fills(slot Room) int32 {
	return max(1, (r.VCPUs+slot.VCPUs-1)/slot.VCPUs, (r.Memory+slot.Memory-1)/slot.Memory)
}

func roomOf(p *models.Pool) Room { return Room{VCPUs: p.VCPUs, Memory: p.MemoryMiB} }

// Whole is the speed of a job that has an instance to itself, in the unit of Speed.
const whole = 1_000_000

// speed is how fast a job is on so many of an instance's vCPUs, in millionths of its speed with all of them, which is the
// type's. By Amdahl's law n vCPUs are 1 / (serial + (1-serial)/n) times as fast as one; without a serial part the result is the
// part of the vCPUs. What else containers of an instance take from each other (caches, memory, disks) is left out.
func (p *Packing) speed(vcpus, all int32) int64 {
	amdahl := func(n int32) float64 { return float64(n) / (p.Serial*float64(n-1) + 1) }
	return max(1, int64(math.Round(whole*amdahl(vcpus)/amdahl(all))))
}

// secondsAt is models.Pool.Seconds at so many millionths of the type's speed.
func secondsAt(p *models.Pool, work int32, format models.FormatID, speed int64) int32 {
	per := int64(p.SpeedFor(format)) * speed
	return int32(min(max((int64(work)*1000*whole+per-1)/per, 1), 1<<30))
}

// workAt is models.Pool.Work likewise.
func workAt(p *models.Pool, seconds int32, format models.FormatID, speed int64) int32 {
	return int32(int64(seconds) * (int64(p.SpeedFor(format)) * speed / 1000) / whole)
}

// checkPacking refuses a scenario whose instances have no room that anybody knows.
func (s *Scenario) checkPacking() error {
	if s.Dispatch.Packing != nil && s.WorkloadW != nil {
		return fmt.Errorf("dispatch.packing: the pools of workload_w have neither vCPUs nor memory: expected a market, a capacity trace or bought pools")
	}
	return nil
}

// pack gives every pool its slots, and refuses those without one.
func (s *Scenario) pack(b *Built) error {
	set, w := s.Dispatch.Packing, &b.World
	if set == nil {
		return nil
	}
	w.Packing = &Packing{Slot: Room(set.Slot), Start: set.Start.delay(), Serial: float64(set.Serial)}
	if set.Fit == "spread" {
		w.Packing.Fit = SpreadFit
	}
	for i := range w.Pools {
		p := &w.Pools[i]
		if p.Slots = roomOf(p).slots(w.Packing.Slot); p.Slots == 0 {
			return fmt.Errorf("dispatch.packing.slot is %s, more than an instance of pool %s has: expected at most %s", w.Packing.Slot, p.Name(), roomOf(p))
		}
	}
	b.Notes.Assumed = append(b.Notes.Assumed, set.assumed())
	return nil
}

// assumed is how instances are shared as a sentence.
func (p *PackingSetting) assumed() string {
	return fmt.Sprintf("instances take several jobs: one that does not say what it needs takes %s, its container starts in %s, and its speed is that of its vCPUs, with %s of the work serial",
		Room(p.Slot), p.Start.Median, p.Serial)
}
