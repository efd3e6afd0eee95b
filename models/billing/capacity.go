package billing

import (
	"cmp"
	"slices"

	"trough.internal/models"
)

// chargeIdle charges what of capacity reservations no instance of their account occupies, by the second: in each second, those
// of one account and pool are filled in the order of their ids by what runs then, whatever else covers that.
func (e *engine) chargeIdle() {
	rooms, changes := e.rooms()
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.at, b.at)) })
	for i, c := range changes {
		room := &rooms[c.room]
		if c.reservation == none {
			room.running += c.by
		} else {
			room.reservations[c.reservation].open += c.by
		}
		if i+1 < len(changes) && changes[i+1].room == c.room {
			e.occupy(room, c.at, changes[i+1].at)
		}
	}
	for i := range rooms {
		for k := range rooms[i].reservations {
			r := &rooms[i].reservations[k]
			e.settle(r)
			e.bill.Holdings[r.index] = HoldingLine{Holding: r.index, Unused: float64(r.unused) / perHour, USD: r.usd, Unpriced: r.unpriced}
		}
	}
}

// room is what capacity is reserved for.
type room struct {
	running      int64
	reservations []reservation // by id
}

// reservation is a capacity reservation.
type reservation struct {
	index, key int32
	open       int64 // instances: its count while it is held
	unused     int64 // instance-seconds
	// What is unused is charged once for each rate, so that rounding does not add up over the hours.
	rate     models.MicroUSDPerHour
	at       models.Instant // an hour of that rate
	seconds  int64          // instance-seconds at that rate, not charged yet
	usd      models.MicroUSD
	unpriced bool
}

// change is one of what runs in a room, or of a reservation.
type change struct {
	room, reservation int32 // the reservation's number in its room, or none
	at                models.Instant
	by                int64
}

// rooms are the capacity reservations by what may occupy them, and all changes to those within the span.
func (e *engine) rooms() ([]room, []change) {
	type name struct {
		account string
		pool    poolName
	}
	var (
		names   numbers[name]
		rooms   []room
		changes []change
	)
	note := func(at, reservation int32, start, end models.Instant, by int64) {
		if start, end = max(start, e.in.From), min(end, e.in.Until); start < end {
			changes = append(changes, change{at, reservation, start, by}, change{at, reservation, end, -by})
		}
	}
	for _, i := range e.byID {
		h := &e.in.Holdings[i]
		if h.Kind != CapacityReservation {
			continue
		}
		at := names.number(name{h.Account, poolName{h.Type, h.Location, h.Platform, h.Tenancy}})
		if int(at) == len(rooms) {
			rooms = append(rooms, room{})
		}
		note(at, int32(len(rooms[at].reservations)), h.Start, h.End, h.Count)
		rooms[at].reservations = append(rooms[at].reservations, reservation{index: i, key: e.rates.keys.find(h.rateKey()), rate: Unpriced})
	}
	if len(rooms) == 0 {
		return nil, nil
	}
	for i := range e.in.Runs {
		r := &e.in.Runs[i]
		if at := names.find(name{r.Account, r.pool()}); at != none {
			note(at, none, r.Start, r.End, 1)
		}
	}
	return rooms, changes
}

// rateKey is whose rate a capacity reservation costs.
func (h *Holding) rateKey() RateKey {
	return RateKey{Type: h.Type, Region: models.RegionOfZone(h.Location), Platform: h.Platform, Tenancy: h.Tenancy}
}

// occupy fills a room's reservations by what runs in it from one change to the next.
func (e *engine) occupy(room *room, from, until models.Instant) {
	running := room.running
	for i := range room.reservations {
		r := &room.reservations[i]
		unused := max(0, r.open-running)
		running = max(0, running-r.open)
		for hour := hourOf(from); hour < until && unused > 0; hour += perHour {
			e.leave(r, hour, unused*int64(min(until, hour+perHour)-max(from, hour)))
		}
	}
}

// leave notes instance-seconds of a clock hour in which a reservation was unused.
func (e *engine) leave(r *reservation, hour models.Instant, seconds int64) {
	if rate := e.rates.at(r.key, hour).OnDemand; rate != r.rate {
		e.settle(r)
		r.rate = rate
	}
	r.at = hour
	r.seconds += seconds
	r.unused += seconds
}

// settle charges what has not been.
func (e *engine) settle(r *reservation) {
	if r.seconds == 0 {
		return
	}
	usd, unpriced := e.rates.charge(r.key, r.at, r.seconds, perHour)
	if r.usd += usd; r.usd < 0 {
		e.rates.fail(errTooMuch)
	}
	r.unpriced = r.unpriced || unpriced
	r.seconds = 0
}
