package owners

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
	"trough.internal/models/settings"
)

const (
	noon    models.Instant = 1_444_046_400
	unknown                = models.Unknown
)

// cloud is what one account says, in pages of one thing each.
type cloud struct {
	instances []types.Instance
	reserved  []types.ReservedInstances
	capacity  []types.CapacityReservation
	zones     map[string]string
	fails     map[string]error // by what is asked, and the page
	endless   bool
}

func (c *cloud) DescribeInstances(_ context.Context, in *ec2.DescribeInstancesInput, _ ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	part, next, err := paged(c, "instances", c.instances, in.NextToken)
	return &ec2.DescribeInstancesOutput{Reservations: []types.Reservation{{Instances: part}}, NextToken: next}, err
}

func (c *cloud) DescribeCapacityReservations(_ context.Context, in *ec2.DescribeCapacityReservationsInput, _ ...func(*ec2.Options)) (*ec2.DescribeCapacityReservationsOutput, error) {
	part, next, err := paged(c, "capacity", c.capacity, in.NextToken)
	return &ec2.DescribeCapacityReservationsOutput{CapacityReservations: part, NextToken: next}, err
}

func (c *cloud) DescribeReservedInstances(context.Context, *ec2.DescribeReservedInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeReservedInstancesOutput, error) {
	return &ec2.DescribeReservedInstancesOutput{ReservedInstances: c.reserved}, c.fails["reserved"]
}

func (c *cloud) DescribeAvailabilityZones(context.Context, *ec2.DescribeAvailabilityZonesInput, ...func(*ec2.Options)) (*ec2.DescribeAvailabilityZonesOutput, error) {
	out := &ec2.DescribeAvailabilityZonesOutput{}
	for name, id := range c.zones {
		out.AvailabilityZones = append(out.AvailabilityZones, types.AvailabilityZone{ZoneName: &name, ZoneId: &id})
	}
	return out, c.fails["zones"]
}

func paged[T any](c *cloud, what string, list []T, token *string) (part []T, next *string, err error) {
	n := 0
	fmt.Sscan(awssdk.ToString(token), &n)
	if n < len(list) {
		part = list[n : n+1]
	}
	if n+1 < len(list) {
		next = awssdk.String(fmt.Sprint(n + 1))
	}
	if c.endless {
		next = awssdk.String("again")
	}
	return part, next, c.fails[fmt.Sprint(what, n)]
}

var made int

func instance(zone string, change func(*types.Instance)) types.Instance {
	made++
	i := types.Instance{InstanceId: awssdk.String(fmt.Sprintf("i-%017x", made)), InstanceType: "r3.4xlarge", State: &types.InstanceState{Name: "running"},
		Placement: &types.Placement{AvailabilityZone: &zone, Tenancy: "default"}, PlatformDetails: awssdk.String("Linux/UNIX")}
	if change != nil {
		change(&i)
	}
	return i
}

func ours(i *types.Instance) {
	i.Tags = []types.Tag{{Key: awssdk.String("Name")}, {Key: awssdk.String(fleet.TagDriver), Value: awssdk.String("encoding")}}
}

func zonal(zone string, n int32, change func(*types.ReservedInstances)) types.ReservedInstances {
	made++
	start, end := noon.Add(-time.Hour).UTC(), noon.Add(time.Hour).UTC()
	r := types.ReservedInstances{ReservedInstancesId: awssdk.String(fmt.Sprint("ri-", made)), AvailabilityZone: &zone, InstanceType: "r3.4xlarge", InstanceCount: &n, State: "active",
		Scope: "Availability Zone", InstanceTenancy: "default", OfferingType: "All Upfront", ProductDescription: "Linux/UNIX", Start: &start, End: &end}
	if change != nil {
		change(&r)
	}
	return r
}

