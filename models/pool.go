package models

import "strings"

// PoolID numbers the pools of a market from 0. The first Market.Lendable ones can be borrowed from; base fleets follow.
type PoolID int16

// NoPool is the pool of an event that has none.
const NoPool PoolID = -1

// BorrowerID numbers the borrowers of a market from 0.
type BorrowerID uint8

// PoolKind is the capacity behind a pool.
type PoolKind uint8

// The kinds of capacity. The zero value is the market's own.
const (
	Surplus  PoolKind = iota // reserved by the company, lent while its owners leave it unused
	Base                     // the borrower's own reserved fleet
	Spot                     // external spot market
	OnDemand                 // bought on purpose
)

// Pool is what does not change about one instance type in one availability zone.
type Pool struct {
	Region string
	Zone   string
	Type   string
	Kind   PoolKind

	// Speed is the type's speed in thousandths of the reference type's: 1000 does one second of work a second.
	Speed int32
	// SpeedByFormat overrides Speed for a job's format, where a measured value exists; 0 means Speed.
	SpeedByFormat []int32

	OnDemand MicroUSDPerHour // list price without a reservation
	Reserve  MicroUSDPerHour // effective price of the reservation, upfront payment spread over the term

	VCPUs     int32
	MemoryMiB int32
	Slots     int32 // slots of an instance; 0 means 1
	Physical  int32 // instances that exist, owners' and borrowers' together; 0 means unlimited, not modelled
}

// Name is the pool as users write it: zone/type.
func (p *Pool) Name() string { return p.Zone + "/" + p.Type }

// Norm is the speed relative to the reference type.
func (p *Pool) Norm() float64 { return float64(p.Speed) / 1000 }

// Seconds returns how many whole seconds so much work of a format takes here, at least one.
func (p *Pool) Seconds(work int32, format FormatID) int32 {
	speed := p.SpeedFor(format)
	if speed == 1000 {
		return max(work, 1) // the reference type: no division
	}
	s := (int64(work)*1000 + int64(speed) - 1) / int64(speed)
	return int32(max(s, 1))
}

// Work returns how much work of a format is done here in so many seconds, rounded down.
func (p *Pool) Work(seconds int32, format FormatID) int32 {
	return int32(int64(seconds) * int64(p.SpeedFor(format)) / 1000)
}

// SpeedFor is the speed for a format, in thousandths.
func (p *Pool) SpeedFor(format FormatID) int32 {
	if int(format) < len(p.SpeedByFormat) && p.SpeedByFormat[format] > 0 {
		return p.SpeedByFormat[format]
	}
	return p.Speed
}

// RegionOfZone returns the region of an availability zone: us-east-1 of us-east-1a.
func RegionOfZone(zone string) string { return strings.TrimRight(zone, "abcdefghijklmnopqrstuvwxyz") }
