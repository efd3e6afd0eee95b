package traces

import (
	"fmt"
	"strings"

	"trough.internal/models"
)

// String writes the notation that ParseNotation reads back.
func (n *Notation) String() string {
	start := n.start()
	var b strings.Builder
	fmt.Fprintf(&b, "start %s\n", start)
	if n.Capacity.Until > start {
		fmt.Fprintf(&b, "until %s\n", formatOffset(int64(n.Capacity.Until-start)))
	}
	for id := range n.Capacity.Pools {
		n.pool(&b, models.PoolID(id), start)
	}
	for i := 0; i < len(n.Jobs.Jobs); {
		j := n.Jobs.Jobs[i]
		copies := 1
		for i+copies < len(n.Jobs.Jobs) {
			next := n.Jobs.Jobs[i+copies]
			if next.ID = j.ID; next != j {
				break
			}
			copies++
		}
		n.job(&b, &j, start, copies)
		i += copies
	}
	return b.String()
}

func (n *Notation) start() models.Instant {
	start := NotationStart
	if len(n.Capacity.Changes) > 0 {
		start = n.Capacity.Changes[0].At
	}
	if len(n.Jobs.Jobs) > 0 && (len(n.Capacity.Changes) == 0 || n.Jobs.Jobs[0].Arrival < start) {
		start = n.Jobs.Jobs[0].Arrival
	}
	return start
}

func (n *Notation) pool(b *strings.Builder, id models.PoolID, start models.Instant) {
	key := n.Capacity.Pools[id]
	b.WriteString(key.Name())
	if key.Region != models.RegionOfZone(key.Zone) {
		b.WriteString(" region " + key.Region)
	}
	var reserved, inUse strings.Builder
	first, last := true, models.CapacityChange{InUse: models.Unknown}
	for _, c := range n.Capacity.Changes {
		if c.Pool != id {
			continue
		}
		at := "@" + formatOffset(int64(c.At-start))
		if first || c.Reserved != last.Reserved {
			fmt.Fprintf(&reserved, " %d%s", c.Reserved, at)
		}
		switch {
		case c.InUse == last.InUse:
		case c.InUse == models.Unknown:
			inUse.WriteString(" ?" + at)
		default:
			fmt.Fprintf(&inUse, " %d%s", c.InUse, at)
		}
		first, last = false, c
	}
	if reserved.Len() > 0 {
		b.WriteString(" reserved" + strings.TrimSuffix(reserved.String(), "@0s"))
	}
	if inUse.Len() > 0 {
		b.WriteString(" in_use" + inUse.String())
	}
	b.WriteString("\n")
}

func (n *Notation) job(b *strings.Builder, j *models.Job, start models.Instant, copies int) {
	fmt.Fprintf(b, "job %s %s @%s", formatOffset(int64(j.Work)), j.Class, formatOffset(int64(j.Arrival-start)))
	if copies > 1 {
		fmt.Fprintf(b, " x%d", copies)
	}
	if format := n.Jobs.Formats[j.Format]; format != formatDefault {
		b.WriteString(" format " + format)
	}
	if j.Origin != models.Production {
		b.WriteString(" origin " + j.Origin.String())
	}
	for _, field := range []struct {
		word  string
		value int32
	}{{"title", j.Title}, {"group", j.Group}, {"after", j.After}, {"vcpus", int32(j.VCPUs)}, {"memory", j.Memory}} {
		if field.value != 0 {
			fmt.Fprintf(b, " %s %d", field.word, field.value)
		}
	}
	if j.Deadline != 0 {
		b.WriteString(" deadline " + formatOffset(int64(j.Deadline)))
	}
	b.WriteString("\n")
}
