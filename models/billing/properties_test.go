package billing

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

func TestABillIsThatOfTheSlowReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		bill := make1(t, in)
		want := slowBill(in)
		got := written(in, bill)
		expectSame(t, "lines", got.lines, want.lines)
		expectSame(t, "holdings", got.holdings, want.holdings)
		expectSame(t, "unpriced", got.unpriced, want.unpriced)
		if want.total.Cmp(big.NewRat(int64(bill.Total), 1)) != 0 {
			t.Fatalf("total %d, want %s", bill.Total, want.total.RatString())
		}
	})
}

func TestCoveredAndOnDemandAreWhatIsBilled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		in.From, in.Until = in.From-8*perHour, in.Until+8*perHour // all of every run
		billed := make([]int64, len(in.Runs))
		for _, l := range make1(t, in).Lines {
			billed[l.Run] += l.Units * perHour / (l.Whole / quarters(in.Runs[l.Run].Type)) // in quarters x seconds
		}
		for i, r := range in.Runs {
			want := max(60, int64(r.End-r.Start))
			switch {
			case in.Rules.Hourly(r.Platform) && in.Rules.Hours == Touched:
				want = int64(hourOf(r.End-1)+perHour) - int64(hourOf(r.Start))
			case in.Rules.Hourly(r.Platform):
				want = (int64(r.End-r.Start) + perHour - 1) / perHour * perHour
			}
			if want *= quarters(r.Type); billed[i] != want {
				t.Fatalf("%+v: %d units, want %d", r, billed[i], want)
			}
		}
	})
}

func TestCoveredAndUnusedAreWhatIsHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		bill := make1(t, in)
		used := make([]float64, len(in.Holdings)) // hours of the holding's own type, or of its commitment
		slack := make([]float64, len(in.Holdings))
		for _, l := range bill.Lines {
			if l.Holding == OnDemand {
				continue
			}
			h, r := in.Holdings[l.Holding], in.Runs[l.Run]
			hours := float64(l.Units) / float64(l.Whole)
			if h.Kind == ZonalRI || h.Kind == RegionalRI {
				used[l.Holding] += hours * float64(quarters(r.Type)) / float64(quarters(h.Type))
				continue
			}
			rate := in.Rates.Rate(RateKey{r.Type, models.RegionOfZone(r.Zone), r.Platform, r.Tenancy}, l.Hour).plan(h.Kind)
			used[l.Holding] += hours * float64(rate) / float64(h.Commit)
			slack[l.Holding] += 1 / float64(h.Commit) // a line is rounded to a micro-USD
		}
		for i, h := range in.Holdings {
			held := 0.
			for hour := in.From; hour < in.Until; hour += perHour {
				if h.Start <= hour+3599 && h.End >= hour+3599 {
					held += float64(max(1, h.Count))
					slack[i] += 4_000_000. / perHour / float64(max(1, h.Commit)) // what is worth less than a unit of the dearest is spent
				}
			}
			if got := used[i] + bill.Holdings[i].Unused; h.Kind != CapacityReservation && math.Abs(got-held) > 1e-6+slack[i]*float64(min(1, h.Commit)) {
				t.Fatalf("%+v: used %v and unused %v, held %v", h, used[i], bill.Holdings[i].Unused, held)
			}
			if h.Commit > 0 && bill.Holdings[i].USD != models.MicroUSD(held)*models.MicroUSD(h.Commit) {
				t.Fatalf("%+v: %d micro-USD for %v hours", h, bill.Holdings[i].USD, held)
			}
		}
	})
}

func TestLinesAddUpToTheTotalAndStandInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		bill := make1(t, in)
		sum := models.MicroUSD(0)
		var names []string
		for _, l := range bill.Lines {
			sum += l.USD
			r := in.Runs[l.Run]
			id := "on-demand"
			if l.Holding != OnDemand {
				id = in.Holdings[l.Holding].ID
			}
			if l.Units <= 0 || l.Units > l.Whole || l.Hour < in.From || l.Hour >= in.Until || id != "on-demand" && (l.USD != 0 || l.Unpriced) {
				t.Fatalf("%+v", l)
			}
			one := fmt.Sprintf("%s %s %s\x00%s %d %d", r.Start, r.End, r.Type, r.Zone, r.Platform, r.Tenancy)
			names = append(names, strings.Join([]string{l.Hour.String(), r.Account, r.Instance, one, fmt.Sprintf("%02d", l.Run), id}, "\x00"))
		}
		for i, l := range bill.Holdings {
			if sum += l.USD; int(l.Holding) != i || l.Unused < 0 || l.USD < 0 {
				t.Fatalf("%d: %+v", i, l)
			}
		}
		if sum != bill.Total {
			t.Fatalf("%d, total %d", sum, bill.Total)
		}
		if !slices.IsSorted(names) {
			t.Fatalf("not sorted: %q", names)
		}
	})
}

