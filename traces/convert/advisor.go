package convert

import (
	"encoding/csv"
	"fmt"
	"time"
)

var advisor = Format{
	Name:     "ec2-spot-advisor",
	Kind:     Table,
	Source:   "GitHub alexei-led/spotinfo, copies of AWS's spot-advisor-data.json; Apache-2.0",
	Columns:  "snapshot (date); region; instance_type; cores; ram_gb (GiB); r (interruptions over the last month: 0 under 5 %, 1 to 10 %, 2 to 15 %, 3 to 20 %, 4 more); r_label; s (saving over on-demand, %)",
	Recorded: "Amazon's classes of interruption and savings by type and region, in February 2021 and June 2025",
	Assumed:  "nothing; a snapshot's date is that of the source's commit.",
	convert:  convertAdvisor,
}

var advisorColumns = []string{"snapshot", "region", "instance_type", "cores", "ram_gb", "r", "r_label", "s"}

func (t *table) advisorRow() []string {
	at := t.clock("snapshot", time.DateOnly, 0)
	class := t.whole("r", 0, 4)
	return []string{at.UTC().Format(time.DateOnly), t.name("region"), t.name("instance_type"), fmt.Sprint(t.whole("cores", 1, 10_000)),
		fmt.Sprint(t.number("ram_gb", 0.1, 100_000)), fmt.Sprint(class), advisorUpTo[class], fmt.Sprint(t.whole("s", -100, 100))}
}

// advisorUpTo is the upper end of each class, in percent.
var advisorUpTo = [...]string{"5", "10", "15", "20", "100"}

func convertAdvisor(c *conversion) error {
	var rows [][]string
	for _, path := range c.in {
		t, err := openTable(path, advisorColumns...)
		if err != nil {
			return err
		}
		for t.next() {
			rows = append(rows, t.advisorRow())
		}
		if err := t.close(); err != nil {
			return err
		}
	}
	if err := c.writeText(func(w *csv.Writer) error {
		w.Write([]string{"snapshot", "region", "type", "vcpus", "memory_gib", "interruption_class", "interruptions_below_percent", "saving_percent"})
		return w.WriteAll(rows)
	}); err != nil {
		return err
	}
	c.report("%d rows", len(rows))
	return nil
}
