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

type counts struct {
	mu          sync.Mutex
	byOperation map[string]int64
}

func (c *counts) add(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byOperation[operation]++
}

func (c *counts) list(region string) (list []Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.byOperation)) {
		list = append(list, Count{region, name, c.byOperation[name]})
	}
	return list
}

// meter stands behind what tries a call again, so that each try takes a token and is counted.
func (r *region) meter(stack *smithy.Stack) error {
	return stack.Finalize.Insert(smithy.FinalizeMiddlewareFunc("TroughMeter", r.metered), "Retry", smithy.After)
}

func (r *region) metered(ctx context.Context, in smithy.FinalizeInput, next smithy.FinalizeHandler) (smithy.FinalizeOutput, smithy.Metadata, error) {
	if err := r.budget.Take(ctx); err != nil {
		return smithy.FinalizeOutput{}, smithy.Metadata{}, &aws.RequestCanceledError{Err: err}
	}
	r.counts.add(middleware.GetServiceID(ctx) + ":" + middleware.GetOperationName(ctx))
	out, meta, err := next.HandleFinalize(ctx, in)
	if err != nil && ClassOf(err) == Throttle {
		r.budget.Throttled()
	}
	return out, meta, err
}
