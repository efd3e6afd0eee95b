package measure

import "trough.internal/models"

// Transfers measures what moving work between regions takes, beside an Accumulator, which does not know where work is at home.
// It is a models.Sink; its memory is bounded by the attempts under way.
type Transfers struct {
	terms  models.Transfer
	pools  []models.Pool
	result TransferResult
	moving map[models.InstanceID]move // by instance, for the attempt under way
}

// move is the transfer of one attempt.
type move struct {
	from    models.Instant
	bytes   models.Bytes
	seconds int32
}

// TransferResult is what moving work took. An attempt that is cut short before its data is there has moved the part that fits
// into the time.
type TransferResult struct {
	Attempts int64 // at jobs
	Moved    int64 // of them away from home
	Seconds  int64 // for which an instance held its job and waited for its data
	Bytes    models.Bytes
	Cost     models.MicroUSD
}

// NewTransfers returns a sink at the beginning of a run.
func NewTransfers(setup Setup, terms models.Transfer) *Transfers {
	return &Transfers{terms: terms, pools: setup.Pools, moving: map[models.InstanceID]move{}}
}

// Event takes the next event of the ledger.
func (t *Transfers) Event(e models.Event) {
	switch e.Kind {
	case models.Started:
		t.result.Attempts++
		if !t.terms.Away(e.Borrower, t.pools[e.Pool].Region) {
			return
		}
		t.result.Moved++
		bytes := t.terms.Bytes(e.N)
		t.moving[e.Instance] = move{from: e.At, bytes: bytes, seconds: t.terms.Seconds(bytes)}
	case models.Completed, models.Interrupted:
		if m, ok := t.moving[e.Instance]; ok {
			t.settle(m, e.At)
			delete(t.moving, e.Instance)
		}
	}
}

// settle counts what was moved until an instant.
func (t *Transfers) settle(m move, at models.Instant) {
	if ran := int64(at - m.from); ran < int64(m.seconds) {
		t.result.Seconds += ran
		t.result.Bytes += min(m.bytes, models.Bytes(ran)*t.terms.Rate)
		return
	}
	t.result.Seconds += int64(m.seconds)
	t.result.Bytes += m.bytes
}

// Finish ends the span and returns what was measured; attempts under way count as far as they are.
func (t *Transfers) Finish(until models.Instant) TransferResult {
	for _, m := range t.moving {
		t.settle(m, until)
	}
	t.result.Cost = t.terms.Price.For(t.result.Bytes)
	return t.result
}

// Units of transfers.
const (
	UnitGB    Unit = "GB"
	UnitHours Unit = "h"
)

// What each figure of transfers means.
const (
	defMovedShare    = "attempts at jobs in another region than the one where their data lies / all attempts"
	defTransferTime  = "time for which instances held a job and waited for its data; it is in the capacity held and in no goodput"
	defTransferData  = "data moved between regions, once for every attempt away from home; of an attempt that was cut short, what had come; GB is 10^9 bytes"
	defTransferCost  = "that data at the price of transfer"
	defTransferShare = "transfer cost / all borrowed hours at the on-demand rate, by the billing rules stated: what it takes off the cost efficiency"
)

// Figures names what moving work took, beside the bill's list cost of all that was borrowed.
func (r *TransferResult) Figures(list models.MicroUSD) []Figure {
	b := &builder{}
	b.in(Headline)
	b.give("transfer_cost", "transfer cost", r.Cost.USD(), UnitUSD, defTransferCost, "")
	b.in(Billed)
	b.ratio("transfer_cost_share", "transfer cost of list", float64(r.Cost), float64(list), defTransferShare, "nothing was borrowed")
	b.in(Capacity)
	b.ratio("moved_share", "attempts away from home", float64(r.Moved), float64(r.Attempts), defMovedShare, "no job started")
	b.give("transfer_time", "transfer time", hours(r.Seconds), UnitHours, defTransferTime, "")
	b.give("transfer_data", "data moved", r.Bytes.GB(), UnitGB, defTransferData, "")
	return b.figures
}
