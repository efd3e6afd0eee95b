package models

import (
	"testing"

	"pgregory.net/rapid"
)

func TestATransferTakesWholeSecondsRoundedUp(t *testing.T) {
	terms := Transfer{Home: []string{"us-east-1", "eu-west-1"}, PerJob: 100 * MB, PerSecond: MB, Rate: 30 * MB, Price: 20_000}
	if b := terms.Bytes(500); b != 600*MB || terms.Seconds(b) != 20 || terms.Seconds(b+1) != 21 || terms.Seconds(0) != 0 {
		t.Errorf("500 s of work move %d bytes in %d s, one more in %d", b, terms.Seconds(b), terms.Seconds(b+1))
	}
	if terms.Away(0, "us-east-1") || !terms.Away(1, "us-east-1") {
		t.Error("a borrower's home is not its own")
	}
	// The largest that settings allow: a job of 68 years at the slowest rate does not run over.
	terms = Transfer{PerJob: TB, PerSecond: 100 * MB, Rate: KB}
	if b := terms.Bytes(1<<31 - 1); b <= 0 || terms.Seconds(b) != transferMost {
		t.Errorf("the largest job moves %d bytes in %d s", b, terms.Seconds(b))
	}
}

func TestSizesAndPricesOfDataAreReadAsWritten(t *testing.T) {
	for text, want := range map[string]Bytes{"0 B": 0, "7 B": 7, "1.5 kB": 1500, "250 MB": 250 * MB, "1.1 GB": 1100 * MB, "1000 TB": 1000 * TB} {
		var b Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%s is %d, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "5", "5MB", "-1 MB", "5 mb", "NaN GB", "Inf GB", "1001 TB", "5 MB/s"} {
		if err := new(Bytes).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as a size", text)
		}
	}
	for _, text := range []string{"", "0.02", "0.02 USD/h", "-1 USD/GB", "NaN USD/GB", "1001 USD/GB"} {
		if err := new(MicroUSDPerGB).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as a price of data", text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := Bytes(rapid.Int64Range(0, int64(TB)).Draw(t, "bytes"))
		p := MicroUSDPerGB(rapid.Int64Range(0, 1e9).Draw(t, "price"))
		var b2 Bytes
		var p2 MicroUSDPerGB
		text, _ := b.MarshalText()
		price, _ := p.MarshalText()
		if err := b2.UnmarshalText(text); err != nil || b2 != b {
			t.Fatalf("%d bytes are written %s and read %d, %v", b, text, b2, err)
		}
		if err := p2.UnmarshalText(price); err != nil || p2 != p {
			t.Fatalf("%d is written %s and read %d, %v", p, price, p2, err)
		}
	})
}

func TestDataIsPricedOncePerGBOfATenthPower(t *testing.T) {
	for _, c := range []struct {
		price MicroUSDPerGB
		bytes Bytes
		want  MicroUSD
	}{{20_000, GB, 20_000}, {20_000, 1200 * MB, 24_000}, {1, 500 * MB, 1}, {1, 499_999_999, 0}} {
		if got := c.price.For(c.bytes); got != c.want {
			t.Errorf("%d bytes at %d are %d, expected %d", c.bytes, c.price, got, c.want)
		}
	}
}
