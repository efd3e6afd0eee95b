package measure

import (
	"testing"

	"trough.internal/models"
	"trough.internal/models/random"
)

// benchLedger is a month of sixty pools in which jobs come and go on borrowed instances: what a run's ledger is mostly
// made of (arrived, started, completed), with a launch and an end for every eighth job and owners' changes every minute.
func benchLedger(pools []models.Pool, jobs int) []models.Event {
	stream := random.New(1, "bench")
	from := models.Instant(1_443_657_600)
	span := int64(28 * secondsPerDay)
	var ledger []models.Event
	type slot struct {
		pool models.PoolID
		busy bool
	}
	var slots []slot
	instance := func(at models.Instant, i int, kind models.EventKind, a, b models.State, n, m int32) {
		ledger = append(ledger, models.Event{At: at, Kind: kind, Pool: slots[i].pool, Instance: models.InstanceID(i), From: a, To: b, N: n, M: m, Class: models.Class(i % 3)})
	}
	minute := models.Instant(0)
	for j := range jobs {
		at := from + models.Instant(int64(j)*span/int64(jobs))
		if at/60 != minute {
			minute = at / 60
			for p := range 6 {
				id := models.PoolID((p*10 + int(minute)) % len(pools))
				use := int32(stream.Int(uint64(id), uint64(minute), 48))
				ledger = append(ledger, models.Event{At: at, Kind: models.OwnersChanged, Pool: id, N: 80, M: use})
			}
		}
		ledger = append(ledger, models.Event{At: at, Kind: models.Arrived, Pool: models.NoPool, N: 1800, Class: models.Class(j % 3)})
		i := j
		if len(slots) == 2000 {
			i = j % 2000
		} else {
			slots = append(slots, slot{pool: models.PoolID(j % len(pools))})
			instance(at, i, models.Ordered, models.Absent, models.OnOrder, 0, 0)
			instance(at, i, models.Launched, models.OnOrder, models.Booting, 0, 0)
			instance(at, i, models.Ready, models.Booting, models.Idle, 0, 0)
		}
		if slots[i].busy {
			instance(at, i, models.Completed, models.Busy, models.Idle, 1800, int32(stream.Int(7, uint64(j), 4000)))
			if j%8 == 0 {
				instance(at, i, models.Draining, models.Idle, models.Finishing, 0, 0)
				instance(at, i, models.Gone, models.Finishing, models.Absent, 0, 0)
				instance(at, i, models.Ordered, models.Absent, models.OnOrder, 0, 0)
				instance(at, i, models.Launched, models.OnOrder, models.Booting, 0, 0)
				instance(at, i, models.Ready, models.Booting, models.Idle, 0, 0)
			}
		}
		slots[i].busy = true
		e := models.Event{At: at, Kind: models.Started, Pool: slots[i].pool, From: models.Idle, To: models.Busy, N: 1800, M: int32(stream.Int(8, uint64(j), 3000)), Class: models.Class(j % 3)}
		ledger = append(ledger, e)
	}
	return ledger
}

func benchPools() []models.Pool {
	var pools []models.Pool
	for _, zone := range []string{"us-east-1a", "us-east-1b", "us-east-1c", "us-west-2a", "us-west-2b", "eu-west-1a"} {
		for _, name := range []string{"r3.xlarge", "r3.2xlarge", "r3.4xlarge", "m3.xlarge", "m3.2xlarge", "c3.large", "c3.xlarge", "c3.4xlarge", "i2.xlarge", "i2.4xlarge"} {
			pools = append(pools, models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: name, Speed: 700, OnDemand: 700_000})
		}
	}
	return pools
}

func benchmarkSink(b *testing.B, sink func() models.Sink) {
	ledger := benchLedger(benchPools(), 200_000)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		s := sink()
		for _, e := range ledger {
			s.Event(e)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ledger)), "ns/event")
	b.ReportMetric(float64(len(ledger)), "events")
}

type marketOnly struct{ m *models.Market }

func (m marketOnly) Event(e models.Event) { m.m.Apply(&e) }

// BenchmarkMarketAlone is the floor: what applying the events costs by itself.
func BenchmarkMarketAlone(b *testing.B) {
	pools := benchPools()
	benchmarkSink(b, func() models.Sink { return marketOnly{models.NewMarket(pools, testBorrowers[:1])} })
}

func BenchmarkAccumulator(b *testing.B) {
	pools := benchPools()
	benchmarkSink(b, func() models.Sink {
		return New(Setup{Pools: pools, Borrowers: testBorrowers[:1], From: 1_443_657_600})
	})
}

func BenchmarkSampler(b *testing.B) {
	pools := benchPools()
	benchmarkSink(b, func() models.Sink {
		return NewSampler(Setup{Pools: pools, Borrowers: testBorrowers[:1], From: 1_443_657_600}, 0, func(models.SeriesRow) {})
	})
}