func TestAddingAHoldingNeverRaisesTheOnDemandPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		if len(in.Holdings) == 0 {
			t.Skip("nothing to leave out")
		}
		out := rapid.IntRange(0, len(in.Holdings)-1).Draw(t, "left out")
		fewer := in
		fewer.Holdings = slices.Delete(slices.Clone(in.Holdings), out, out+1)
		type place struct {
			run  int32
			hour models.Instant
		}
		before := map[place]int64{}
		for _, l := range make1(t, fewer).Lines {
			if l.Holding == OnDemand {
				before[place{l.Run, l.Hour}] = l.Units
			}
		}
		for _, l := range make1(t, in).Lines {
			if was := before[place{l.Run, l.Hour}]; l.Holding == OnDemand && l.Units > was {
				t.Fatalf("with %+v, %+v has %d units on-demand, without it %d", in.Holdings[out], in.Runs[l.Run], l.Units, was)
			}
		}
	})
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		other := in
		other.Runs = rapid.Permutation(in.Runs).Draw(t, "runs")
		other.Holdings = rapid.Permutation(in.Holdings).Draw(t, "holdings")
		a, b := make1(t, in), make1(t, other)
		x, y := written(in, a), written(other, b)
		slices.Sort(x.holdings)
		slices.Sort(y.holdings)
		expectSame(t, "lines", x.lines, y.lines)
		expectSame(t, "holdings", x.holdings, y.holdings)
		expectSame(t, "notes", a.Notes, b.Notes)
		if a.Total != b.Total || !slices.Equal(a.Unpriced, b.Unpriced) {
			t.Fatalf("%d %v, %d %v", a.Total, a.Unpriced, b.Total, b.Unpriced)
		}
	})
}

// TestMarginalIsTheDifferenceOfTwoBills: of zonal pools with one owner, in whole hours before 2017-10 and seconds after.
func TestMarginalIsTheDifferenceOfTwoBills(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		reserved := rapid.Int64Range(1, 4).Draw(t, "reserved")
		in.Holdings = []Holding{{ID: "r", Account: "A", Kind: ZonalRI, Type: "m4.large", Location: "us-east-1a", Count: reserved,
			Start: in.From, End: in.Until}}
		for i := range in.Runs {
			in.Runs[i].Type, in.Runs[i].Zone, in.Runs[i].Platform, in.Runs[i].Tenancy = "m4.large", "us-east-1a", Linux, Shared
		}
		owners := in
		owners.Runs = slices.DeleteFunc(slices.Clone(in.Runs), func(r Run) bool { return r.Account != "A" })
		both, alone := make1(t, in), make1(t, owners)
		for hour := in.From; hour < in.Until; hour += perHour {
			var used, borrowed, marginal int64
			for _, l := range both.Lines {
				switch {
				case l.Hour != hour:
					continue
				case in.Runs[l.Run].Account == "A":
					used += l.Units
				default:
					borrowed += l.Units
				}
				if l.Holding == OnDemand {
					marginal += l.Units
				}
			}
			for _, l := range alone.Lines {
				if l.Hour == hour && l.Holding == OnDemand {
					marginal -= l.Units
				}
			}
			gives := reserved * quarters("m4.large") * perHour
			if want := max(0, used+borrowed-gives) - max(0, used-gives); marginal != want || Marginal(used, borrowed, gives) != want {
				t.Fatalf("%s: two bills differ by %d, want %d; Marginal has %d", hour, marginal, want, Marginal(used, borrowed, gives))
			}
		}
	})
}