func capacity(id, zone string, total, available int32, change func(*types.CapacityReservation)) types.CapacityReservation {
	r := types.CapacityReservation{CapacityReservationId: &id, AvailabilityZone: &zone, InstanceType: awssdk.String("r3.4xlarge"), TotalInstanceCount: &total,
		AvailableInstanceCount: &available, State: "active", InstanceMatchCriteria: "open", Tenancy: "default", InstancePlatform: "Linux/UNIX", EndDateType: "unlimited"}
	if change != nil {
		change(&r)
	}
	return r
}

// fixture is two accounts: encode, in which borrowed instances run, and prod, whose pools a and b these are.
func fixture() (*Source, *cloud, *cloud) {
	s := &Source{Set: Settings{Accounts: []AccountSettings{{Name: "encode"}, {Name: "prod"}}, Account: "encode"}, Now: func() time.Time { return noon.UTC() }}
	settings.Defaults(&s.Set)
	s.Set.Accounts, s.Set.Account, s.Set.Capacity = []AccountSettings{{Name: "encode"}, {Name: "prod"}}, "encode", "open"
	for _, zone := range []string{"us-east-1a", "us-east-1b", "us-west-2a"} {
		s.Pools = append(s.Pools, models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: "r3.4xlarge"})
	}
	zones := map[string]string{"us-east-1a": "use1-az1", "us-east-1b": "use1-az2", "us-west-2a": "usw2-az1"}
	encode, prod := &cloud{zones: zones, fails: map[string]error{}}, &cloud{zones: zones, fails: map[string]error{}}
	prod.reserved = []types.ReservedInstances{zonal("us-east-1a", 10, nil), zonal("us-east-1a", 5, nil)}
	prod.instances = []types.Instance{instance("us-east-1a", nil), instance("us-east-1a", func(i *types.Instance) { i.State.Name = "pending" }), instance("us-east-1b", nil)}
	encode.instances = []types.Instance{instance("us-east-1a", ours), instance("us-east-1a", nil)}
	none := &cloud{zones: zones}
	s.In = func(account int, region string) (API, error) {
		if region != "us-east-1" {
			return none, nil
		}
		return []*cloud{encode, prod}[account], nil
	}
	return s, encode, prod
}

// says is what the three pools have reserved and in use, as "15/3 0/1 0/0", or "-".
func says(t *testing.T, s *Source) (text string, report drive.Report) {
	t.Helper()
	reports, err := s.Reports(context.Background(), noon)
	if err != nil || len(reports) != 1 || reports[0].OccurredAt != noon {
		t.Fatalf("%+v, %v", reports, err)
	}
	report = reports[0]
	var list []string
	for p := range s.Pools {
		if report.InUse[p] == unknown {
			list = append(list, "-")
			continue
		}
		list = append(list, fmt.Sprintf("%d/%d", report.Reserved[p], report.InUse[p]))
	}
	return strings.Join(list, " "), report
}

func TestOwnersUseWhatIsThereLessWhatIsBorrowed(t *testing.T) {
	s, _, _ := fixture()
	if got, r := says(t, s); got != "15/3 0/1 0/0" || len(r.Notes) > 6 {
		t.Errorf("%s, %q", got, r.Notes)
	}
}

