package aws

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"trough.internal/cmd/trough-live/aws/terse"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// What one page holds at most, and how many pages are asked for.
const (
	groupsPage    = 100
	InstancesPage = 1000
	activityPage  = 100
	ActivityPages = 5 // of failed launches; older ones have been seen
	filterValues  = 200
)

// GroupCalls is how many calls it takes to describe so many groups.
func GroupCalls(groups int) int { return (groups + groupsPage - 1) / groupsPage }

// ReturnCalls is how many calls it takes at most to end all that is in so many groups: one that cancels what is on order, one that ends what
// has no job, and one that ends the rest after the notice. No call of Auto Scaling is about two groups. What EC2 launched in no group,
// and what instances are told, takes calls by the thousand instances (see together).
func ReturnCalls(groups int) int { return 3 * groups }

// described is one region as descriptions say.
type described struct {
	begun     models.Instant
	took      time.Duration
	groups    []fleet.Group // by cell; those of other regions are not known
	instances []fleet.Described
	failures  []fleet.Failure
	why       error // of failures: they may be missing, without harm, since what is not launched is given up after a while
}

// lateMost is how old a description may be that comes late. It may say what was before something that the driver did meanwhile, which the
// ledger expects of every description for a little longer than this.
const lateMost = 80 * time.Second

// look describes everything, all regions at once, so that one that does not answer holds up no other. What comes late is taken by the next
// look, unless it is too old by then.
func (c *Cloud) look(ctx context.Context) (*fleet.Look, []string, error) {
	regions := c.regions()
	if c.asks == nil {
		c.asks = make([]drive.Ask[*described], len(regions))
	}
	look := &fleet.Look{At: c.Now(), Groups: make([]fleet.Group, len(c.Places))}
	found, errs := make([]*described, len(regions)), make([]error, len(regions))
	var all sync.WaitGroup
	for i, region := range regions {
		all.Go(func() { found[i], errs[i] = c.ask(ctx, look.At, i, region) })
	}
	all.Wait()
	look.Work = c.Work()
	var notes []string
	failed := 0
	for i, region := range regions {
		if err := errs[i]; err != nil {
			failed++
			notes = append(notes, fmt.Sprintf("region %s cannot be described, so that nothing is launched there: %v", region, Wrong(err)))
			continue
		}
		if why := found[i].why; why != nil {
			notes = append(notes, fmt.Sprintf("region %s: why launches failed is not known: %v", region, Wrong(why)))
		}
		for cell := range c.Places {
			if c.Places[cell].Region == region {
				look.Groups[cell] = found[i].groups[cell]
			}
		}
		look.Instances = append(look.Instances, found[i].instances...)
		look.Failures = append(look.Failures, found[i].failures...)
	}
	if failed == len(regions) {
		return nil, nil, Wrong(errs[failed-1])
	}
	return look, notes, nil
}

// ask asks for one region, and waits no longer than it may take. A region that was slow is not waited for until it has answered in time
// again, so that it makes the others' look later once: each look takes what the one before has asked, and asks anew.
func (c *Cloud) ask(ctx context.Context, now models.Instant, i int, region string) (*described, error) {
	patience := cmp.Or(c.Patience, 24*time.Hour)
	question := func(ctx context.Context) (*described, error) { return c.describe(ctx, region) }
	if c.Patience == 0 || !c.asks[i].Waits() {
		return c.asks[i].Do(ctx, patience, question)
	}
	late, err := c.asks[i].Do(ctx, 0, question)
	if err != nil {
		return nil, err
	}
	if late.took > patience {
		patience = 0
	}
	d, err := c.asks[i].Do(ctx, patience, question)
	if err != nil && now.Sub(late.begun) <= lateMost {
		return late, nil
	}
	return d, err
}

