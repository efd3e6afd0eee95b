package drive

import (
	"time"

	"trough.internal/models"
)

// hearing is when something was heard of that is true of an instant. A clock that is set makes what is old look young, so that its
// age is what the clock says, or what has passed since it was heard, whichever is more.
type hearing struct {
	any  bool
	of   models.Instant
	at   time.Duration // passed, when it was heard
	aged time.Duration // how old it was then
}

func (h *hearing) hear(c *Cycle, of models.Instant) {
	if h.any && of == h.of {
		return
	}
	*h = hearing{any: true, of: of, at: c.facts.passed, aged: max(0, c.Now.Sub(of))}
}

// age also says whether it was heard by this process: the age of what another one heard is known by the clock alone.
func (h *hearing) age(c *Cycle, of models.Instant) (age time.Duration, heard bool) {
	return max(c.Now.Sub(of), c.facts.passed-h.at+h.aged), h.any
}
