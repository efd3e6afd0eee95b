package measure

import "trough.internal/models"

// pool is one pool's books. What depends on several counts at once is integrated when one of them changes, and only
// then: settle brings the integrals up to a time, refresh (in fairness) works out what holds from there on.
type pool struct {
	// What nearly every event touches stands together.
	seconds                  [models.States]int64 // see Event: not complete without the counts at the end
	completed, completedWork int64

	last models.Instant // the integrals are complete up to here

	// What holds since last, in instances.
	reserved, inUse, borrowed int32
	unused                    int32 // max(0, reserved - in use); 0 where in use is unknown
	inside                    int32 // min(borrowed, unused)
	overdraft                 int32 // min(borrowed, -surplus) where surplus is negative
	blocked                   int32 // owners' instances for which no physical instance is left
	kind                      models.PoolKind
	region                    int16
	group                     int16 // its type, in fairness

	physical, deepest int32
	speed             int32          // thousandths
	noted             uint32         // what may have ended an overdraft in the second notedAt: bits of EndedBy
	notedAt           models.Instant //
	begun             BegunBy        // likewise, what may have begun one
	open              bool           // an episode is under way

	unusedSeconds, insideSeconds           int64
	overdraftSeconds                       int64
	unknownSeconds, unknownBorrowedSeconds int64
	blockedSeconds, blockedRises           int64
	blockedBefore                          int32
	episodes                               int64
	launches, ends, refused, byDeadline    int64
	interrupted, lostWork                  int64
	onDemand                               models.MicroUSDPerHour
	episode                                Episode // the one under way
}

func newPool(p *models.Pool, from models.Instant) pool {
	b := pool{last: from, inUse: models.Unknown, kind: p.Kind, physical: p.Physical, speed: p.Speed, onDemand: p.OnDemand, notedAt: from - 1}
	if p.Kind != models.Surplus {
		b.inUse = 0
	}
	return b
}

// settle integrates what held from the last change until at.
func (p *pool) settle(at models.Instant, list *episodes, id models.PoolID) {
	d := int64(at - p.last)
	if d == 0 || p.kind != models.Surplus {
		p.last = at
		return
	}
	switch {
	case p.overdraft > 0:
		if !p.open {
			p.open = true
			p.episodes++
			p.episode = Episode{Pool: id, Start: p.last, Began: p.beganBy()}
		}
		p.overdraftSeconds += d * int64(p.overdraft)
		p.episode.Seconds += d * int64(p.overdraft)
		p.episode.Deepest = max(p.episode.Deepest, p.overdraft)
		p.deepest = max(p.deepest, p.overdraft)
	case p.open:
		p.close(list, p.ended())
	}
	if p.inUse == models.Unknown {
		p.unknownSeconds += d
		p.unknownBorrowedSeconds += d * int64(p.borrowed)
	}
	p.unusedSeconds += d * int64(p.unused)
	p.insideSeconds += d * int64(p.inside)
	if p.physical > 0 {
		p.blockedSeconds += d * int64(p.blocked)
		p.blockedRises += int64(max(0, p.blocked-p.blockedBefore))
		p.blockedBefore = p.blocked
	}
	p.last = at
}

// close ends the episode under way at the last change.
func (p *pool) close(list *episodes, by EndedBy) {
	p.open = false
	p.episode.End = p.last
	p.episode.Ended = by
	p.episode.Cost = p.onDemand.For(p.episode.Seconds)
	list.add(p.episode)
}

// note remembers what happened in a second that may have ended an overdraft.
func (p *pool) note(at models.Instant, by EndedBy) {
	p.second(at)
	p.noted |= uint32(by)
}

// noteBegin remembers what happened in a second that may have begun one.
func (p *pool) noteBegin(at models.Instant, by BegunBy) {
	p.second(at)
	p.begun |= by
}

func (p *pool) second(at models.Instant) {
	if at != p.notedAt {
		p.notedAt, p.noted, p.begun = at, 0, 0
	}
}

func (p *pool) beganBy() BegunBy {
	if p.notedAt != p.last {
		return 0
	}
	return p.begun
}

func (p *pool) ended() EndedBy {
	if p.notedAt != p.last {
		return 0
	}
	return EndedBy(p.noted)
}
