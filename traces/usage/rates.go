package usage

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"trough.internal/models"
	"trough.internal/models/billing"
)

var rateColumns = []string{"instance_type", "platform", "tenancy", "region", "on_demand_usd", "sp_ec2_usd", "sp_compute_usd"}

const (
	rateType = iota
	ratePlatform
	rateTenancy
	rateRegion
	rateOnDemand
	rateEC2Plan
	rateComputePlan
)

// ReadRates reads a file of rates. They hold at any time; more than six decimals are rounded to the nearest micro-USD.
func ReadRates(path string) (billing.List, error) {
	return fromFile(path, func(r io.Reader) (billing.List, error) { return readRates(path, r) })
}

func readRates(path string, r io.Reader) (billing.List, error) {
	list := billing.List{}
	lines := map[billing.RateKey]int{}
	err := rows(path, r, rateColumns, func(t *table) error {
		key, err := t.rateKey()
		if err != nil {
			return err
		}
		if before, twice := lines[key]; twice {
			return at(path, t.line(), "%s, %s, %s in %s has a second rate: expected one (the other is line %d)",
				quoted(key.Type), key.Platform, key.Tenancy, key.Region, before)
		}
		lines[key] = t.line()
		list[key], err = t.rate()
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// rateKey reads what a row's rates are of. A size that no other type has is no mistake here: lists of all types hold such,
// and only what is used or held needs a size that can be compared.
func (t *table) rateKey() (key billing.RateKey, err error) {
	if key.Type, err = t.name(rateType); err != nil {
		return key, err
	}
	if family, size, ok := strings.Cut(key.Type, "."); !ok || family == "" || size == "" {
		return key, t.wrong(rateType, "expected family.size, such as r3.4xlarge")
	}
	if err := key.Platform.UnmarshalText([]byte(t.field(ratePlatform))); err != nil {
		return key, t.wrong(ratePlatform, err.Error())
	}
	if err := key.Tenancy.UnmarshalText([]byte(t.field(rateTenancy))); err != nil {
		return key, t.wrong(rateTenancy, err.Error())
	}
	if key.Region = strings.Clone(t.field(rateRegion)); !isRegion(key.Region) {
		return key, t.wrong(rateRegion, "expected a region such as us-east-1")
	}
	return key, nil
}

func (t *table) rate() (rate billing.Rate, err error) {
	if rate.OnDemand, err = t.usd(rateOnDemand); err != nil {
		return rate, err
	}
	if rate.EC2Plan, err = t.usd(rateEC2Plan); err != nil {
		return rate, err
	}
	rate.ComputePlan, err = t.usd(rateComputePlan)
	return rate, err
}

// usd reads a rate; an empty cell is one that nobody knows.
func (t *table) usd(column int) (models.MicroUSDPerHour, error) {
	text := t.field(column)
	if text == "" {
		return billing.Unpriced, nil
	}
	rate, err := usd(text)
	if err != nil {
		return 0, t.wrong(column, "expected USD per hour, such as 0.10, or nothing where it is not known")
	}
	return rate, nil
}

var errNotUSD = errors.New("not an amount")

// usd reads digits with or without a decimal point.
func usd(text string) (models.MicroUSDPerHour, error) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, errNotUSD
	}
	amount, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errNotUSD
	}
	return models.PriceUSD(amount)
}
