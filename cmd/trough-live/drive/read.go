package drive

import (
	"context"
	"fmt"
	"slices"

	"trough.internal/models"
)

// This file is how facts come in: each is asked for with patience of its own, and what does not answer stays as it was.

// read makes events of what the sources say, and notes what is not known.
func (d *Driver) read(ctx context.Context, c *Cycle) {
	c.facts.passed = d.setup.Clock.Passed()
	d.readWork(ctx, c) // before the events: what runs on instances is told by it
	d.readEvents(ctx, c)
	d.readReports(ctx, c)
	c.facts.doubted = d.trust.doubted()
	d.readStops(c)
	d.readLease(c)
}

func (d *Driver) readEvents(ctx context.Context, c *Cycle) {
	cursor := d.cursor
	got, err := d.happened.Do(ctx, d.setup.Patience, func(ctx context.Context) (events, error) {
		list, next, err := d.setup.Cloud.Since(ctx, cursor)
		return events{list, next}, err
	})
	if err != nil {
		c.note("what instances do is not known: %v", err)
		return
	}
	c.facts.eventsKnown = true
	d.cursor = got.cursor
	if custodian, ok := d.setup.Cloud.(Custodian); ok {
		c.Notes = append(c.Notes, custodian.Notes()...)
	}
	for i := range got.list {
		e := &got.list[i]
		if err := fits(d.market, e); err != nil {
			c.facts.unbalanced++
			c.note("an event does not fit the books and is left out: %v", err)
			continue
		}
		d.apply(c, e)
		d.count(c, e)
	}
}

// apply is the one way in which the market changes.
func (d *Driver) apply(c *Cycle, e *models.Event) {
	d.market.Apply(e)
	c.Events = append(c.Events, *e)
}

// count counts what was launched, refused and lost since the cycle before.
func (d *Driver) count(c *Cycle, e *models.Event) {
	if e.Kind < models.Ordered || int(e.Pool) >= d.market.Lendable {
		return
	}
	cell := d.market.Cell(e.Pool, e.Borrower)
	switch {
	case e.Kind == models.Launched:
		d.obs.Launched[cell]++
	case e.Kind == models.Refused:
		d.obs.Refused[cell]++
	case e.Kind == models.Gone && e.Cause == models.ByCloud:
		c.facts.lost++
	}
}

// fits says why an event from outside cannot be applied. Market.Apply panics where the books would not balance, which is right for
// events of our own making; a duplicate or forged one of others' must not end the driver.
func fits(m *models.Market, e *models.Event) error {
	switch {
	case e.Kind == models.Switched:
		if e.M < -1 || int(e.M) >= len(m.Regions) {
			return fmt.Errorf("switch of region %d: expected one of %d", e.M, len(m.Regions))
		}
		return nil
	case e.Kind == models.OwnersChanged || e.Kind == 0 || int(e.Kind) >= len(models.KindNames()):
		return fmt.Errorf("kind %d: expected one that the cloud speaks of", e.Kind)
	case e.Class >= models.Classes:
		return fmt.Errorf("%s: class %d: expected one of %d", e.Kind, e.Class, models.Classes)
	case e.Kind < models.Ordered:
		return nil
	case e.Pool < 0 || int(e.Pool) >= len(m.Pools) || int(e.Borrower) >= len(m.Borrowers):
		return fmt.Errorf("%s: pool %d of borrower %d: expected one of %d pools and %d borrowers", e.Kind, e.Pool, e.Borrower, len(m.Pools), len(m.Borrowers))
	case e.From >= models.States || e.To >= models.States:
		return fmt.Errorf("%s: from state %d to %d: expected less than %d", e.Kind, e.From, e.To, models.States)
	case e.From != models.Absent && m.Count[e.From][m.Cell(e.Pool, e.Borrower)] == 0:
		return fmt.Errorf("%s of instance %d in %s: no instance is %s there", e.Kind, e.Instance, m.Pools[e.Pool].Name(), e.From)
	case e.Kind == models.Started && m.Queued[e.Class] == 0:
		return fmt.Errorf("%s of job %d: no job of class %s waits", e.Kind, e.Job, e.Class)
	}
	return nil
}

