package traces

import (
	"cmp"
	"io"
	"slices"

	"trough.internal/models"
)

// The columns of PricesSchema.
const (
	priceTime = iota
	priceZone
	priceType
	pricePrice
)

// PricesWriter writes a price trace in order of time.
type PricesWriter struct {
	rows  *rowWriter
	pools []models.PoolKey
	order priceOrder
}

// CreatePrices begins a price trace of these pools; Regions are those of their zones' names.
func CreatePrices(path string, meta Meta, pools []models.PoolKey) (*PricesWriter, error) {
	for _, k := range pools {
		if err := checkKey(k); err != nil {
			return nil, fatal(path, "pool %v", err)
		}
		if k.Region != models.RegionOfZone(k.Zone) {
			return nil, fatal(path, "pool %s is in region %s: expected %s, by its zone's name", k.Name(), k.Region, models.RegionOfZone(k.Zone))
		}
	}
	pairs, err := meta.pairs()
	if err != nil {
		return nil, fatal(path, "%v", err)
	}
	rows, err := createRows(path, &PricesSchema, pairs)
	if err != nil {
		return nil, err
	}
	return &PricesWriter{rows: rows, pools: slices.Clone(pools)}, nil
}

// Append takes the next price: in order of time, one for each pool and time.
func (w *PricesWriter) Append(c models.PriceChange) error {
	r := w.rows
	if r.err != nil {
		return r.err
	}
	if c.Pool < 0 || int(c.Pool) >= len(w.pools) {
		return r.fail(fatal(r.path, "pool %d: expected one of %d", c.Pool, len(w.pools)))
	}
	if problem := w.order.add(c.At, int(c.Pool)); problem != "" {
		return r.fail(fatal(r.path, "%s at %s: %s", w.pools[c.Pool].Name(), c.At, problem))
	}
	r.long(priceTime, int64(c.At))
	r.word(priceZone, w.pools[c.Pool].Zone)
	r.word(priceType, w.pools[c.Pool].Type)
	r.long(pricePrice, int64(c.Price))
	return r.end()
}

// Close gives the file its name; after an error it leaves no file.
func (w *PricesWriter) Close() error { return w.rows.close() }

// WritePrices writes a whole trace.
func WritePrices(path string, prices *models.Prices, meta Meta) error {
	w, err := CreatePrices(path, meta, prices.Pools)
	if err != nil {
		return err
	}
	for _, c := range prices.Changes {
		if w.Append(c) != nil {
			break
		}
	}
	return w.Close()
}

// priceOrder holds what a price trace promises: rows in order of time, one for each pool and time.
type priceOrder struct {
	at   models.Instant
	last []models.Instant // + 1, by pool: 0 is never
}

func (o *priceOrder) add(at models.Instant, pool int) (problem string) {
	for len(o.last) <= pool {
		o.last = append(o.last, 0)
	}
	switch {
	case at < o.at:
		return "time is before " + o.at.String() + ": expected rows in order of time"
	case o.last[pool] == at+1:
		return "a second price: expected one row for a pool and time"
	}
	o.at, o.last[pool] = at, at+1
	return ""
}

// ReadPrices reads a whole price trace. Pools are sorted by region, zone and type.
func ReadPrices(path string) (*models.Prices, Meta, error) {
	src, _, kv, err := openSource(path, &PricesSchema)
	if err != nil {
		return nil, Meta{}, err
	}
	defer src.close()
	return readPrices(path, src, kv, &findings{path: path})
}

func readPrices(path string, src rowSource, kv []pair, found *findings) (*models.Prices, Meta, error) {
	var meta Meta
	for _, p := range kv {
		if err := meta.set(p.key, p.value); err != nil {
			return nil, meta, fatal(path, "%v", err)
		}
	}
	setFindings(src, found)
	prices, order := &models.Prices{}, priceOrder{}
	ids := make(map[[2]int32]models.PoolID)
	b := newBatch(&PricesSchema)
	for {
		err := src.next(b)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = checkRanges(b, &PricesSchema, found)
		}
		if err == nil {
			err = takePrices(path, b, prices, ids, &order, found)
		}
		if err != nil {
			return nil, meta, err
		}
	}
	sortPrices(prices)
	return prices, meta, nil
}

func takePrices(path string, b *batch, prices *models.Prices, ids map[[2]int32]models.PoolID, order *priceOrder, found *findings) error {
	for row := range b.n {
		words := [2]int32{b.counts[priceZone][row], b.counts[priceType][row]}
		id, ok := ids[words]
		if !ok {
			if len(ids) >= 1<<15 {
				return fatal(path, "%s: more than %d pools: expected fewer", b.place(row), 1<<15)
			}
			id = models.PoolID(len(ids))
			ids[words] = id
			zone := b.text(priceZone, row)
			prices.Pools = append(prices.Pools, models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: b.text(priceType, row)})
		}
		c := models.PriceChange{At: models.Instant(b.longs[priceTime][row]), Pool: id, Price: models.MicroUSDPerHour(b.longs[pricePrice][row])}
		if problem := order.add(c.At, int(id)); problem != "" {
			if err := found.add("%s: %s at %s: %s", b.place(row), prices.Pools[id].Name(), c.At, problem); err != nil {
				return err
			}
			continue
		}
		prices.Changes = append(prices.Changes, c)
	}
	return nil
}

// sortPrices numbers pools by their names and orders changes by time, then pool.
func sortPrices(prices *models.Prices) {
	order := make([]models.PoolID, len(prices.Pools))
	for i := range order {
		order[i] = models.PoolID(i)
	}
	slices.SortFunc(order, func(a, b models.PoolID) int { return comparePools(prices.Pools[a], prices.Pools[b]) })
	pools, number := make([]models.PoolKey, len(order)), make([]models.PoolID, len(order))
	for to, from := range order {
		pools[to], number[from] = prices.Pools[from], models.PoolID(to)
	}
	prices.Pools = pools
	for i := range prices.Changes {
		prices.Changes[i].Pool = number[prices.Changes[i].Pool]
	}
	slices.SortFunc(prices.Changes, func(a, b models.PriceChange) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pool, b.Pool))
	})
}