// anyInput is some hours of a few accounts: sizes, families, zones and platforms that share reservations and that do not,
// runs of seconds to hours around the ends of clock hours, holdings of all kinds whose terms follow each other or end
// within the span, and rates that are missing or tie.
func anyInput(t *rapid.T) Input {
	date := rapid.SampledFrom([]models.Instant{
		models.InstantOf(time.Date(2015, 10, 5, 0, 0, 0, 0, time.UTC)),
		models.InstantOf(time.Date(2016, 10, 3, 0, 0, 0, 0, time.UTC)),
		models.InstantOf(time.Date(2017, 4, 3, 0, 0, 0, 0, time.UTC)),
		models.InstantOf(time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)),
		models.InstantOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)),
	}).Draw(t, "date")
	in := Input{Rules: Rules{Date: date, Hours: rapid.SampledFrom([]Reading{Begun, Begun, Touched}).Draw(t, "reading")},
		From: date + 5*perHour, Until: date + 5*perHour + perHour*rapid.SampledFrom([]models.Instant{1, 2, 3}).Draw(t, "hours")}
	if rapid.Bool().Draw(t, "early") {
		in.From, in.Until = in.From-date-30*perHour, in.Until-date-30*perHour // hours before 1970 count alike
	}
	for i := range rapid.IntRange(0, 20).Draw(t, "runs") {
		in.Runs = append(in.Runs, anyRun(t, in, i/2)) // instances of one name are told apart all the same
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "holdings") {
		in.Holdings = append(in.Holdings, anyHolding(t, in, i)...)
	}
	in.Rates = anyRates(t, in)
	return in
}

var (
	someTypes    = []string{"m4.large", "m4.large", "m4.xlarge", "m4.2xlarge", "m5.large", "m5.8xlarge", "m5.metal", "m5.24xlarge", "t2.nano", "t2.micro", "g4dn.xlarge", "g4dn.2xlarge"}
	someZones    = []string{"us-east-1a", "us-east-1a", "us-east-1b", "us-west-2a"}
	someAccounts = []string{"A", "A", "B", "C"}
	somePlatform = []Platform{Linux, Linux, Linux, Linux, Windows, SUSE}
	someTenancy  = []Tenancy{Shared, Shared, Shared, Shared, Dedicated}
)

func anyRun(t *rapid.T, in Input, i int) Run {
	start := in.From + moment(t, "start", -2*perHour, in.Until-in.From+perHour)
	length := rapid.SampledFrom([]models.Instant{1, 30, 59, 60, 61, 900, 3599, 3600, 3601, 7200, 10800, 5000}).Draw(t, "length")
	return Run{
		Account:  rapid.SampledFrom(someAccounts).Draw(t, "account"),
		Instance: fmt.Sprintf("i-%02d", i),
		Type:     rapid.SampledFrom(someTypes).Draw(t, "type"),
		Zone:     rapid.SampledFrom(someZones).Draw(t, "zone"),
		Platform: rapid.SampledFrom(somePlatform).Draw(t, "platform"),
		Tenancy:  rapid.SampledFrom(someTenancy).Draw(t, "tenancy"),
		Start:    start,
		End:      start + length,
	}
}

// moment is a second after some instant, often at a full hour or next to one.
func moment(t *rapid.T, name string, from, until models.Instant) models.Instant {
	at := models.Instant(rapid.Int64Range(int64(from), int64(until)).Draw(t, name))
	if rapid.Bool().Draw(t, name+" near a full hour") {
		return hourOf(at) + rapid.SampledFrom([]models.Instant{0, 0, 1, 3540, 3599}).Draw(t, name+" in the hour")
	}
	return at
}