func (d *Driver) readReports(ctx context.Context, c *Cycle) {
	got, err := d.telemetry.Do(ctx, d.setup.Patience, func(ctx context.Context) (told[[]Report], error) {
		reports, err := d.setup.Telemetry.Reports(ctx, c.Now)
		return told[[]Report]{reports, remarksOf(d.setup.Telemetry)}, err
	})
	c.remark(got.remarks)
	if err != nil {
		c.note("what the owners use is not known: %v", err)
		return
	}
	reports := got.value
	for i := range reports {
		for _, text := range reports[i].Notes {
			c.note("report of %s: %s", reports[i].OccurredAt, text)
		}
		d.trust.take(c, &reports[i])
	}
	for p := range d.obs.AsOf {
		believed, known := d.trust.believed(p)
		if !known {
			continue
		}
		d.safety.reports[p].hear(c, believed.at)
		d.obs.AsOf[p] = believed.at
		if believed.reserved != d.market.Reserved[p] || believed.inUse != d.market.InUse[p] {
			d.apply(c, &models.Event{At: c.Now, Kind: models.OwnersChanged, Pool: models.PoolID(p), Instance: models.NoInstance,
				Job: models.NoJob, N: believed.reserved, M: believed.inUse})
		}
	}
}

// readStops turns the evacuation of regions into switches, so that the policy knows of it, too.
func (d *Driver) readStops(c *Cycle) {
	stops, err := d.setup.Stops.InForce(c.Now)
	if err != nil {
		c.facts.stopsUnknown = true
		c.note("stop states are not known: those last read stay, and nothing is increased: %v", err)
	} else {
		d.safety.stops = stops
	}
	// Note: a recorded switch is an event of the cloud's; a stop state speaks for the regions that it turned on only.
	for r, name := range d.market.Regions {
		on := d.safety.evacuated(name, c.Now)
		if on == d.safety.switched[r] {
			continue
		}
		d.safety.switched[r] = on
		e := models.Event{At: c.Now, Kind: models.Switched, Pool: models.NoPool, Instance: models.NoInstance, Job: models.NoJob, M: int32(r)}
		if on {
			e.N = 1
		}
		d.apply(c, &e)
	}
}

func (d *Driver) readWork(ctx context.Context, c *Cycle) {
	n := len(d.obs.Workload)
	got, err := d.work.Do(ctx, d.setup.Patience, func(ctx context.Context) (told[[]models.Workload], error) {
		into := make([]models.Workload, n)
		err := d.setup.Work.Workload(ctx, c.Now, into)
		return told[[]models.Workload]{into, remarksOf(d.setup.Work)}, err
	})
	c.remark(got.remarks)
	if err != nil {
		c.note("what there is to do is not known: %v", err)
		return
	}
	copy(d.obs.Workload, got.value)
	for b := range d.obs.Workload {
		d.safety.works[b].hear(c, d.obs.Workload[b].AsOf)
	}
}

func remarksOf(source any) (r Remarks) {
	if source, ok := source.(Remarker); ok {
		r = source.Remarks()
	}
	return r
}

func (c *Cycle) remark(r Remarks) {
	c.Notes = append(c.Notes, r.Notes...)
	c.Disagreements += r.Disagreements
}

// layOut makes the observation once: its columns of the present are the market's own, as in the backtest.
func (d *Driver) layOut(now models.Instant) {
	m := d.market
	cells := m.Lendable * len(m.Borrowers)
	d.obs = models.Observation{
		Pools: m.Pools[:m.Lendable], Borrowers: m.Borrowers, Regions: m.Regions,
		Reserved: m.Reserved[:m.Lendable], InUse: m.InUse[:m.Lendable], AsOf: slices.Repeat([]models.Instant{now}, m.Lendable),
		OnOrder: m.Count[models.OnOrder][:cells], Booting: m.Count[models.Booting][:cells],
		Idle: m.Count[models.Idle][:cells], Busy: m.Count[models.Busy][:cells],
		Finishing: m.Count[models.Finishing][:cells], Leaving: m.Count[models.Leaving][:cells],
		Launched: make([]int32, cells), Refused: make([]int32, cells),
		Workload: make([]models.Workload, len(m.Borrowers)),
		Evacuate: m.Evacuating,
		RegionOf: make([]int32, m.Lendable),
	}
	for b := range d.obs.Workload {
		d.obs.Workload[b].AsOf = now
	}
	for p := range d.obs.RegionOf {
		d.obs.RegionOf[p] = int32(m.Region(models.PoolID(p)))
	}
}
