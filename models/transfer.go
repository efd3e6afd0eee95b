package models

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Transfer is what it takes to run a job in another region than the one where its data lies: before every attempt there, the
// data is moved from home. Rates and sizes are of each job by itself; lines between regions have no limit of their own.
type Transfer struct {
	Home      []string      // by BorrowerID: the region where its jobs' data lies
	PerJob    Bytes         // of a job, whatever its work
	PerSecond Bytes         // more for each second of work left, on the reference type
	Rate      Bytes         // moved in a second; at least 1
	Price     MicroUSDPerGB // of what is moved
}

// Bytes is what an attempt at so much work has to move.
func (t *Transfer) Bytes(work int32) Bytes { return t.PerJob + Bytes(work)*t.PerSecond }

// Seconds is how long it takes to move so much, rounded up to whole seconds.
func (t *Transfer) Seconds(b Bytes) int32 {
	return int32(min((int64(b)+int64(t.Rate)-1)/int64(t.Rate), transferMost))
}

// transferMost is longer than any run, and small enough that an attempt's end still fits into 32 bits.
const transferMost = 1 << 29

// Away says whether a borrower's job has to move its data to run in a region.
func (t *Transfer) Away(b BorrowerID, region string) bool { return t.Home[b] != region }

// Bytes is an amount of data. Files write it with a decimal unit: 250 MB.
type Bytes int64

// The decimal units, as Amazon's price of data transfer is per GB.
const (
	KB Bytes = 1e3
	MB Bytes = 1e6
	GB Bytes = 1e9
	TB Bytes = 1e12
)

var byteUnits = []struct {
	name string
	size Bytes
}{{"TB", TB}, {"GB", GB}, {"MB", MB}, {"kB", KB}, {"B", 1}}

// UnmarshalText reads a size such as "250 MB" or "1.5 GB", up to 1000 TB.
func (b *Bytes) UnmarshalText(text []byte) error {
	number, unit, _ := strings.Cut(string(text), " ")
	for _, u := range byteUnits {
		n, err := strconv.ParseFloat(number, 64)
		if unit != u.name || err != nil {
			continue
		}
		if size := math.Round(n * float64(u.size)); size >= 0 && size <= float64(1000*TB) {
			*b = Bytes(size)
			return nil
		}
	}
	return fmt.Errorf("expected a size such as 250 MB")
}

// MarshalText writes it in the largest unit of which it is a whole number.
func (b Bytes) MarshalText() ([]byte, error) {
	for _, u := range byteUnits {
		if b%u.size == 0 && b != 0 {
			return fmt.Appendf(nil, "%d %s", b/u.size, u.name), nil
		}
	}
	return []byte("0 B"), nil
}

// GB is the amount for printing only.
func (b Bytes) GB() float64 { return float64(b) / float64(GB) }

// MicroUSDPerGB is a price of data, GB being 10^9 bytes.
type MicroUSDPerGB int64

// For returns the price of so much, rounded half away from zero to a whole micro-dollar. It panics like MicroUSDPerHour.For.
func (p MicroUSDPerGB) For(b Bytes) MicroUSD { return priceFor(int64(p), int64(b), int64(GB)) }

// UnmarshalText reads a price such as "0.02 USD/GB".
func (p *MicroUSDPerGB) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), " USD/GB")
	usd, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || math.IsNaN(usd) || usd < 0 || usd > 1000 {
		return fmt.Errorf("expected a price such as 0.02 USD/GB, up to 1000 USD/GB")
	}
	*p = MicroUSDPerGB(math.Round(usd * 1e6))
	return nil
}

// MarshalText writes dollars per GB with a dot and up to six decimals.
func (p MicroUSDPerGB) MarshalText() ([]byte, error) {
	return []byte(decimals(int64(p)) + " USD/GB"), nil
}