func anyHolding(t *rapid.T, in Input, i int) []Holding {
	ids := rapid.SampledFrom([]string{"a", "r", "on", "on-demandA", "z"}).Draw(t, "id")
	h := Holding{ID: fmt.Sprint(ids, i), Account: rapid.SampledFrom(someAccounts).Draw(t, "holder"),
		Kind: Kind(rapid.IntRange(0, int(Kinds)-1).Draw(t, "kind")), Start: in.From - perHour, End: in.Until + perHour}
	typeName := rapid.SampledFrom(someTypes).Draw(t, "held type")
	zone := rapid.SampledFrom(someZones).Draw(t, "held in")
	switch h.Kind {
	case ComputePlan:
	case EC2Plan:
		h.Type, _, _ = strings.Cut(typeName, ".")
		h.Location = models.RegionOfZone(zone)
	case RegionalRI:
		h.Type, h.Location = typeName, models.RegionOfZone(zone)
	default:
		h.Type, h.Location = typeName, zone
	}
	if h.Kind == EC2Plan || h.Kind == ComputePlan {
		h.Commit = models.MicroUSDPerHour(rapid.SampledFrom([]int64{1, 7, 100, 33_333, 100_000, 1_000_000, 5_000_000}).Draw(t, "commitment"))
	} else {
		h.Count = rapid.Int64Range(1, 4).Draw(t, "count")
		h.Platform = rapid.SampledFrom(somePlatform).Draw(t, "held platform")
		h.Tenancy = rapid.SampledFrom(someTenancy).Draw(t, "held tenancy")
	}
	switch rapid.IntRange(0, 3).Draw(t, "term") {
	case 0: // ends and begins again, changed
		middle := in.From + moment(t, "modified", 0, in.Until-in.From-1)
		next := h
		h.End, next.Start = middle, middle
		if middle == hourOf(middle)+perHour-1 {
			next.Start++
		}
		next.Account = rapid.SampledFrom(someAccounts).Draw(t, "next holder")
		return []Holding{h, next}
	case 1:
		h.Start = in.From + moment(t, "bought", -perHour, in.Until-in.From-1)
		h.End = max(h.Start+1, in.Until+moment(t, "ended", -2*perHour, perHour))
	}
	return []Holding{h}
}

// changing has other rates from some hour on.
type changing struct {
	before, since List
	at            models.Instant
}

func (c changing) Rate(key RateKey, hour models.Instant) Rate {
	if hour >= c.at {
		return c.since.Rate(key, hour)
	}
	return c.before.Rate(key, hour)
}

func anyRates(t *rapid.T, in Input) Rates {
	state := rapid.Uint64().Draw(t, "rates") // not one by one: most of these are never asked for
	pick := func(from ...int64) models.MicroUSDPerHour {
		state = state*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
		return models.MicroUSDPerHour(from[state>>33%uint64(len(from))])
	}
	list := func() List {
		l := List{}
		for _, typeName := range someTypes {
			for _, region := range []string{"us-east-1", "us-west-2"} {
				for _, p := range []Platform{Linux, Windows, SUSE} {
					for tenancy := range Tenancies {
						l[RateKey{typeName, region, p, tenancy}] = Rate{
							OnDemand:    pick(-1, 0, 1, 50_000, 100_000, 100_000, 200_000, 100_001, 333_333, 1_000_000, 4_000_000),
							EC2Plan:     pick(-1, -1, 0, 1, 50_000, 50_000, 100_000, 66_667, 333_333, 2_000_000),
							ComputePlan: pick(-1, -1, 0, 1, 50_000, 100_000, 100_000, 66_667, 333_333, 2_000_000),
						}
					}
				}
			}
		}
		return l
	}
	return changing{list(), list(), in.From + perHour}
}

func make1(t *rapid.T, in Input) *Bill {
	bill, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	return bill
}

// written is a bill as slowBill writes it.
func written(in Input, b *Bill) slow {
	var s slow
	for _, l := range b.Lines {
		id := "on-demand"
		if l.Holding != OnDemand {
			id = in.Holdings[l.Holding].ID
		}
		s.lines = append(s.lines, lineText(l.Hour, in.Runs[l.Run], id, big.NewRat(l.Units, l.Whole), big.NewRat(int64(l.USD), 1), l.Unpriced))
	}
	slices.Sort(s.lines)
	for _, l := range b.Holdings {
		s.holdings = append(s.holdings, holdingText(in.Holdings[l.Holding], l.Unused, big.NewRat(int64(l.USD), 1), l.Unpriced))
	}
	slices.Sort(s.holdings)
	for _, k := range b.Unpriced {
		s.unpriced = append(s.unpriced, fmt.Sprint(k.Region, " ", k.Type, " ", k.Platform, " ", k.Tenancy))
	}
	slices.Sort(s.unpriced)
	return s
}

func expectSame(t *rapid.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