// TestWhatHasOtherCapacityIsNotCounted, and what only looks so is: one change each to a market of 15/3 in the first pool.
func TestWhatHasOtherCapacityIsNotCounted(t *testing.T) {
	for what, test := range map[string]struct {
		instance func(*types.Instance)
		want     string
	}{
		"an ordinary one":       {nil, "15/4 0/1 0/0"},
		"spot":                  {func(i *types.Instance) { i.InstanceLifecycle = "spot" }, "15/3 0/1 0/0"},
		"a capacity block":      {func(i *types.Instance) { i.InstanceLifecycle = "capacity-block" }, "15/3 0/1 0/0"},
		"dedicated":             {func(i *types.Instance) { i.Placement.Tenancy = "dedicated" }, "15/3 0/1 0/0"},
		"on a host":             {func(i *types.Instance) { i.Placement.Tenancy = "host" }, "15/3 0/1 0/0"},
		"in a reservation":      {func(i *types.Instance) { i.CapacityReservationId = awssdk.String("cr-9") }, "15/3 0/1 0/0"},
		"Windows":               {func(i *types.Instance) { i.PlatformDetails = awssdk.String("Windows") }, "15/3 0/1 0/0"},
		"Windows of old":        {func(i *types.Instance) { i.PlatformDetails, i.Platform = nil, "windows" }, "15/3 0/1 0/0"},
		"it does not say what":  {func(i *types.Instance) { i.PlatformDetails = nil }, "15/4 0/1 0/0"},
		"stopping":              {func(i *types.Instance) { i.State.Name = "stopping" }, "15/3 0/1 0/0"},
		"shutting down":         {func(i *types.Instance) { i.State.Name = "shutting-down" }, "15/3 0/1 0/0"},
		"of another type":       {func(i *types.Instance) { i.InstanceType = "r3.8xlarge" }, "15/3 0/1 0/0"},
		"with our tag in prod":  {ours, "15/4 0/1 0/0"},
		"without a tenancy":     {func(i *types.Instance) { i.Placement.Tenancy = "" }, "15/4 0/1 0/0"},
		"of the second zone":    {func(i *types.Instance) { i.Placement.AvailabilityZone = awssdk.String("us-east-1b") }, "15/3 0/2 0/0"},
		"of a zone of nobody's": {func(i *types.Instance) { i.Placement.AvailabilityZone = awssdk.String("us-east-1z") }, "- - 0/0"},
		"without a state":       {func(i *types.Instance) { i.State = nil }, "- - 0/0"},
		"without a placement":   {func(i *types.Instance) { i.Placement = nil }, "- - 0/0"},
		"without a type":        {func(i *types.Instance) { i.InstanceType = "" }, "- - 0/0"},
		"without an id":         {func(i *types.Instance) { i.InstanceId = nil }, "- - 0/0"},
	} {
		s, _, prod := fixture()
		prod.instances = append(prod.instances, instance("us-east-1a", test.instance))
		if got, r := says(t, s); got != test.want {
			t.Errorf("%s: %s, want %s; %q", what, got, test.want, r.Notes)
		}
	}
}

func TestAReservationCountsWhereItIsOfThePoolsCapacityAndNow(t *testing.T) {
	at := func(d time.Duration) *time.Time { u := noon.Add(d).UTC(); return &u }
	for what, test := range map[string]struct {
		reserved func(*types.ReservedInstances)
		want     string
	}{
		"an ordinary one":   {nil, "115/3 0/1 0/0"},
		"of a VPC":          {func(r *types.ReservedInstances) { r.ProductDescription = "Linux/UNIX (Amazon VPC)" }, "115/3 0/1 0/0"},
		"Windows":           {func(r *types.ReservedInstances) { r.ProductDescription = "Windows" }, "15/3 0/1 0/0"},
		"of a region":       {func(r *types.ReservedInstances) { r.Scope, r.AvailabilityZone = "Region", nil }, "15/3 0/1 0/0"},
		"retired":           {func(r *types.ReservedInstances) { r.State = "retired" }, "15/3 0/1 0/0"},
		"to be paid":        {func(r *types.ReservedInstances) { r.State = "payment-pending" }, "15/3 0/1 0/0"},
		"dedicated":         {func(r *types.ReservedInstances) { r.InstanceTenancy = "dedicated" }, "15/3 0/1 0/0"},
		"of light use":      {func(r *types.ReservedInstances) { r.OfferingType = "Light Utilization" }, "15/3 0/1 0/0"},
		"that has ended":    {func(r *types.ReservedInstances) { r.End = at(0) }, "15/3 0/1 0/0"},
		"that ends soon":    {func(r *types.ReservedInstances) { r.End = at(time.Second) }, "115/3 0/1 0/0"},
		"that begins later": {func(r *types.ReservedInstances) { r.Start = at(time.Second) }, "15/3 0/1 0/0"},
		"without an end":    {func(r *types.ReservedInstances) { r.End = nil }, "- - 0/0"},
		"without a count":   {func(r *types.ReservedInstances) { r.InstanceCount = nil }, "- - 0/0"},
		"of a negative one": {func(r *types.ReservedInstances) { r.InstanceCount = awssdk.Int32(-100) }, "- - 0/0"},
		"without an id":     {func(r *types.ReservedInstances) { r.ReservedInstancesId = nil }, "- - 0/0"},
	} {
		s, _, prod := fixture()
		prod.reserved = append(prod.reserved, zonal("us-east-1a", 100, test.reserved))
		if got, r := says(t, s); got != test.want {
			t.Errorf("%s: %s, want %s; %q", what, got, test.want, r.Notes)
		}
	}
}

