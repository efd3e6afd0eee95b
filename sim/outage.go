package sim

import "trough.internal/models"

// Outage is a zone that is gone for a while: what is borrowed or bought there ends at once, and so does a base fleet;
// launches there are refused. At its end the base fleet is back, idle. What the owners do about it is in the capacity trace.
type Outage struct {
	Zone        string
	From, Until models.Instant
}

// turnOutages begins and ends the outages of this second.
func (e *Engine) turnOutages(t tick) {
	e.nextOutage = noTick
	for i := range e.world.Outages {
		o := &e.world.Outages[i]
		from, until := tick(o.From-e.world.Start), tick(o.Until-e.world.Start)
		switch {
		case t < from:
			e.nextOutage = min(e.nextOutage, from)
			continue
		case t == from:
			e.strike(o.Zone)
		case t == until:
			e.restore(o.Zone)
		}
		if t < until {
			e.nextOutage = min(e.nextOutage, until)
		}
	}
}

// out says whether a zone is gone now.
func (e *Engine) out(zone string) bool {
	now := e.at(e.now)
	for i := range e.world.Outages {
		if o := &e.world.Outages[i]; o.Zone == zone && o.From <= now && now < o.Until {
			return true
		}
	}
	return false
}

// strike ends all instances of a zone, without notice. Those on order are refused when they are launched.
func (e *Engine) strike(zone string) {
	for p := range e.world.Pools {
		if e.world.Pools[p].Zone == zone {
			e.takeBack(models.PoolID(p), 0, e.now)
		}
	}
}

// restore brings a zone's base fleets back, unless another outage of it lasts longer.
func (e *Engine) restore(zone string) {
	if e.out(zone) {
		return
	}
	for i := range e.world.Base {
		if e.world.Pools[e.market.Lendable+i].Zone == zone {
			e.bringUp(i)
		}
	}
}
