package owners

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
)

// tally is what is counted of one pool, in 64 bits so that no sum overflows.
type tally struct {
	reserved, used int64
	wrong          error // why it is not known
}

// count turns what all accounts said of a region into its pools' columns of a report. An error, which is of a description that
// cannot be, leaves the whole region unknown; a pool of which only its own capacity is not known is left out alone.
func (s *Source) count(region string, now models.Instant, accounts []described, report *drive.Report) error {
	c := counting{set: &s.Set, now: now, off: s.off, pools: map[string]*tally{}, seen: map[string]bool{}, ours: map[string]int64{}}
	borrower := 0
	for i, a := range s.Set.Accounts {
		if a.Name == s.Set.Account {
			borrower = i
		}
	}
	for p := range s.Pools {
		if s.Pools[p].Region == region {
			c.pools[s.Pools[p].Name()] = &tally{}
		}
	}
	for i := range accounts {
		names, err := translation(accounts[i].zones, accounts[borrower].zones)
		if err == nil {
			err = c.account(&accounts[i], names, i == borrower)
		}
		if err != nil {
			return fmt.Errorf("account %s: %w", s.Set.Accounts[i].Name, err)
		}
	}
	for i := range accounts {
		names, _ := translation(accounts[i].zones, accounts[borrower].zones)
		if err := c.capacities(accounts[i].capacity, names); err != nil {
			return fmt.Errorf("account %s: %w", s.Set.Accounts[i].Name, err)
		}
	}
	for p := range s.Pools {
		t := c.pools[s.Pools[p].Name()]
		switch {
		case s.Pools[p].Region != region:
		case t.wrong != nil:
			report.Notes = append(report.Notes, fmt.Sprintf("ec2: pool %s: %s", s.Pools[p].Name(), source.Shortened(t.wrong.Error())))
		case t.reserved > math.MaxInt32 || t.used > math.MaxInt32:
			report.Notes = append(report.Notes, fmt.Sprintf("ec2: pool %s: %d reserved, %d used: expected numbers of instances", s.Pools[p].Name(), t.reserved, t.used))
		default:
			report.Reserved[p], report.InUse[p] = int32(t.reserved), int32(t.used)
		}
	}
	return nil
}

// translation gives the borrower's name of a zone by the account's own. Without zones, as with a single account, names are the same.
func translation(own, borrowers map[string]string) (func(string) (string, error), error) {
	if own == nil || borrowers == nil {
		return func(name string) (string, error) { return name, nil }, nil
	}
	byID := make(map[string]string, len(borrowers))
	for name, id := range borrowers {
		if name == "" || id == "" || byID[id] != "" {
			return nil, fmt.Errorf("zone %q has the id %q: expected one of its own", name, id)
		}
		byID[id] = name
	}
	return func(name string) (string, error) {
		id, ok := own[name]
		if !ok {
			return "", fmt.Errorf("there is no zone %q in it", name)
		}
		return byID[id], nil // empty where the borrower has no such zone, and so no pool in it
	}, nil
}

type counting struct {
	set   *Settings
	now   models.Instant
	off   string
	pools map[string]*tally
	seen  map[string]bool  // instances and reservations, each of which counts once
	ours  map[string]int64 // borrowed instances by the capacity reservation that they are in
}

// account counts instances and zonal reservations.
func (c *counting) account(d *described, names func(string) (string, error), borrower bool) error {
	for i := range d.instances {
		if err := c.instance(&d.instances[i], names, borrower); err != nil {
			return err
		}
	}
	for i := range d.reserved {
		if err := c.zonal(&d.reserved[i], names); err != nil {
			return err
		}
	}
	return nil
}

// once says whether something has an id that was not seen before.
func (c *counting) once(id *string, what string) (bool, error) {
	if awssdk.ToString(id) == "" {
		return false, fmt.Errorf("%s has no id", what)
	}
	first := !c.seen[*id] || c.off == "twice"
	c.seen[*id] = true
	return first, nil
}

func (c *counting) instance(i *types.Instance, names func(string) (string, error), borrower bool) error {
	first, err := c.once(i.InstanceId, "an instance")
	if err != nil || !first {
		return err
	}
	if i.State == nil || i.Placement == nil || awssdk.ToString(i.Placement.AvailabilityZone) == "" || i.InstanceType == "" {
		return fmt.Errorf("instance %s has no state, zone or type", *i.InstanceId)
	}
	if i.State.Name != types.InstanceStateNamePending && i.State.Name != types.InstanceStateNameRunning {
		return nil
	}
	zone, err := names(*i.Placement.AvailabilityZone)
	if err != nil {
		return err
	}
	pool := c.pools[zone+"/"+string(i.InstanceType)]
	own := borrower && hasTag(i.Tags, fleet.TagDriver) || c.off == "tag" && hasTag(i.Tags, fleet.TagDriver)
	reservation := awssdk.ToString(i.CapacityReservationId)
	switch {
	case pool == nil:
	case own:
		if reservation != "" {
			c.ours[reservation]++
		}
	case reservation != "" || i.InstanceLifecycle != "" || !shared(i.Placement.Tenancy) || !c.ofPlatform(i):
	default:
		pool.used++
	}
	return nil
}