func TestACapacityReservationIsWhatAmazonSaysOfItLessWhatIsBorrowedInIt(t *testing.T) {
	at := func(d time.Duration) *time.Time { u := noon.Add(d).UTC(); return &u }
	for what, test := range map[string]struct {
		change   func(*types.CapacityReservation)
		borrowed int
		want     string
	}{
		"an ordinary one":         {nil, 0, "55/13 0/1 0/0"},
		"with borrowed instances": {nil, 4, "55/9 0/1 0/0"},
		"with more than it knows": {nil, 11, "- 0/1 0/0"},
		"targeted":                {func(r *types.CapacityReservation) { r.InstanceMatchCriteria = "targeted" }, 0, "15/3 0/1 0/0"},
		"interruptible":           {func(r *types.CapacityReservation) { r.Interruptible = awssdk.Bool(true) }, 0, "15/3 0/1 0/0"},
		"partly lent by Amazon": {func(r *types.CapacityReservation) {
			r.InterruptibleCapacityAllocation = &types.InterruptibleCapacityAllocation{InstanceCount: awssdk.Int32(2), TargetInstanceCount: awssdk.Int32(7)}
		}, 0, "55/18 0/1 0/0"},
		"that is being reclaimed": {func(r *types.CapacityReservation) {
			r.InterruptibleCapacityAllocation = &types.InterruptibleCapacityAllocation{InstanceCount: awssdk.Int32(7), TargetInstanceCount: awssdk.Int32(2)}
		}, 0, "55/13 0/1 0/0"},
		"that ends in half an hour": {func(r *types.CapacityReservation) { r.EndDate = at(30 * time.Minute) }, 0, "15/3 0/1 0/0"},
		"that ends a second later":  {func(r *types.CapacityReservation) { r.EndDate = at(30*time.Minute + time.Second) }, 0, "55/13 0/1 0/0"},
		"expired":                   {func(r *types.CapacityReservation) { r.State = "expired" }, 0, "15/3 0/1 0/0"},
		"of Windows":                {func(r *types.CapacityReservation) { r.InstancePlatform = "Windows" }, 0, "15/3 0/1 0/0"},
		"dedicated":                 {func(r *types.CapacityReservation) { r.Tenancy = "dedicated" }, 0, "15/3 0/1 0/0"},
		"a block":                   {func(r *types.CapacityReservation) { r.ReservationType = "capacity-block" }, 0, "15/3 0/1 0/0"},
		"without a total":           {func(r *types.CapacityReservation) { r.TotalInstanceCount = nil }, 0, "- 0/1 0/0"},
		"without what is free":      {func(r *types.CapacityReservation) { r.AvailableInstanceCount = nil }, 0, "- 0/1 0/0"},
		"with more free than all":   {func(r *types.CapacityReservation) { r.AvailableInstanceCount = awssdk.Int32(41) }, 0, "- 0/1 0/0"},
		"with fewer free than none": {func(r *types.CapacityReservation) { r.AvailableInstanceCount = awssdk.Int32(-1) }, 0, "- 0/1 0/0"},
		"without an id":             {func(r *types.CapacityReservation) { r.CapacityReservationId = nil }, 0, "- - 0/0"},
	} {
		s, encode, prod := fixture()
		prod.capacity = append(prod.capacity, capacity("cr-1", "us-east-1a", 40, 30, test.change))
		for range test.borrowed {
			encode.instances = append(encode.instances, instance("us-east-1a", func(i *types.Instance) { ours(i); i.CapacityReservationId = awssdk.String("cr-1") }))
		}
		if got, r := says(t, s); got != test.want {
			t.Errorf("%s: %s, want %s; %q", what, got, test.want, r.Notes)
		}
		s.Set.Capacity = "none"
		if got, r := says(t, s); got != "15/3 0/1 0/0" {
			t.Errorf("%s, where none are asked for: %s, %q", what, got, r.Notes)
		}
	}
	s, _, prod := fixture()
	prod.capacity = []types.CapacityReservation{capacity("cr-1", "us-east-1a", 40, 30, nil), capacity("cr-2", "us-east-1b", 7, 7, func(r *types.CapacityReservation) { r.InstanceMatchCriteria = "targeted" })}
	for match, want := range map[string]string{"all": "55/13 7/1 0/0", "open": "55/13 0/1 0/0", "targeted": "15/3 7/1 0/0"} {
		s.Set.Capacity = match
		if got, _ := says(t, s); got != want {
			t.Errorf("%s: %s, want %s", match, got, want)
		}
	}
}

