package main

import (
	"context"
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

// calls are how often each operation was called since the driver began.
func (c *clients) calls() map[metrics.Call]int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	calls := map[metrics.Call]int64{}
	for _, client := range c.by {
		for _, n := range client.Counts() {
			calls[metrics.Call{Region: n.Region, Operation: n.Operation}] += n.Calls
		}
	}
	return calls
}
