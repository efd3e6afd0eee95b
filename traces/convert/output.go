package convert

import (
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/traces"
)

// seed of every draw: a conversion has no other chance, and gives the same bytes every time.
const seed = 1

// meta is what a converted file says about itself. Parameters are the options in words.
func (c *conversion) meta(parameters string) traces.Meta {
	assumed := c.format.Assumed
	if parameters != "" {
		assumed += " Parameters: " + parameters + "."
	}
	return traces.Meta{Source: c.format.Name + ": " + c.format.Source, Recorded: c.format.Recorded, Assumed: assumed}
}

// writeCapacity writes a capacity trace. Counts were complete, so each is trusted until the pool's next: hold_s is a day, and
// every pool is restated once a day.
func (c *conversion) writeCapacity(u *inUse, meta traces.Meta) error {
	changes := u.capacity()
	meta.Hold = 24 * time.Hour
	if err := traces.WriteCapacity(c.out, changes, meta); err != nil {
		return err
	}
	c.report("%d changes of %d pools, %s to %s; %s", len(changes.Changes), len(u.pools), changes.From, changes.Until, u.summary())
	return nil
}

func (c *conversion) writePrices(p *models.Prices, meta traces.Meta) error {
	if err := traces.WritePrices(c.out, p, meta); err != nil {
		return err
	}
	c.report("%d prices of %d pools, %s to %s", len(p.Changes), len(p.Pools), p.Changes[0].At, p.Changes[len(p.Changes)-1].At)
	return nil
}

func (c *conversion) writeJobs(w *workload, meta traces.Meta) error {
	if err := traces.WriteJobs(c.out, w.jobs, meta); err != nil {
		return err
	}
	c.report("%s", w.summary())
	return nil
}

func (c *conversion) report(format string, values ...any) {
	c.progress(c.out + ": " + fmt.Sprintf(format, values...))
}
