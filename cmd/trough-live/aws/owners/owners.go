// Package owners is telemetry from EC2 itself: what accounts reserve, and what they use of it, with no report in between.
//
// # What counts
//
// A pool's reserved instances are the zonal ones of all accounts and, where it is asked for, the capacity of on-demand capacity
// reservations. What is used of the first are the instances that are pending or running in the pool, in any account, less those
// that have other capacity than the zonal reservations': spot instances, dedicated ones, and those in a capacity reservation.
// What is used of the second, Amazon says itself. Borrowed instances, which are those in the borrower's account that carry the tag
// trough:driver, are not the owners'; the tag in another account means nothing, since templates are copied. Savings plans and
// the reservations of a region are a discount without capacity.
//
// # Complete or unknown
//
// A region is known where every account answered every question about it, down to the last page. The answers are consistent only
// in the end, and not of one instant: they are said to be of when the first question was asked. A good answer with nothing in it is no
// idle account: where it is said how many instances an account has at least, fewer are not believed; else that is for the driver's own
// rules, reports that agree and no sudden fall, which know nothing yet when it starts.
//
// # Zones
//
// Two accounts may call one zone by different names. The pools' names are the borrower's; other accounts' are translated by the
// zones' ids.
package owners

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
)

// Settings say which accounts are asked, and what counts.
type Settings struct {
	Accounts   []AccountSettings `set:"accounts" required:"true" doc:"All accounts that reserve or use the pools, the borrower's included."`
	Account    string            `set:"account" required:"true" doc:"The one of them in which borrowed instances run."`
	Platform   string            `set:"platform" default:"Linux/UNIX" enum:"Linux/UNIX|Windows|Red Hat Enterprise Linux|SUSE Linux" doc:"Platform of the reservations."`
	Capacity   string            `set:"capacity_reservations" default:"none" enum:"none|open|targeted|all" doc:"On-demand capacity reservations that count beside zonal reserved instances, by what matches them."`
	EndsWithin time.Duration     `set:"ends_within" default:"30m" min:"0s" max:"24h" doc:"A capacity reservation that ends so soon is not lent any more."`
	SkewMax    time.Duration     `set:"skew_max" default:"1m" min:"1s" max:"24h" doc:"How far Amazon's clock may be from ours. Beyond it the ages of its answers are not trusted, and nothing is increased by them."`
}

// AccountSettings are one account's name and how it is called.
type AccountSettings struct {
	Name       string       `set:"name" required:"true" doc:"For messages and for the setting account."`
	Connection aws.Settings `set:"aws" doc:"How it is called."`
	Least      int32        `set:"instances_least" min:"0" max:"1000000" doc:"Instances of the pools' types that it always has, pending or running, in all regions together: an answer with fewer leaves something out, and nothing is known. 0 takes any answer for whole."`
}

// Check refuses names that are there twice or not at all.
func (s *Settings) Check() error {
	seen := map[string]bool{}
	for _, a := range s.Accounts {
		if a.Name == "" || seen[a.Name] {
			return fmt.Errorf("accounts: name is %q: expected another one for each", a.Name)
		}
		seen[a.Name] = true
	}
	if !seen[s.Account] {
		return fmt.Errorf("account is %q: expected one of accounts", s.Account)
	}
	return nil
}

// Calls says what a report takes in each account and region.
func (s *Settings) Calls() string {
	text := fmt.Sprintf("1 for reserved instances, 1 for each %d instances", pageSize)
	if s.Capacity != "none" {
		text += fmt.Sprintf(", 1 for each %d capacity reservations", pageSize)
	}
	return text
}

// API is what is asked of EC2, in one account and region; *ec2.Client has it.
type API interface {
	ec2.DescribeInstancesAPIClient
	ec2.DescribeCapacityReservationsAPIClient
	DescribeReservedInstances(context.Context, *ec2.DescribeReservedInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeReservedInstancesOutput, error)
	DescribeAvailabilityZones(context.Context, *ec2.DescribeAvailabilityZonesInput, ...func(*ec2.Options)) (*ec2.DescribeAvailabilityZonesOutput, error)
}

// Source is telemetry from EC2. It is a drive.Telemetry.
type Source struct {
	Pools []models.Pool
	Set   Settings
	In    func(account int, region string) (API, error) // by the place of the account in the settings
	Now   func() time.Time                              // what Amazon's clock is compared with

	mutex sync.Mutex
	zones map[string]map[string]string // by account and region: a zone's id by its name, which does not change
	off   string                       // a rule that is switched off; only tests do
}

// New makes a source that calls Amazon. Open opens a client, or gives one that is open already, since calls of one account share a
// budget. It is asked with the first question: a source without credentials knows nothing, and asks for them again.
func New(s Settings, pools []models.Pool, open func(aws.Settings) (*aws.Client, error)) *Source {
	return &Source{Pools: pools, Set: s, Now: time.Now, In: func(account int, region string) (API, error) {
		client, err := open(s.Accounts[account].Connection)
		if err != nil {
			return nil, err
		}
		return client.EC2(region), nil
	}}
}

// Reports asks about every region, all accounts at once. A region in which anything is missing is unknown, and the notes say why.
func (s *Source) Reports(ctx context.Context, now models.Instant) ([]drive.Report, error) {
	report := drive.Report{OccurredAt: now, Reserved: make([]int32, len(s.Pools)), InUse: slices.Repeat([]int32{models.Unknown}, len(s.Pools))}
	var regions []string
	for p := range s.Pools {
		if !slices.Contains(regions, s.Pools[p].Region) {
			regions = append(regions, s.Pools[p].Region)
		}
	}
	answers, errs := make([]described, len(regions)*len(s.Set.Accounts)), make([]error, len(regions)*len(s.Set.Accounts))
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			account := i % len(s.Set.Accounts)
			answers[i], errs[i] = s.describe(aws.For(ctx, aws.ToRead), account, regions[i/len(s.Set.Accounts)])
		})
	}
	all.Wait()
	for account := range s.Set.Accounts {
		if err := s.enough(account, answers); err != nil {
			for i := account; i < len(errs); i += len(s.Set.Accounts) {
				errs[i] = errors.Join(errs[i], err)
			}
		}
	}
	for r, region := range regions {
		from, to := r*len(s.Set.Accounts), (r+1)*len(s.Set.Accounts)
		for _, d := range answers[from:to] {
			if d.clock != nil {
				report.AgeUnknown = true
				report.Notes = append(report.Notes, fmt.Sprintf("ec2: region %s: %v", region, d.clock))
			}
		}
		err := errors.Join(errs[from:to]...)
		if s.off == "complete" {
			err = nil
		}
		if err == nil {
			err = s.count(region, now, answers[from:to], &report)
		}
		if err != nil {
			report.Notes = append(report.Notes, fmt.Sprintf("ec2: region %s is not known: %s", region, source.Shortened(err.Error())))
		}
	}
	return []drive.Report{report}, nil
}

// enough says whether an account shows as many instances as it always has.
func (s *Source) enough(account int, answers []described) error {
	least, n := int(s.Set.Accounts[account].Least), 0
	for i := account; i < len(answers); i += len(s.Set.Accounts) {
		n += len(answers[i].instances)
	}
	if n < least && s.off != "least" {
		return fmt.Errorf("account %s: %d instances: expected at least %d", s.Set.Accounts[account].Name, n, least)
	}
	return nil
}
