package aws

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	smithy "github.com/aws/smithy-go/middleware"
)

// Count is how often an operation was called in a region since the start, each try of it.
type Count struct {
	Region, Operation string
	Calls             int64
	Throttled         int64 // of them, answered that there are too many
}

// Counts are those of all operations that were called, in order of region and name.
func (c *Client) Counts() []Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []Count
	for name, r := range c.regions {
		list = append(list, r.counts.list(name)...)
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Operation, b.Operation))
	})
	return list
}

// Health is how a region answers.
type Health struct {
	Region     string
	Errors     [Classes]int64 // tries that failed since the start, by class
	LeftOut    int64          // calls that were not made, since it answered nothing but errors
	Down       bool           // whether calls are left out now
	Rate, Full float64        // calls a second that may be made now, and at most
}

// Healths are those of all regions that were called, in order of name.
func (c *Client) Healths() (list []Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.regions)) {
		r := c.regions[name]
		h := Health{Region: name}
		h.Errors, h.LeftOut = r.counts.failures()
		_, h.Down = r.breaker.open()
		h.Rate, h.Full = r.budget.Rate()
		list = append(list, h)
	}
	return list
}

type counts struct {
	mu          sync.Mutex
	byOperation map[string]Count
	errors      [Classes]int64
	leftOut     int64
}

// made counts a try; heard counts what became of it.
func (c *counts) made(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.byOperation[operation]
	n.Calls++
	c.byOperation[operation] = n
}

func (c *counts) failed(operation string, class Class) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors[class]++
	if class == Throttle {
		n := c.byOperation[operation]
		n.Throttled++
		c.byOperation[operation] = n
	}
}

func (c *counts) leaveOut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leftOut++
}

func (c *counts) failures() ([Classes]int64, int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.errors, c.leftOut
}

func (c *counts) list(region string) (list []Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, n := range c.byOperation {
		n.Region, n.Operation = region, name
		list = append(list, n)
	}
	return list
}

// meter stands around what tries a call again: before it a region that is down is left alone, and behind it each try takes a token and is
// counted.
func (r *region) meter(stack *smithy.Stack) error {
	if err := stack.Finalize.Insert(smithy.FinalizeMiddlewareFunc("TroughBreaker", r.admitted), "Retry", smithy.Before); err != nil {
		return err
	}
	return stack.Finalize.Insert(smithy.FinalizeMiddlewareFunc("TroughMeter", r.metered), "Retry", smithy.After)
}

func (r *region) metered(ctx context.Context, in smithy.FinalizeInput, next smithy.FinalizeHandler) (smithy.FinalizeOutput, smithy.Metadata, error) {
	if err := r.budget.Take(ctx); err != nil {
		return smithy.FinalizeOutput{}, smithy.Metadata{}, &aws.RequestCanceledError{Err: err}
	}
	operation := middleware.GetServiceID(ctx) + ":" + middleware.GetOperationName(ctx)
	r.counts.made(operation)
	out, meta, err := next.HandleFinalize(ctx, in)
	again := r.breaker.hear(err)
	if err == nil || WouldWork(err) {
		return out, meta, err
	}
	class := ClassOf(err)
	r.counts.failed(operation, class)
	if class == Throttle {
		r.budget.Throttled()
	}
	if !again {
		err = lastTry{err}
	}
	return out, meta, err
}
