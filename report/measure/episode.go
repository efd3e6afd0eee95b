package measure

import (
	"strings"

	"trough.internal/models"
)

// Episode is one overdraft of one pool: a longest stretch of time in which its surplus was negative while something
// was borrowed there.
type Episode struct {
	Pool    models.PoolID
	Start   models.Instant
	End     models.Instant // of the run, if it still lasted then
	Deepest int32          // instances beyond the reservation that were the borrowers'
	Seconds int64          // instance-seconds of overdraft
	Cost    models.MicroUSD
	Began   BegunBy
	Ended   EndedBy
}

// BegunBy says what happened in the pool in the second in which its overdraft began.
type BegunBy uint8

// What can begin an overdraft. Zero: it was under way when the span began.
const (
	BegunByOwners BegunBy = 1 << iota // the owners used more, or less was reserved
	BegunByLaunch                     // a borrowed instance was launched
)

// String lists them with "+" between them, as tables write them.
func (b BegunBy) String() string {
	return [...]string{"under way", "owners", "launch", "owners+launch"}[b]
}

// EndedBy says what happened in the pool in the second in which its overdraft ended: bit c is set if a borrowed
// instance ended for models.Cause c. Zero: the run ended first.
type EndedBy uint32

// What else can end an overdraft.
const (
	EndedByOwners EndedBy = 1 << (24 + iota) // the owners used less, or more was reserved
	EndedUnknown                             // from here on nobody knows
)

// Does not compile once there are more causes than bits below EndedByOwners.
const _ = uint(24 - models.Causes)

// String lists the causes with "+" between them, as tables write them.
func (e EndedBy) String() string {
	var words []string
	if e&EndedByOwners != 0 {
		words = append(words, "owners")
	}
	for c := range models.Causes {
		if e&(1<<c) != 0 {
			words = append(words, c.String())
		}
	}
	if e&EndedUnknown != 0 {
		words = append(words, "unknown")
	}
	if words == nil {
		return "run's end"
	}
	return strings.Join(words, "+")
}

// episodes is what is kept of all of them.
type episodes struct {
	max     int
	list    []Episode
	lasted  Histogram // seconds
	leftOut int64
}

func (l *episodes) spread() Spread { return l.lasted.Spread() }

func (l *episodes) add(e Episode) {
	l.lasted.Add(int32(min(int64(e.End-e.Start), histogramMax)))
	if len(l.list) == l.max {
		l.leftOut++
		return
	}
	l.list = append(l.list, e)
}
