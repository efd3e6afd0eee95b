package sim

import (
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// TransferSetting is what it takes to run a job in another region than its home: work moves, and brings its data along. All of
// it is moved again for every attempt, also where the one before was in the same region. What an attempt gives is not
// moved back: it is a small part of what it takes, or is counted into the sizes here.
type TransferSetting struct {
	Home      settings.Raw         `set:"home" required:"true" doc:"Region where the data of all jobs lies, but for those of a borrower with a home of its own."`
	Then      []settings.Raw       `set:"then" doc:"Other regions in the order in which jobs take idle instances there when none is idle at home; a region that is not named comes last."`
	PerJob    models.Bytes         `set:"per_job" default:"0 B" min:"0 B" max:"1 TB" doc:"Data that a job moves, whatever its work."`
	PerSecond models.Bytes         `set:"per_second" default:"1 MB" min:"0 B" max:"100 MB" doc:"More data for each second of work that is left of it, on the reference type."`
	Rate      models.Bytes         `set:"rate" default:"25 MB" min:"1 kB" max:"1 TB" doc:"Data that a job moves in a second; an instance waits for all of it before it works."`
	Price     models.MicroUSDPerGB `set:"price" default:"0.02 USD/GB" doc:"Of moving data from one region to another."`
}

// transfer tells the world where work is at home and what it takes to move it. Base fleets are among the world's pools already.
func (s *Scenario) transfer(b *Built) error {
	w, t := &b.World, s.Transfer
	if t == nil {
		return nil
	}
	w.Transfer = &models.Transfer{Home: make([]string, len(w.Borrowers)), PerJob: t.PerJob, PerSecond: t.PerSecond, Rate: t.Rate, Price: t.Price}
	check := func(r settings.Raw) error {
		if slices.ContainsFunc(w.Pools, func(p models.Pool) bool { return p.Region == r.String() }) {
			return nil
		}
		return r.Wrong("a region with pools of the scenario, one of " + strings.Join(regionsOf(w.Pools), ", "))
	}
	for _, r := range append([]settings.Raw{t.Home}, t.Then...) {
		if err := check(r); err != nil {
			return err
		}
		w.Nearest = append(w.Nearest, r.String())
	}
	for i := range w.Transfer.Home {
		w.Transfer.Home[i] = t.Home.String()
		if i < len(s.Borrowers) && !s.Borrowers[i].Home.IsZero() {
			if err := check(s.Borrowers[i].Home); err != nil {
				return err
			}
			w.Transfer.Home[i] = s.Borrowers[i].Home.String()
		}
	}
	b.Notes.Assumed = append(b.Notes.Assumed, t.assumed())
	return nil
}

// assumed is the terms of moving work as a sentence.
func (t *TransferSetting) assumed() string {
	text := func(b models.Bytes) string {
		s, _ := b.MarshalText()
		return string(s)
	}
	price, _ := t.Price.MarshalText()
	return fmt.Sprintf("a job that runs away from its home region moves %s and %s for each second of work there first, at %s/s and %s",
		text(t.PerJob), text(t.PerSecond), text(t.Rate), price)
}

// checkTransfer refuses a home without terms of moving, and a placement that would not keep work at home.
func (s *Scenario) checkTransfer() error {
	if s.Transfer != nil && s.Dispatch.Placement != "fastest" {
		return fmt.Errorf("dispatch.placement is %q: expected fastest beside transfer, which prefers instances at home", s.Dispatch.Placement)
	}
	for i := range s.Borrowers {
		if s.Transfer == nil && !s.Borrowers[i].Home.IsZero() {
			return s.Borrowers[i].Home.Wrong("transfer beside a borrower's home: what it takes to move work")
		}
	}
	return nil
}

// regionsOf lists the regions of pools, sorted.
func regionsOf(pools []models.Pool) []string {
	var names []string
	for i := range pools {
		names = append(names, pools[i].Region)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// distance is a region's place in the order in which a borrower's jobs go there: home is 0.
func (w *World) distance(b models.BorrowerID, region string) int {
	if !w.Transfer.Away(b, region) {
		return 0
	}
	if at := slices.Index(w.Nearest, region); at >= 0 {
		return 1 + at
	}
	return 1 + len(w.Nearest)
}

// awayOf says of every cell whether jobs have to move there; nil if they do nowhere, so that a market of one region
// costs nothing.
func awayOf(w *World) []bool {
	if w.Transfer == nil {
		return nil
	}
	away := make([]bool, len(w.Pools)*len(w.Borrowers))
	for c := range away {
		away[c] = w.Transfer.Away(models.BorrowerID(c%len(w.Borrowers)), w.Pools[c/len(w.Borrowers)].Region)
	}
	if !slices.Contains(away, true) {
		return nil
	}
	return away
}

// moving is how long an instance waits for its job's data before it works.
func (e *Engine) moving(slot int32, job *waiting) tick {
	if e.away == nil || !e.away[e.fleet.hot[slot].cell] {
		return 0
	}
	return e.move(job.left)
}

func (e *Engine) move(work int32) tick {
	t := e.world.Transfer
	return t.Seconds(t.Bytes(work))
}
