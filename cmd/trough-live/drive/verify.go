package drive

import (
	"encoding/json"
	"fmt"
	"reflect"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/policies"
)

// Verdict is what Verify found.
type Verdict struct {
	Segments, Cycles int64
	Orders           int64
	Torn             int64       // bytes of a torn tail
	First            *Divergence // nil: every cycle decides what it decided
}

// Divergence is a cycle that decides otherwise than its journal says.
type Divergence struct {
	Place  string // segment and record
	Cycle  int64
	Now    string
	What   string // counts, decision, trail or orders
	Where  string // pool and borrower, if it is of one
	Wrote  string // what the journal says
	Is     string // what it is now
	Inputs json.RawMessage
}

// Verify decides every cycle of a journal again, with the policy that the journal names, and stops at the first that differs. An
// error is of a journal that cannot be read.
func Verify(folder journal.Folder) (*Verdict, error) {
	v, r := new(Verdict), new(replay)
	torn, err := journal.Read(folder, func(rec journal.Record) error {
		if v.First != nil {
			return nil
		}
		if rec.Index == 0 {
			v.Segments++
			if err := r.begin(rec.Content); err != nil {
				return fmt.Errorf("%s: %w", rec.Place(), err)
			}
			return nil
		}
		wrote, is, err := r.cycle(rec.Content)
		if err != nil {
			return fmt.Errorf("%s: %w", rec.Place(), err)
		}
		v.Cycles++
		v.Orders += int64(len(wrote.Orders))
		first, err := r.compare(wrote, is)
		if err != nil {
			return fmt.Errorf("%s: %w", rec.Place(), err)
		}
		if first != nil {
			first.Place, first.Cycle, first.Now = rec.Place(), wrote.Cycle, wrote.Now.String()
			first.Inputs, err = json.Marshal(wrote.observed)
			v.First = first
		}
		return err
	})
	v.Torn = torn
	return v, err
}

// compare returns the first thing that differs. The rules of safety are not asked again, since they go by what the process knew:
// their outcome is taken from the journal, and what Plan makes of it is compared.
func (r *replay) compare(wrote *record, is *Cycle) (*Divergence, error) {
	d := r.driver
	if got := countsOf(d.market); !same(wrote.Count, got) {
		return differ("counts", "", wrote.Count, got), nil
	}
	if !same(wrote.Reserved, is.Obs.Reserved) || !same(wrote.InUse, is.Obs.InUse) || !same(wrote.Evacuate, is.Obs.Evacuate) {
		return differ("observation", "", [...]any{wrote.Reserved, wrote.InUse, wrote.Evacuate}, [...]any{is.Obs.Reserved, is.Obs.InUse, is.Obs.Evacuate}), nil
	}
	decided, err := wrote.Decided.decision()
	if err != nil {
		return nil, err
	}
	guarded, err := wrote.Guarded.decision()
	if err != nil {
		return nil, err
	}
	if len(decided.Target) != is.Obs.Cells() || len(guarded.Target) != is.Obs.Cells() {
		return nil, fmt.Errorf("its decision has %d cells: expected %d", len(decided.Target), is.Obs.Cells())
	}
	borrowers := len(is.Obs.Borrowers)
	for cell := range decided.Target {
		a := [...]any{decided.Target[cell], decided.Keep[cell], decided.Cause[cell].String(), decided.KeepCause[cell].String()}
		b := [...]any{is.Decided.Target[cell], is.Decided.Keep[cell], is.Decided.Cause[cell].String(), is.Decided.KeepCause[cell].String()}
		if a != b {
			return differ("decision", is.Obs.Pools[cell/borrowers].Name()+" of "+is.Obs.Borrowers[cell%borrowers], a, b), nil
		}
	}
	if got := trailOf(is.Decided.Trail); !same(wrote.Trail, got) {
		return differ("trail", "", wrote.Trail, got), nil
	}
	if got := ordersOf(policies.Plan(is.Obs, guarded, r.limits, nil)); !same(wrote.Orders, got) {
		return differ("orders", "", wrote.Orders, got), nil
	}
	return nil, nil
}

// same takes an empty list and none for the same.
func same[T any](a, b []T) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

func differ(what, where string, wrote, is any) *Divergence {
	a, _ := json.Marshal(wrote) // numbers and words, which can always be written
	b, _ := json.Marshal(is)
	return &Divergence{What: what, Where: where, Wrote: string(a), Is: string(b)}
}
