package models

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// MicroUSD is an amount of money in millionths of a US dollar. Books hold no fractions of it.
type MicroUSD int64

// MicroUSDPerHour is a price: millionths of a US dollar for one instance-hour.
type MicroUSDPerHour int64

// For returns the price of so many instance-seconds, rounded half away from zero to a whole micro-dollar.
// It panics if the amount does not fit, which takes more than 9 million million dollars.
func (p MicroUSDPerHour) For(instanceSeconds int64) MicroUSD {
	return priceFor(int64(p), instanceSeconds, 3600)
}

// priceFor is price x amount / unit, rounded half away from zero; unit is even.
func priceFor(price, amount, unit int64) MicroUSD {
	negative := (price < 0) != (amount < 0)
	hi, lo := bits.Mul64(magnitude(price), magnitude(amount))
	lo, carry := bits.Add64(lo, uint64(unit/2), 0)
	hi += carry
	fits := hi < uint64(unit)
	q := uint64(0)
	if fits {
		q, _ = bits.Div64(hi, lo, uint64(unit))
	}
	if !fits || q > math.MaxInt64 {
		panic(fmt.Sprintf("models: %d micro-USD for every %d of %d does not fit", price, unit, amount))
	}
	if negative {
		return -MicroUSD(q)
	}
	return MicroUSD(q)
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// USD returns the amount in dollars, for printing and plotting only.
func (m MicroUSD) USD() float64 { return float64(m) / 1e6 }

// String writes dollars and cents: 12.34 USD.
func (m MicroUSD) String() string { return fmt.Sprintf("%.2f USD", m.USD()) }

// MarshalText writes dollars per hour with a dot and up to six decimals.
func (p MicroUSDPerHour) MarshalText() ([]byte, error) {
	return []byte(decimals(int64(p)) + " USD/h"), nil
}

// decimals writes micro-dollars as dollars, without zeros at the end.
func decimals(micro int64) string {
	s := strconv.FormatFloat(float64(micro)/1e6, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// UnmarshalText reads a price such as "1.40 USD/h".
func (p *MicroUSDPerHour) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), " USD/h")
	usd, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil {
		return fmt.Errorf("expected a price such as 1.40 USD/h")
	}
	price, err := PriceUSD(usd)
	if err != nil {
		return err
	}
	*p = price
	return nil
}

// PriceUSD returns a price given in dollars per hour: finite, not negative, below a million.
func PriceUSD(usdPerHour float64) (MicroUSDPerHour, error) {
	if math.IsNaN(usdPerHour) || usdPerHour < 0 || usdPerHour > 1e6 {
		return 0, fmt.Errorf("expected a price from 0 to 1000000 USD/h")
	}
	return MicroUSDPerHour(math.Round(usdPerHour * 1e6)), nil
}
