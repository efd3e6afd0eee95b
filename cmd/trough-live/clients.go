package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/metrics"
)

// clients are Amazon's, one for each way of calling, so that all who call an account share its budget.
type clients struct {
	mutex sync.Mutex
	by    map[aws.Settings]*aws.Client
}

// open opens a client, or returns that which is open already.
func (c *clients) open(s aws.Settings) (*aws.Client, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.by[s] != nil {
		return c.by[s], nil
	}
	client, err := aws.Open(context.Background(), s)
	if err != nil {
		return nil, err
	}
	if c.by == nil {
		c.by = map[aws.Settings]*aws.Client{}
	}
	c.by[s] = client
	return client, nil
}

// api is what is known of their calls since the driver began, in order of region and name. Several accounts in one region are one.
func (c *clients) api() (api metrics.API) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	operations, regions := map[[2]string]metrics.Operation{}, map[string]metrics.Region{}
	for _, client := range c.by {
		for _, n := range client.Counts() {
			o := operations[[2]string{n.Region, n.Operation}]
			operations[[2]string{n.Region, n.Operation}] = metrics.Operation{Region: n.Region, Name: n.Operation, Calls: o.Calls + n.Calls, Throttled: o.Throttled + n.Throttled}
		}
		for _, h := range client.Healths() {
			r, known := regions[h.Region]
			if !known {
				r = metrics.Region{Name: h.Region, Rate: 1, Errors: make([]metrics.Errors, aws.Classes)}
			}
			for class, n := range h.Errors {
				r.Errors[class] = metrics.Errors{Class: aws.Class(class).String(), Count: r.Errors[class].Count + n}
			}
			r.LeftOut, r.Down, r.Rate = r.LeftOut+h.LeftOut, r.Down || h.Down, min(r.Rate, h.Rate/h.Full)
			regions[h.Region] = r
		}
	}
	for _, o := range operations {
		api.Operations = append(api.Operations, o)
	}
	slices.SortFunc(api.Operations, func(a, b metrics.Operation) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		api.Regions = append(api.Regions, regions[name])
	}
	return api
}
