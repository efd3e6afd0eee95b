package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// farmGroup is where the figures of the static farm stand.
const farmGroup measure.Group = "static farm"

const (
	defFarm = "smallest number of reserved instances, of the base fleet's pools and in its proportions, that without borrowing complete at least " +
		"as many jobs and at least as much work within the span, with a p95 wait of class high that is no longer; by doubling and bisection over " +
		"runs with the same arrivals, market and luck"
	defFarmWait      = "time in the queue from arrival to the first start, of the jobs of class high that started"
	defFarmCost      = "instances x span x the reserved price, upfront payment spread over the term, used or not"
	defFarmOverdraft = "overdraft cost of the policy, as billed"
	defFarmSaving    = "1 - (base fleet's reserved cost + overdraft cost) / static farm's reserved cost"
)

// farmFigures are the figures of a static farm. Overdraft is what the policy's overdraft cost.
func (j *job) farmFigures(f *staticFarm, p *played, overdraft models.MicroUSD) []measure.Figure {
	span := p.result.Span()
	own := j.reservedCost(j.built.World.Base, span)
	farm := j.reservedCost(f.fleets, span)
	terms := fmt.Sprintf("term %s, prices of %s", j.scenario.Prices.Term, j.scenario.Prices.Date.UTC().Format(time.DateOnly))
	return []measure.Figure{
		farmFigure("static_farm_instances", "smallest static farm", measure.UnitInstances, float64(f.size), f.size > 0, defFarm, j.farmNote(f)),
		f.waitFigure(),
		farmFigure("static_farm_cost", "static farm's reserved cost", measure.UnitUSD, farm.USD(), f.size > 0, defFarmCost, terms),
		farmFigure("static_farm_base_cost", "base fleet's reserved cost", measure.UnitUSD, own.USD(), true, defFarmCost, terms),
		farmFigure("static_farm_overdraft_cost", "overdraft cost in the saving", measure.UnitUSD, overdraft.USD(), true, defFarmOverdraft, ""),
		savingFigure(own+overdraft, farm),
	}
}

func farmFigure(key, name string, unit measure.Unit, value float64, known bool, definition, note string) measure.Figure {
	return measure.Figure{Key: key, Name: name, Group: farmGroup, Unit: unit, Value: value, Known: known, Definition: definition, Note: note}
}

func (f *staticFarm) waitFigure() measure.Figure {
	w, note := measure.Spread{}, "there is no such farm"
	if f.size > 0 {
		w, note = f.run.result.Classes[models.High].Wait, ""
		if w.N == 0 {
			note = "no job of the class started"
		}
	}
	return farmFigure("static_farm_high_wait_p95", "static farm's high wait, p95", measure.UnitSeconds, float64(w.P95), w.N > 0, defFarmWait, note)
}

func savingFigure(paid, farm models.MicroUSD) measure.Figure {
	value, note := 0.0, "there is no such farm, or it has no price"
	if farm > 0 {
		value, note = 100*(1-paid.USD()/farm.USD()), ""
	}
	return farmFigure("static_farm_saving", "saving against a static farm", measure.UnitPercent, value, farm > 0, defFarmSaving, note)
}

// farmNote says what the farm consists of and why it is no smaller.
func (j *job) farmNote(f *staticFarm) string {
	if f.size == 0 {
		return fmt.Sprintf("there is none: with %s instances %s", count(f.tried), f.lacking)
	}
	if f.lacking == "" {
		return "the base fleet alone: it does no worse than the policy"
	}
	var parts []string
	for i, n := range f.fleets {
		pool := &j.built.World.Pools[j.built.Lendable()+i]
		parts = append(parts, count(n)+" "+pool.Name())
	}
	return fmt.Sprintf("%s; the base fleet has %s; with %s %s", strings.Join(parts, ", "), count(sum(j.built.World.Base)), count(f.tried), f.lacking)
}

// reservedCost is what reserved instances of the base fleet's pools cost over so many seconds.
func (j *job) reservedCost(fleets []int32, span int64) models.MicroUSD {
	cost := models.MicroUSD(0)
	for i, n := range fleets {
		cost += j.built.World.Pools[j.built.Lendable()+i].Reserve.For(int64(n) * span)
	}
	return cost
}

// writeFarm writes the figures of the static farm below the others, if there are any.
func writeFarm(w io.Writer, figures []measure.Figure, definitions bool) error {
	var b strings.Builder
	t := newTable()
	t.right(1)
	for _, f := range figures {
		if f.Group == farmGroup {
			t.add(f.Name, farmValue(f), farmUnit(f))
		}
	}
	if len(t.rows) == 0 {
		return nil
	}
	b.WriteString("\n" + t.String())
	said := ""
	for _, f := range figures {
		if f.Group != farmGroup {
			continue
		}
		if definitions {
			writeBelow(&b, f.Name+" = "+f.Definition)
		}
		if f.Note != "" && f.Note != said {
			writeBelow(&b, f.Name+", "+f.Note)
			said = f.Note
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeBelow(b *strings.Builder, text string) {
	for _, line := range wrap(text, tableWidth-14) {
		b.WriteString("    " + line + "\n")
	}
}

func farmValue(f measure.Figure) string {
	switch {
	case !f.Known:
		return "-"
	case f.Unit == measure.UnitSeconds:
		return lasting(int32(f.Value))
	case f.Unit == measure.UnitUSD:
		cents := int64(math.Round(100 * f.Value))
		return fmt.Sprintf("%s.%02d", count(cents/100), cents%100)
	case f.Unit == measure.UnitPercent:
		return fmt.Sprintf("%.1f", f.Value)
	}
	return count(int64(f.Value))
}

// farmUnit is a figure's unit; lengths of time carry their own.
func farmUnit(f measure.Figure) string {
	if f.Unit == measure.UnitSeconds {
		return ""
	}
	return string(f.Unit)
}

// lasting is a length of time to the second, as the other tables have it: two that differ must not read the same.
func lasting(s int32) string {
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh%02dm%02ds", s/3600, s/60%60, s%60)
}
