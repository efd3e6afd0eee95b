package owners

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	smithy "github.com/aws/smithy-go/middleware"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/aws/terse"
	"trough.internal/cmd/trough-live/source"
)

// described is what one account says of one region.
type described struct {
	instances []types.Instance
	reserved  []types.ReservedInstances
	capacity  []types.CapacityReservation
	zones     map[string]string // ids by name
	clock     error             // why its ages are not trusted
}

// pageSize is the most things that EC2 gives in one answer.
const pageSize = 1000

// typesMost is how many values a filter may have, by the reference of EC2's filters.
const typesMost = 200

// pagesMost ends a row of pages that has no end.
const pagesMost = 10_000

// describe asks one account all about a region. An error means that something is missing.
func (s *Source) describe(ctx context.Context, account int, region string) (d described, err error) {
	api, err := s.In(account, region)
	asked := asking{ctx: ctx, api: api, now: s.Now, most: s.Set.SkewMax, off: s.off, err: err}
	filters := s.filters(region)
	d.instances = asked.instances(filters)
	d.reserved = asked.reserved()
	if s.Set.Capacity != "none" {
		d.capacity = asked.capacity()
	}
	d.zones = s.zonesOf(&asked, account, region)
	if d.clock = asked.clock; asked.err != nil {
		err = fmt.Errorf("account %s: %w", s.Set.Accounts[account].Name, asked.err)
	}
	return d, err
}

// filters keep what nobody counts out of the answers. What comes all the same is not counted, so that they only save time.
func (s *Source) filters(region string) []types.Filter {
	filters := []types.Filter{{Name: awssdk.String("instance-state-name"), Values: []string{"pending", "running"}}}
	var list []string
	for p := range s.Pools {
		if s.Pools[p].Region == region && !slices.Contains(list, s.Pools[p].Type) {
			list = append(list, s.Pools[p].Type)
		}
	}
	if len(list) <= typesMost {
		filters = append(filters, types.Filter{Name: awssdk.String("instance-type"), Values: list})
	}
	return filters
}

// zonesOf are an account's zones; with a single account nobody needs to know.
func (s *Source) zonesOf(a *asking, account int, region string) map[string]string {
	if len(s.Set.Accounts) == 1 {
		return nil
	}
	key := s.Set.Accounts[account].Name + " " + region
	s.mutex.Lock()
	zones := s.zones[key]
	s.mutex.Unlock()
	if zones != nil {
		return zones
	}
	if zones = a.zones(); a.err == nil {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if s.zones == nil {
			s.zones = map[string]map[string]string{}
		}
		s.zones[key] = zones
	}
	return zones
}

// asking is a row of questions to one account, of which none is asked after one that failed.
type asking struct {
	ctx   context.Context
	api   API
	now   func() time.Time
	most  time.Duration // of skew
	off   string
	err   error
	clock error
}

func (a *asking) instances(filters []types.Filter) (list []types.Instance) {
	input := &ec2.DescribeInstancesInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)}
	a.pages(func(token *string) (*string, smithy.Metadata, error) {
		input.NextToken = token
		out, err := a.api.DescribeInstances(a.ctx, input, terse.Instances)
		if err != nil {
			return nil, smithy.Metadata{}, err
		}
		for _, r := range out.Reservations {
			list = append(list, r.Instances...)
		}
		return out.NextToken, out.ResultMetadata, nil
	})
	return list
}

func (a *asking) capacity() (list []types.CapacityReservation) {
	input := &ec2.DescribeCapacityReservationsInput{MaxResults: awssdk.Int32(pageSize), Filters: []types.Filter{{Name: awssdk.String("state"), Values: []string{"active"}}}}
	a.pages(func(token *string) (*string, smithy.Metadata, error) {
		input.NextToken = token
		out, err := a.api.DescribeCapacityReservations(a.ctx, input)
		if err != nil {
			return nil, smithy.Metadata{}, err
		}
		list = append(list, out.CapacityReservations...)
		return out.NextToken, out.ResultMetadata, nil
	})
	return list
}

// reserved has no pages: EC2 answers with all of them.
func (a *asking) reserved() (list []types.ReservedInstances) {
	a.pages(func(*string) (*string, smithy.Metadata, error) {
		out, err := a.api.DescribeReservedInstances(a.ctx, &ec2.DescribeReservedInstancesInput{Filters: []types.Filter{{Name: awssdk.String("state"), Values: []string{"active"}}}})
		if err != nil {
			return nil, smithy.Metadata{}, err
		}
		list = out.ReservedInstances
		return nil, out.ResultMetadata, nil
	})
	return list
}

func (a *asking) zones() map[string]string {
	zones := map[string]string{}
	a.pages(func(*string) (*string, smithy.Metadata, error) {
		out, err := a.api.DescribeAvailabilityZones(a.ctx, &ec2.DescribeAvailabilityZonesInput{})
		if err != nil {
			return nil, smithy.Metadata{}, err
		}
		for _, z := range out.AvailabilityZones {
			zones[awssdk.ToString(z.ZoneName)] = awssdk.ToString(z.ZoneId)
		}
		return nil, out.ResultMetadata, nil
	})
	return zones
}

// pages asks until there is no next page.
func (a *asking) pages(ask func(token *string) (next *string, about smithy.Metadata, err error)) {
	var token *string
	for n := 0; a.err == nil; n++ {
		sent := a.now()
		next, about, err := ask(token)
		switch {
		case err != nil && n > 0 && a.off == "pages":
			return
		case err != nil:
			a.err = aws.Wrong(err)
			return
		case n >= pagesMost || awssdk.ToString(next) != "" && awssdk.ToString(next) == awssdk.ToString(token):
			a.err = errors.New("pages follow without an end")
			return
		}
		date := ""
		if at, ok := middleware.GetServerTime(about); ok {
			date = at.UTC().Format(http.TimeFormat)
		}
		if err := source.CheckClock(date, sent, a.now(), a.most); err != nil {
			a.clock = err
		}
		if token = next; awssdk.ToString(next) == "" {
			return
		}
	}
}