// regions are those of the places, sorted.
func (c *Cloud) regions() (list []string) {
	for i := range c.Places {
		list = append(list, c.Places[i].Region)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (c *Cloud) describe(ctx context.Context, region string) (*described, error) {
	began := time.Now()
	d := &described{begun: c.Now(), groups: make([]fleet.Group, len(c.Places))}
	if err := c.describeGroups(ctx, region, d.groups); err != nil {
		return nil, err
	}
	filter := types.Filter{Name: aws.String("tag:" + fleet.TagDriver), Values: []string{c.Name}}
	if err := c.describeInstances(ctx, region, filter, d); err != nil {
		return nil, err
	}
	for part := range slices.Chunk(c.unexplained(region, d.groups, d.instances), filterValues) {
		if err := c.describeInstances(ctx, region, types.Filter{Name: aws.String("instance-id"), Values: part}, d); err != nil {
			return nil, err
		}
	}
	d.why = c.describeFailures(ctx, region, d)
	d.took = time.Since(began)
	return d, nil
}

func (c *Cloud) describeGroups(ctx context.Context, region string, into []fleet.Group) error {
	var names []string
	for cell := range c.Places {
		if p := &c.Places[cell]; p.Region == region {
			into[cell] = fleet.Group{Known: true, Absent: p.Group != ""}
			if p.Group != "" {
				names = append(names, p.Group)
			}
		}
	}
	slices.Sort(names)
	for part := range slices.Chunk(names, groupsPage) {
		pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(c.Client.AutoScaling(region),
			&autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: part, MaxRecords: aws.Int32(groupsPage)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx, terse.Groups)
			if err != nil {
				return err
			}
			for i := range page.AutoScalingGroups {
				g := &page.AutoScalingGroups[i]
				if cell, ok := c.cells[aws.ToString(g.AutoScalingGroupName)]; ok {
					into[cell] = groupOf(g)
				}
			}
		}
	}
	return nil
}

func (c *Cloud) describeInstances(ctx context.Context, region string, filter types.Filter, into *described) error {
	pages := ec2.NewDescribeInstancesPaginator(c.Client.EC2(region),
		&ec2.DescribeInstancesInput{Filters: []types.Filter{filter}, MaxResults: aws.Int32(InstancesPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, terse.Instances)
		if err != nil {
			return err
		}
		for i := range page.Reservations {
			for k := range page.Reservations[i].Instances {
				into.instances = append(into.instances, describedOf(&page.Reservations[i].Instances[k]))
			}
		}
	}
	return nil
}

// unexplained are members of groups that were not described with the driver's tags: they are new, or somebody else's.
func (c *Cloud) unexplained(region string, groups []fleet.Group, described []fleet.Described) (ids []string) {
	seen := make(map[string]bool, len(described))
	for i := range described {
		seen[described[i].ID] = true
	}
	for cell := range groups {
		if c.Places[cell].Region != region {
			continue
		}
		for _, m := range groups[cell].Members {
			if !seen[m.ID] {
				ids = append(ids, m.ID)
			}
		}
	}
	return ids
}

// describeFailures asks for launches that failed, where something has been on order since before.
func (c *Cloud) describeFailures(ctx context.Context, region string, into *described) error {
	c.mu.Lock()
	oldest, waits := c.ledger.Waiting(region)
	c.mu.Unlock()
	if !waits {
		return nil
	}
	pages := autoscaling.NewDescribeScalingActivitiesPaginator(c.Client.AutoScaling(region), &autoscaling.DescribeScalingActivitiesInput{MaxRecords: aws.Int32(activityPage)})
	var found []fleet.Failure
	for n := 0; n < ActivityPages && pages.HasMorePages(); n++ {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for i := range page.Activities {
			a := &page.Activities[i]
			at := models.InstantOf(aws.ToTime(a.StartTime))
			cell, ours := c.cells[aws.ToString(a.AutoScalingGroupName)]
			if a.StatusCode != "Failed" || !ours || !strings.HasPrefix(aws.ToString(a.Description), "Launching") {
				continue
			}
			if at < oldest { // they come newest first
				n = ActivityPages
				break
			}
			message := strings.Join(strings.Fields(aws.ToString(a.StatusMessage)), " ")
			class := ClassOfText(message)
			found = append(found, fleet.Failure{Cell: cell, At: at, Lacks: class == Capacity, Final: class != Throttle && class != Unknown, Message: message})
		}
	}
	slices.Reverse(found)
	into.failures = found
	return nil
}
