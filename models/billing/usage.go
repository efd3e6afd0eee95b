package billing

import (
	"fmt"

	"trough.internal/models"
)

// Run is one instance from launch to end. One that is stopped and started again is another run.
type Run struct {
	Account  string
	Instance string
	Type     string // family.size
	Zone     string
	Platform Platform
	Tenancy  Tenancy
	Start    models.Instant // of running
	End      models.Instant // the first second in which it did not run any more; after Start
}

// Kind is what sort of promise a holding is.
type Kind uint8

// The kinds of holdings.
const (
	ZonalRI Kind = iota
	RegionalRI
	CapacityReservation
	EC2Plan     // Savings Plan of one family in one region
	ComputePlan // Savings Plan of all
	Kinds       // how many there are
)

var kindNames = [Kinds]string{"ri-zonal", "ri-regional", "capacity", "sp-ec2", "sp-compute"}

// String is the kind as files write it.
func (k Kind) String() string { return kindNames[k] }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("expected %s", k.Want())
}

// Want says what a reader should have written.
func (Kind) Want() string { return "ri-zonal, ri-regional, capacity, sp-ec2 or sp-compute" }

// Holding is something that is paid for whether it is used or not.
type Holding struct {
	ID       string
	Account  string
	Kind     Kind
	Type     string // family.size; the family alone of an EC2Plan, nothing of a ComputePlan
	Location string // the zone of a ZonalRI and a CapacityReservation, the region of a RegionalRI and an EC2Plan, nothing of a ComputePlan
	Platform Platform
	Tenancy  Tenancy
	Count    int64                  // instances, of reservations
	Commit   models.MicroUSDPerHour // of a Savings Plan
	Start    models.Instant
	End      models.Instant // after Start
}

// Unpriced is a rate that nobody knows. It is not zero.
const Unpriced models.MicroUSDPerHour = -1

// RateKey says whose rate is asked for.
type RateKey struct {
	Type, Region string
	Platform     Platform
	Tenancy      Tenancy
}

// Rate is what an hour costs; each may be Unpriced.
type Rate struct {
	OnDemand    models.MicroUSDPerHour
	EC2Plan     models.MicroUSDPerHour
	ComputePlan models.MicroUSDPerHour
}

// Rates tells rates by key and clock hour. What it does not know is Unpriced.
type Rates interface {
	Rate(key RateKey, hour models.Instant) Rate
}

// List is rates that hold at any time.
type List map[RateKey]Rate

// Rate is the list's, or Unpriced.
func (l List) Rate(key RateKey, _ models.Instant) Rate {
	if r, ok := l[key]; ok {
		return r
	}
	return Rate{Unpriced, Unpriced, Unpriced}
}
