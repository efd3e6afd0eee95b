package models

// Unknown is a count that nobody reported. It is not zero: a policy may not read it as idle.
const Unknown int32 = -1

// CapacityChange says what a pool's reservation and its owners' use are from an instant on.
type CapacityChange struct {
	At       Instant
	Pool     PoolID
	Reserved int32
	InUse    int32 // Unknown where no row may be trusted
}

// Capacity is a decoded capacity trace, whole or a window of it: changes ordered by time, then pool.
type Capacity struct {
	Pools   []PoolKey // by PoolID
	Changes []CapacityChange
	From    Instant // the first change's time
	Until   Instant // the first instant that the trace says nothing about
}

// PoolKey names a pool in a trace.
type PoolKey struct {
	Region string
	Zone   string
	Type   string
}

// Name is the pool as users write it: zone/type.
func (k PoolKey) Name() string { return k.Zone + "/" + k.Type }

// Switch turns an evacuation on or off, in one region or everywhere.
type Switch struct {
	At     Instant
	Region string // empty is every region
	On     bool
	Note   string
}

// PriceChange says what a spot pool costs from an instant on.
type PriceChange struct {
	At    Instant
	Pool  PoolID
	Price MicroUSDPerHour
}

// Prices is a decoded price trace: changes ordered by time, then pool.
type Prices struct {
	Pools   []PoolKey
	Changes []PriceChange
}
