package convert

import (
	"cmp"
	"slices"
	"strings"

	"trough.internal/models"
)

const (
	spotColumns  = "Timestamp; ProductDescription (Linux or Linux/UNIX); InstanceType; SpotPrice (USD per hour); AvailabilityZone; a row is a price that holds until the next row of its type and zone"
	spotRecorded = "every price change, to the second"
	spotAssumed  = "the zones' letters are those of the account that recorded them: they need not be those of another set."
	spotOddities = "repeats of an unchanged price (Amazon sends one about once a day) are dropped; of two prices of one second the later row counts"
)

// The four sets of recorded spot prices differ in how they write a time.
var (
	spot2015 = spotFormat("ec2-spot-2015", "GitHub prateek-s/spot-price-model: us-east-1a and 1b, March to August 2015, five types; no licence stated", "2006-01-02 15:04:05-07:00")
	spot2016 = spotFormat("ec2-spot-2016", "GitHub hshazly/Amazon-Spot-Price-Estimator: us-east-1a and 1b, February to April 2016; no licence stated", "2006-01-02T15:04:05.000Z")
	spot2020 = spotFormat("ec2-spot-2020-sa-east-1", "GitHub LucianaMarques/amazon-spot-dataset: sa-east-1a and 1b, January to June 2020, a day at the end of March missing; no licence stated", "2006-01-02T15:04:05-07:00")
	spot2021 = spotFormat("ec2-spot-2021", "GitHub LucianaMarques/amazon-spot-dataset: us-east-1a, 1b, 1c, 1e and 1f, March to May 2021, after the bid era; no licence stated", "2006-01-02T15:04:05-07:00")
)

func spotFormat(name, source, layout string) Format {
	return Format{Name: name, Kind: Prices, Source: source, Columns: spotColumns, Recorded: spotRecorded, Assumed: spotAssumed, Oddities: spotOddities,
		convert: func(c *conversion) error { return convertSpot(c, layout) }}
}

func convertSpot(c *conversion, layout string) error {
	b := &priceBook{ids: map[models.PoolKey]models.PoolID{}}
	rows := 0
	for _, path := range c.in {
		n, err := b.read(path, layout)
		if err != nil {
			return err
		}
		rows += n
	}
	p := b.sorted()
	if err := c.writePrices(p, c.meta("")); err != nil {
		return err
	}
	c.report("%d of %d rows were repeats of an unchanged price", rows-len(p.Changes), rows)
	return nil
}

// priceBook collects prices of files.
type priceBook struct {
	models.Prices
	ids map[models.PoolKey]models.PoolID
}

func (b *priceBook) read(path, layout string) (rows int, err error) {
	t, err := openTable(path, "Timestamp", "ProductDescription", "InstanceType", "SpotPrice", "AvailabilityZone")
	if err != nil {
		return 0, err
	}
	for t.next() {
		t.among("ProductDescription", "Linux", "Linux/UNIX")
		at := t.clock("Timestamp", layout, 0)
		zone, name := t.name("AvailabilityZone"), t.name("InstanceType")
		if models.RegionOfZone(zone) == zone || !plainWord(zone) {
			t.bad("AvailabilityZone", "a zone such as us-east-1a")
		}
		if family, size, ok := strings.Cut(name, "."); !ok || family == "" || size == "" || !plainWord(name) {
			t.bad("InstanceType", "family.size, such as r3.4xlarge")
		}
		price, err := models.PriceUSD(t.number("SpotPrice", 0, 1e5))
		if err != nil {
			t.bad("SpotPrice", "a price in USD per hour")
		}
		key := models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: name}
		id, ok := b.ids[key]
		if !ok {
			id = models.PoolID(len(b.Pools))
			b.ids[key] = id
			b.Pools = append(b.Pools, key)
		}
		b.Changes = append(b.Changes, models.PriceChange{At: at, Pool: id, Price: price})
	}
	return t.rows, t.close()
}

// plainWord is true of what can be a name in a trace.
func plainWord(s string) bool {
	return len(s) <= 60 && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}) < 0
}

// sorted are the changes by time, then pool, pools by zone, then type.
func (b *priceBook) sorted() *models.Prices {
	order := make([]models.PoolID, len(b.Pools))
	for i := range order {
		order[i] = models.PoolID(i)
	}
	slices.SortFunc(order, func(x, y models.PoolID) int {
		return cmp.Or(cmp.Compare(b.Pools[x].Zone, b.Pools[y].Zone), cmp.Compare(b.Pools[x].Type, b.Pools[y].Type))
	})
	p := &models.Prices{}
	rank := make([]models.PoolID, len(order))
	for i, id := range order {
		rank[id] = models.PoolID(i)
		p.Pools = append(p.Pools, b.Pools[id])
	}
	for i := range b.Changes {
		b.Changes[i].Pool = rank[b.Changes[i].Pool]
	}
	slices.SortStableFunc(b.Changes, func(x, y models.PriceChange) int { return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Pool, y.Pool)) })
	last := make([]models.MicroUSDPerHour, len(p.Pools))
	for i := range last {
		last[i] = -1
	}
	for i, ch := range b.Changes {
		again := i+1 < len(b.Changes) && b.Changes[i+1].At == ch.At && b.Changes[i+1].Pool == ch.Pool
		if !again && last[ch.Pool] != ch.Price {
			p.Changes = append(p.Changes, ch)
			last[ch.Pool] = ch.Price
		}
	}
	return p
}
