package spotmarket

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
)

func TestDrawnPricesAreAHistoryOfTheWholeSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Drawn{
			Usual: settings.Share(rapid.Float64Range(0.01, 1).Draw(t, "usual")), Spread: rapid.Float64Range(0, 1).Draw(t, "spread"),
			Holds: time.Duration(rapid.IntRange(1, 600).Draw(t, "holds")) * time.Minute, Jumps: rapid.Float64Range(0, 30).Draw(t, "jumps"),
			Jump: rapid.Float64Range(1.01, 9).Draw(t, "jump"), Lasts: time.Duration(rapid.IntRange(1, 600).Draw(t, "lasts")) * time.Minute,
		}
		from := models.Instant(1_350_000_000)
		until := from + models.Instant(rapid.IntRange(1, 20*86400).Draw(t, "span"))
		luck, jumps := random.New(1, "a"), random.New(1, "jumps")
		all := d.Prices(luck, jumps, 3, 100_000, from, until)
		for i, c := range all {
			if c.Pool != 3 || c.Price < 1 || i == 0 && c.At != from || i > 0 && c.At <= all[i-1].At || c.At >= until {
				t.Fatalf("change %d of %v", i, all)
			}
		}
		if longer := d.Prices(luck, jumps, 3, 100_000, from, until+86400); !slices.Equal(all, longer[:len(all)]) {
			t.Fatal("what comes after the span changes what is in it")
		}
		if d.Jumps == 0 && d.Spread == 0 && (len(all) == 0 || slices.ContainsFunc(all, func(c models.PriceChange) bool { return c.Price != all[0].Price })) {
			t.Fatalf("nothing varies, and the prices are %v", all)
		}
	})
}

// Over 400 weeks: jumps as often, as long and as high as was asked for, all else around the usual price.
func TestDrawnPricesAreAsAskedFor(t *testing.T) {
	d := &Drawn{Usual: 0.25, Spread: 0.2, Holds: 6 * time.Hour, Jumps: 2, Jump: 3, Lasts: 2 * time.Hour}
	const onDemand, week = 100_000, 7 * 86400
	one := d.Prices(random.New(5, "one"), random.New(5, "zone"), 0, onDemand, 0, 400*week)
	two := d.Prices(random.New(5, "two"), random.New(5, "zone"), 1, onDemand, 0, 400*week)
	jumped := func(prices []models.PriceChange) (starts []models.Instant, seconds models.Instant, sum float64, calm []models.MicroUSDPerHour) {
		for i, c := range prices {
			if c.Price <= onDemand {
				calm = append(calm, c.Price)
				continue
			}
			starts = append(starts, c.At)
			sum += float64(c.Price)
			if i+1 < len(prices) {
				seconds += prices[i+1].At - c.At
			}
		}
		return starts, seconds, sum, calm
	}
	starts, seconds, sum, calm := jumped(one)
	if n := len(starts); n < 740 || n > 860 {
		t.Errorf("%d jumps in 400 weeks, expected about 790: two a week but for the time in jumps", n)
	}
	if mean := float64(seconds) / float64(len(starts)); mean < 6600 || mean > 7800 {
		t.Errorf("a jump lasts %v s, expected about 7200", mean)
	}
	if mean := sum / float64(len(starts)); mean < 2.8*onDemand || mean > 3.2*onDemand {
		t.Errorf("a jump goes to %v, expected about 300000", mean)
	}
	slices.Sort(calm)
	if median := calm[len(calm)/2]; median < 24_500 || median > 25_500 || len(calm) < 10_000 {
		t.Errorf("the median of %d prices is %d, expected about 25000", len(calm), median)
	}
	if low := calm[len(calm)/40]; low < 16_000 || low > 18_000 { // exp(-1.96 x 0.2)
		t.Errorf("a fortieth is below %d, expected about 16900", low)
	}
	other, _, _, calm2 := jumped(two)
	if !slices.Equal(starts, other) {
		t.Error("pools with the same luck of jumps jump at different times")
	}
	if slices.Sort(calm2); slices.Equal(calm, calm2) {
		t.Error("pools with luck of their own cost the same between jumps")
	}
}
