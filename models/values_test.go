package models

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestMoneyIsRoundedOnceHalfAwayFromZero(t *testing.T) {
	for _, c := range []struct {
		price   MicroUSDPerHour
		seconds int64
		want    MicroUSD
	}{
		{1_400_000, 3600, 1_400_000}, // an hour of r3.4xlarge in 2015
		{1_400_000, 1, 389},          // 388.9
		{1800, 1, 1},                 // half a micro-dollar
		{1799, 1, 0},
		{-1800, 1, -1},
		{7_000_000, 1 << 40, 2_137_939_276_231_111}, // beyond 64 bits before the division
	} {
		if got := c.price.For(c.seconds); got != c.want {
			t.Errorf("%d micro-USD per hour for %d s: %d, expected %d", c.price, c.seconds, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		price, seconds := rapid.Int64Range(0, 1e12).Draw(t, "price"), rapid.Int64Range(0, 3e10).Draw(t, "seconds")
		exact := new(big.Int).Mul(big.NewInt(price), big.NewInt(seconds))
		exact.Add(exact, big.NewInt(1800)).Div(exact, big.NewInt(3600))
		if !exact.IsInt64() {
			return
		}
		if got := MicroUSDPerHour(price).For(seconds); int64(got) != exact.Int64() {
			t.Fatalf("%d for %d s: %d, expected %s", price, seconds, got, exact)
		}
	})
}

func TestAnAmountThatDoesNotFitPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("expected a panic")
		}
	}()
	MicroUSDPerHour(math.MaxInt64).For(math.MaxInt64)
}

func TestPricesAreFiniteAndNotNegative(t *testing.T) {
	for _, usd := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -0.01, 1e7} {
		if p, err := PriceUSD(usd); err == nil {
			t.Errorf("%v USD/h became %d", usd, p)
		}
	}
	for _, text := range []string{"1.40", "1.40 USD", "x USD/h", "NaN USD/h", "Inf USD/h", "-1 USD/h"} {
		if err := new(MicroUSDPerHour).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as a price", text)
		}
	}
	var p MicroUSDPerHour
	if err := p.UnmarshalText([]byte("0.3085 USD/h")); err != nil || p != 308_500 {
		t.Errorf("0.3085 USD/h is %d, %v", p, err)
	}
	if text, _ := p.MarshalText(); string(text) != "0.3085 USD/h" {
		t.Errorf("written as %s", text)
	}
}

func TestInstantsAreWholeSecondsInUTC(t *testing.T) {
	var at Instant
	if err := at.UnmarshalText([]byte("2015-10-05T02:00:00+02:00")); err != nil || at != 1444003200 || at.String() != "2015-10-05T00:00:00Z" {
		t.Errorf("%d, %v", at, err)
	}
	for _, text := range []string{"2015-10-05", "2015-10-05T00:00:00.5Z", "", "now"} {
		if err := at.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %s", text, at)
		}
	}
}

func TestSecondsAndWorkOfASpeed(t *testing.T) {
	p := Pool{Speed: 1730, SpeedByFormat: []int32{0, 500}}
	for _, c := range []struct {
		work   int32
		format FormatID
		want   int32
	}{{1730, 0, 1000}, {1731, 0, 1001}, {1, 0, 1}, {100, 1, 200}, {0, 0, 1}} {
		if got := p.Seconds(c.work, c.format); got != c.want {
			t.Errorf("%d s of work in format %d takes %d s, expected %d", c.work, c.format, got, c.want)
		}
	}
	if got := p.Work(1000, 0); got != 1730 {
		t.Errorf("1000 s do %d s of work", got)
	}
}