func TestWhatTwoAccountsSeeOrTwoPagesHaveCountsOnce(t *testing.T) {
	s, encode, prod := fixture()
	encode.capacity = []types.CapacityReservation{capacity("cr-1", "us-east-1a", 40, 30, nil)} // shared with it
	prod.capacity = encode.capacity
	prod.instances = append(prod.instances, prod.instances[0])
	prod.reserved = append(prod.reserved, prod.reserved[0])
	if got, r := says(t, s); got != "55/13 0/1 0/0" {
		t.Errorf("%s, %q", got, r.Notes)
	}
}

// TestARegionIsCompleteOrUnknown: each question to each account, and each page of an answer.
func TestARegionIsCompleteOrUnknown(t *testing.T) {
	for _, what := range []string{"instances0", "instances1", "instances2", "capacity0", "capacity1", "reserved", "zones"} {
		s, _, prod := fixture()
		prod.capacity = []types.CapacityReservation{capacity("cr-1", "us-east-1a", 40, 30, nil), capacity("cr-2", "us-east-1a", 40, 30, nil)}
		prod.fails[what] = errors.New("some\nerror")
		got, r := says(t, s)
		if got != "- - 0/0" || !slices.Contains(r.Notes, "ec2: region us-east-1 is not known: account prod: some error") || r.AgeUnknown != true {
			t.Errorf("%s: %s, %q", what, got, r.Notes)
		}
		prod.fails[what] = nil
		if got, r := says(t, s); got != "95/23 0/1 0/0" {
			t.Errorf("%s is there again: %s, %q", what, got, r.Notes)
		}
	}
	s, encode, _ := fixture()
	both := s.In
	s.In = func(account int, region string) (API, error) {
		if account == 1 {
			return nil, errors.New("no credentials")
		}
		return both(account, region)
	}
	if got, r := says(t, s); got != "- - -" || !strings.Contains(strings.Join(r.Notes, " "), "account prod: no credentials") {
		t.Errorf("without credentials: %s, %q", got, r.Notes)
	}
	s.In, encode.endless = both, true
	if got, r := says(t, s); got != "- - 0/0" || !strings.Contains(strings.Join(r.Notes, " "), "without an end") {
		t.Errorf("pages without an end: %s, %q", got, r.Notes)
	}
}