func shared(t types.Tenancy) bool { return t == "" || t == types.TenancyDefault }

// ofPlatform says whether an instance may use the reservations; one that does not say what it is may.
func (c *counting) ofPlatform(i *types.Instance) bool {
	details := awssdk.ToString(i.PlatformDetails)
	switch {
	case details != "":
		return details == c.set.Platform
	case strings.EqualFold(string(i.Platform), "windows"): // which is how Amazon writes it, and not the SDK
		return c.set.Platform == "Windows"
	}
	return c.set.Platform != "Windows"
}

func hasTag(tags []types.Tag, key string) bool {
	for _, t := range tags {
		if awssdk.ToString(t.Key) == key {
			return true
		}
	}
	return false
}

// lent are the kinds of reserved instances that clouddriver counts, too: those of before 2014 for light and medium use are long over.
var lent = map[types.OfferingTypeValues]bool{types.OfferingTypeValuesHeavyUtilization: true, types.OfferingTypeValuesAllUpfront: true,
	types.OfferingTypeValuesPartialUpfront: true, types.OfferingTypeValuesNoUpfront: true}

func (c *counting) zonal(r *types.ReservedInstances, names func(string) (string, error)) error {
	first, err := c.once(r.ReservedInstancesId, "a reservation")
	if err != nil || !first {
		return err
	}
	platform := strings.TrimSuffix(string(r.ProductDescription), " (Amazon VPC)")
	switch {
	case r.State != types.ReservedInstanceStateActive || r.Scope != types.ScopeAvailabilityZone && r.Scope != "" || !shared(r.InstanceTenancy) ||
		platform != c.set.Platform || !lent[r.OfferingType]:
		return nil
	case awssdk.ToInt32(r.InstanceCount) <= 0 || awssdk.ToString(r.AvailabilityZone) == "" || r.Start == nil || r.End == nil:
		return fmt.Errorf("reservation %s has no count, zone or times", *r.ReservedInstancesId)
	case !c.within(r.Start, r.End):
		return nil
	}
	zone, err := names(*r.AvailabilityZone)
	if err != nil {
		return err
	}
	if pool := c.pools[zone+"/"+string(r.InstanceType)]; pool != nil {
		pool.reserved += int64(*r.InstanceCount)
	}
	return nil
}

func (c *counting) within(start, end *time.Time) bool {
	return models.InstantOf(*start) <= c.now && c.now < models.InstantOf(*end) || c.off == "ends"
}

// capacities counts capacity reservations, when all borrowed instances that are in them are known.
func (c *counting) capacities(list []types.CapacityReservation, names func(string) (string, error)) error {
	for i := range list {
		r := &list[i]
		first, err := c.once(r.CapacityReservationId, "a capacity reservation")
		if err != nil {
			return err
		}
		if !first || !c.lendable(r) { // shared with the account by its owner, who is asked, too
			continue
		}
		zone, err := names(awssdk.ToString(r.AvailabilityZone))
		if err != nil {
			return err
		}
		if pool := c.pools[zone+"/"+awssdk.ToString(r.InstanceType)]; pool != nil {
			c.capacity(r, pool)
		}
	}
	return nil
}

// lendable says whether a capacity reservation is one of those that are lent. What is interruptible its owner lends by Amazon's own
// way already; what ends soon would leave borrowed instances to be paid for.
func (c *counting) lendable(r *types.CapacityReservation) bool {
	soon := r.EndDate != nil && models.InstantOf(*r.EndDate) <= c.now.Add(c.set.EndsWithin) && c.off != "ends"
	return r.State == types.CapacityReservationStateActive && (c.set.Capacity == "all" || string(r.InstanceMatchCriteria) == c.set.Capacity) &&
		!awssdk.ToBool(r.Interruptible) && r.ReservationType != types.CapacityReservationTypeCapacityBlock && !soon &&
		(r.Tenancy == "" || r.Tenancy == types.CapacityReservationTenancyDefault) && string(r.InstancePlatform) == c.set.Platform
}

func (c *counting) capacity(r *types.CapacityReservation, pool *tally) {
	if r.TotalInstanceCount == nil || r.AvailableInstanceCount == nil || *r.AvailableInstanceCount < 0 || *r.TotalInstanceCount < *r.AvailableInstanceCount {
		pool.wrong = fmt.Errorf("capacity reservation %s has %d of %d available", *r.CapacityReservationId, awssdk.ToInt32(r.AvailableInstanceCount), awssdk.ToInt32(r.TotalInstanceCount))
		return
	}
	used := int64(*r.TotalInstanceCount) - int64(*r.AvailableInstanceCount) - c.ours[*r.CapacityReservationId]
	if used < 0 {
		pool.wrong = errors.New("more borrowed instances are in capacity reservation " + *r.CapacityReservationId + " than it says are used")
		return
	}
	if a := r.InterruptibleCapacityAllocation; a != nil { // what is on its way to Amazon's own lending is not ours to lend
		used += int64(max(0, awssdk.ToInt32(a.TargetInstanceCount)-awssdk.ToInt32(a.InstanceCount)))
	}
	pool.reserved += int64(*r.TotalInstanceCount)
	pool.used += used
}
