package fakecloud

import (
	"slices"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// This file is how what the simulator does comes to be seen.

// Event shows one event.
func (b *Backtest) Event(e models.Event) {
	b.show(&e)
	if b.next != nil {
		b.next.Event(e)
	}
}

func (b *Backtest) show(e *models.Event) {
	b.Lock()
	defer b.Unlock()
	b.report(e.At)
	b.now = e.At
	switch {
	case e.Kind == models.OwnersChanged:
		b.own(int(e.Pool), e.N, e.M)
	case e.Kind < models.Ordered, int(e.Pool) >= b.lendable:
	case e.Kind == models.Ordered, e.Kind == models.Cancelled:
		// of what is on order there is only the number
	case e.Kind == models.Refused:
		b.refused(b.cell(e))
	case e.Kind == models.Launched:
		b.launched(e)
	default:
		b.moved(e)
	}
}

// own makes the owners run so many instances of a pool.
func (b *Backtest) own(p int, reserved, inUse int32) {
	if p >= b.lendable {
		return
	}
	b.Prod.Reserved[p].Count = reserved
	b.inUse[p] = inUse
	for int32(len(b.theirs[p])) < inUse {
		i := b.Prod.Add(nil, b.world.Pools[p].Zone, b.world.Pools[p].Type, b.now)
		i.State = Running
		b.theirs[p] = append(b.theirs[p], i)
	}
	for int32(len(b.theirs[p])) > max(0, inUse) {
		last := len(b.theirs[p]) - 1
		b.theirs[p][last].end(b.now, "Client.UserInitiatedShutdown")
		b.theirs[p][last].State = Terminated
		b.theirs[p] = b.theirs[p][:last]
	}
}

func (b *Backtest) refused(cell int) {
	if waiting := b.takeUnbound(cell); waiting != nil {
		waiting.State, waiting.Ended, waiting.Reason = Terminated, b.now, "Server.InsufficientInstanceCapacity"
		return
	}
	b.Encode.Refuse(b.groups[cell], b.now, b.groups[cell].Zones[0])
}

// takeUnbound is the first instance that RunInstances made and that the simulator has yet to launch.
func (b *Backtest) takeUnbound(cell int) *Instance {
	waiting := b.waiting(cell)
	if len(waiting) == 0 {
		return nil
	}
	b.unbound[cell] = waiting[1:]
	return waiting[0]
}

// waiting are those instances, without such as the driver has ended meanwhile.
func (b *Backtest) waiting(cell int) []*Instance {
	b.unbound[cell] = slices.DeleteFunc(b.unbound[cell], func(i *Instance) bool { return !i.There() })
	return b.unbound[cell]
}

func (b *Backtest) launched(e *models.Event) {
	cell := b.cell(e)
	shown := b.takeUnbound(cell)
	if shown == nil {
		g := b.groups[cell]
		shown = b.Encode.Add(g, g.Zones[0], g.Type, e.At)
		b.Encode.Act(g, e.At, "Successful", "Launching a new EC2 instance: "+shown.ID, "At "+awsTime(e.At)+" an instance was started in response to a difference between desired and actual capacity.", "")
	}
	shown.State = Running
	v := &vm{cell: cell, state: models.Booting, shown: shown}
	b.vms[e.Instance] = v
	b.cells[cell] = append(b.cells[cell], v)
}

// moved is every later event of an instance.
func (b *Backtest) moved(e *models.Event) {
	v := b.vms[e.Instance]
	if told := toldTo(e); told != nil && !told(v.shown) {
		b.swap(v, told, e)
	}
	v.state = e.To
	i := v.shown
	switch e.Kind {
	case models.Ready:
		i.Registered = true
	case models.Started:
		i.Jobs++
		i.Class, i.Began = e.Class, e.At
	case models.Completed, models.Interrupted:
		i.Jobs--
	case models.Gone:
		b.gone(e, v)
	}
}

// toldTo is what an instance was told, of which the simulator's order is: nil where the event is of no order.
func toldTo(e *models.Event) func(*Instance) bool {
	switch {
	case e.Kind == models.Gone && (e.From == models.Booting || e.From == models.Idle) && e.Cause != models.ByCloud:
		return func(i *Instance) bool { return !i.There() || i.Tag(fleet.TagYield) != "" }
	case e.Kind == models.Draining:
		return func(i *Instance) bool { return i.Tag(fleet.TagYield) == fleet.WhenIdle }
	case e.Kind == models.Yielding && (e.From == models.Busy || e.From == models.Finishing):
		return func(i *Instance) bool { return i.Tag(fleet.TagYield) != "" && i.Tag(fleet.TagYield) != fleet.WhenIdle }
	case e.Kind == models.Yielding:
		return func(i *Instance) bool { return !i.There() || i.Tag(fleet.TagYield) != "" }
	case e.Kind == models.Kept:
		return func(i *Instance) bool { return i.Tag(fleet.TagYield) == "" }
	}
	return nil
}

// swap gives the simulator's choice the id of one that is in the same state and was told to do what it does now; where the world is
// lenient, in another state if need be.
func (b *Backtest) swap(v *vm, told func(*Instance) bool, e *models.Event) {
	other := b.other(v, func(one *vm) bool { return one.state == v.state && told(one.shown) })
	if other == nil {
		b.odd("the simulator has %s for an instance of %s that nobody told to", e.Kind, b.cellName(v.cell))
		if other = b.other(v, func(one *vm) bool { return told(one.shown) }); other == nil {
			return
		}
	}
	b.Swaps++
	mine, its := *v.shown, *other.shown
	v.shown, other.shown = other.shown, v.shown
	v.shown.does(&mine)
	other.shown.does(&its)
}

func (b *Backtest) other(v *vm, fits func(*vm) bool) *vm {
	for _, one := range b.cells[v.cell] {
		if one != v && fits(one) {
			return one
		}
	}
	return nil
}

// does makes an instance do what another one did.
func (i *Instance) does(as *Instance) {
	i.Registered, i.Jobs, i.Class, i.Began = as.Registered, as.Jobs, as.Class, as.Began
}

// gone ends an instance. What was not ended by a call ended itself, which lowers what its group is wanted to be, unless the cloud did it.
func (b *Backtest) gone(e *models.Event, v *vm) {
	i := v.shown
	if g := b.Encode.Group(i.Group); g != nil && i.There() && e.Cause != models.ByCloud {
		g.Desired--
	}
	i.end(e.At, "Client.InstanceInitiatedShutdown")
	i.State, i.Jobs = Terminated, 0
	if g := b.Encode.Group(i.Group); g != nil {
		g.finish("Terminating EC2 instance: "+i.ID, e.At)
	}
	delete(b.vms, e.Instance)
	b.cells[v.cell] = slices.DeleteFunc(b.cells[v.cell], func(one *vm) bool { return one == v })
}