func TestAnAccountThatShowsFewerInstancesThanItHasIsNotBelieved(t *testing.T) {
	s, _, _ := fixture()
	for least, want := range map[int32]string{3: "15/3 0/1 0/0", 4: "- - -"} {
		s.Set.Accounts[1].Least = least
		if got, r := says(t, s); got != want || least > 3 && !strings.Contains(strings.Join(r.Notes, " "), "account prod: 3 instances: expected at least 4") {
			t.Errorf("at least %d: %s, %q", least, got, r.Notes)
		}
	}
}

func TestAZoneIsKnownByItsIDAndNotByItsName(t *testing.T) {
	s, _, prod := fixture()
	prod.zones = map[string]string{"us-east-1a": "use1-az2", "us-east-1b": "use1-az1", "us-east-1c": "use1-az3"}
	prod.instances = append(prod.instances, instance("us-east-1c", nil)) // the borrower has no such zone
	if got, r := says(t, s); got != "0/2 15/2 0/0" {
		t.Errorf("%s, %q", got, r.Notes)
	}
	s, encode, _ := fixture()
	encode.zones = map[string]string{"us-east-1a": "use1-az1", "us-east-1b": "use1-az1"}
	if got, _ := says(t, s); got != "- - 0/0" {
		t.Errorf("two zones of one id: %s", got)
	}
	s, _, prod = fixture()
	s.Set.Accounts, s.Set.Account = s.Set.Accounts[1:], "prod"
	prod.fails["zones"] = errors.New("nobody needs to know")
	both := s.In
	s.In = func(_ int, region string) (API, error) { return both(1, region) }
	if got, r := says(t, s); got != "15/2 0/1 0/0" {
		t.Errorf("a single account: %s, %q", got, r.Notes)
	}
}

// TestEachRulePreventsItsHazard: without the rule, more reads as available than there is.
func TestEachRulePreventsItsHazard(t *testing.T) {
	past := noon.UTC()
	for rule, make := range map[string]func(encode, prod *cloud){
		"complete": func(encode, _ *cloud) { encode.fails["instances0"] = errors.New("throttled") },
		"pages":    func(_, prod *cloud) { prod.fails["instances1"] = errors.New("throttled") },
		"least":    func(_, prod *cloud) { prod.instances = nil },
		"tag":      func(_, prod *cloud) { ours(&prod.instances[0]) },
		"twice":    func(_, prod *cloud) { prod.reserved = append(prod.reserved, prod.reserved[0]) },
		"ends": func(_, prod *cloud) {
			prod.reserved = append(prod.reserved, zonal("us-east-1a", 10, func(r *types.ReservedInstances) { r.End = &past }))
		},
	} {
		available := func(off string) int32 {
			s, encode, prod := fixture()
			s.off = off
			if rule == "least" {
				s.Set.Accounts[1].Least = 3
			}
			says(t, s) // so that zones are known
			make(encode, prod)
			_, r := says(t, s)
			if r.InUse[0] == unknown {
				return 0
			}
			return r.Reserved[0] - r.InUse[0]
		}
		if with, without := available(""), available(rule); with > 12 || without <= 12 {
			t.Errorf("%s: %d are available with the rule, and %d without: expected at most 12, and more", rule, with, without)
		}
	}
}

func TestAccountsAreNamedOnceAndTheBorrowersIsOneOfThem(t *testing.T) {
	for _, wrong := range []Settings{{Account: "a"}, {Account: "a", Accounts: []AccountSettings{{Name: "b"}}}, {Account: "a", Accounts: []AccountSettings{{Name: "a"}, {Name: "a"}}},
		{Account: "a", Accounts: []AccountSettings{{Name: "a"}, {}}}} {
		if wrong.Check() == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	if err := (&Settings{Account: "a", Accounts: []AccountSettings{{Name: "a"}, {Name: "b"}}}).Check(); err != nil {
		t.Error(err)
	}
}
