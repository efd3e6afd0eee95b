package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

const begin models.Instant = 1_444_003_200

// world is a driver on the fake cloud: two pools with a group each, and one whose instances EC2 launches.
type world struct {
	t       *testing.T
	account *fakecloud.Account
	table   *fakecloud.Table
	server  *fakecloud.Server
	client  *Client
	cloud   *Cloud
	driver  *drive.Driver
	folder  journal.Folder
	passed  time.Duration

	reserved, inUse []int32
	queued          int32
	stops           drive.StopFile
	lease           drive.Lease
	patience        time.Duration // with a region
}

var zones = []string{"us-east-1a", "us-east-1b", "us-west-2a"}

func newWorld(t *testing.T, set fakecloud.TableSettings) *world {
	credentials(t)
	w := &world{t: t, account: &fakecloud.Account{Number: "222222222222", Name: "encode", Key: "test", Templates: map[string]fakecloud.Template{}},
		reserved: []int32{100, 100, 100}, inUse: []int32{90, 90, 90}, queued: 1000}
	for i, zone := range zones {
		if i == 2 {
			w.account.Templates["trough-"+zone] = fakecloud.Template{Zone: zone, Type: "r3.4xlarge"}
			continue
		}
		g := w.account.AddGroup("trough-"+zone, zone, "r3.4xlarge", 100, begin)
		for _, tag := range [][2]string{{fleet.TagBorrower, "encoding"}, {fleet.TagDriver, "night"}, {fleet.TagPool, zone + "/r3.4xlarge"}} {
			g.Tags = append(g.Tags, fakecloud.GroupTag{Key: tag[0], Value: tag[1], Propagate: true})
		}
	}
	w.table = fakecloud.NewTable(set, begin, w.account)
	w.server = fakecloud.New(w.table)
	client, err := Open(context.Background(), Settings{CallsPerMinute: 60_000, Attempts: 1, Timeout: time.Minute, Transport: w.server.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	w.start()
	return w
}

// start begins a driver, or one that goes on where the last one ended.
func (w *world) start() {
	var rules fleet.Rules
	settings.Defaults(&rules)
	f := Fleet{Name: "night", Borrowers: []string{"encoding"}, Templates: make([]string, 3), Rules: rules, Client: w.client, Now: w.Now, Sweep: true, Work: w.work, Patience: w.patience}
	for _, zone := range zones {
		f.Pools = append(f.Pools, models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: "r3.4xlarge", Speed: 1000, Slots: 1})
		f.Places = append(f.Places, fleet.Place{Region: models.RegionOfZone(zone), Group: "trough-" + zone})
	}
	f.Places[2].Group, f.Templates[2] = "", "trough-"+zones[2]
	w.cloud = NewCloud(f)
	set, err := policies.Parse("greedy.yaml", []byte("policy: greedy\navailability: {hold: demand, telemetry_age_max: 0s, telemetry_age_zero: 0s}\noverdraft: {}\n"))
	if err != nil {
		w.t.Fatal(err)
	}
	safety := drive.DefaultSafety()
	safety.AgreeingReads, safety.FallMax = 1, 1
	setup := drive.Setup{Pools: f.Pools, Borrowers: f.Borrowers, Policy: set, Safety: safety, Mode: drive.Run, Telemetry: w, Work: w, Cloud: w.cloud, Stops: w,
		Clock: w, Patience: cmp.Or(2*w.patience, time.Minute), Lease: w.lease}
	if w.folder == nil {
		w.folder = journal.Dir(w.t.TempDir())
	}
	disk, err := journal.Open(w.folder)
	if err != nil {
		w.t.Fatal(err)
	}
	setup.Journal = disk
	d, notes, err := drive.Resume(setup, w.folder)
	if err != nil || len(notes) > 0 {
		w.t.Fatal(notes, err)
	}
	w.driver = d
}

// Now may be asked by what a slow region's question does while the test goes on.
func (w *world) Now() models.Instant {
	w.table.Lock()
	defer w.table.Unlock()
	return w.table.Now()
}

func (w *world) Passed() time.Duration { return w.passed }

func (w *world) Reports(context.Context, models.Instant) ([]drive.Report, error) {
	return []drive.Report{{OccurredAt: w.Now(), Reserved: w.reserved, InUse: w.inUse}}, nil
}

func (w *world) Workload(_ context.Context, now models.Instant, into []models.Workload) error {
	running := int32(0)
	for _, i := range w.account.Instances {
		if i.There() && i.Jobs > 0 {
			running++
		}
	}
	into[0] = models.Workload{AsOf: now, Queued: [models.Classes]int32{w.queued}, Running: running}
	return nil
}

func (w *world) InForce(models.Instant) (*drive.StopFile, error) { return &w.stops, nil }

func (w *world) work() fleet.Work {
	w.table.Lock()
	defer w.table.Unlock()
	jobs := map[string]fleet.Job{}
	for _, i := range w.account.Instances {
		if i.There() && i.Registered {
			jobs[i.ID] = fleet.Job{Jobs: i.Jobs, Class: i.Class}
		}
	}
	return fleet.Work{AsOf: w.table.Now(), Instances: jobs}
}

// minutes runs as many cycles, one a minute; idle instances take a job in between where there are any.
func (w *world) minutes(n int) (last *drive.Cycle) {
	for range n {
		w.table.Advance(time.Minute)
		w.passed += time.Minute
		for _, i := range w.account.Instances {
			if i.State == fakecloud.Running && i.Registered && i.Jobs == 0 && i.Takes(w.Now()) && w.queued > 0 {
				i.Jobs, i.Class = 1, models.Low
				w.queued--
			}
		}
		last = w.driver.Cycle(context.Background())
	}
	return last
}

func (w *world) there(zone string) (list []*fakecloud.Instance) {
	for _, i := range w.account.Instances {
		if i.There() && i.Zone == zone {
			list = append(list, i)
		}
	}
	return list
}

// known says that the driver's books are what is there.
func (w *world) known() error {
	m := w.driver.Market()
	for p, zone := range zones {
		if got, want := int(m.Borrowed(models.PoolID(p))), len(w.there(zone)); got != want {
			return fmt.Errorf("%s: %d in the books, %d there", zone, got, want)
		}
	}
	return nil
}

func (w *world) held() (n []int) {
	for _, zone := range zones {
		n = append(n, len(w.there(zone)))
	}
	return n
}

func TestADriverBorrowsAndReturnsOnTheCloud(t *testing.T) {
	w := newWorld(t, fakecloud.TableSettings{Launch: 20 * time.Second, Boot: 90 * time.Second, Stop: 30 * time.Second})
	c := w.minutes(8)
	if got := w.held(); !slices.Equal(got, []int{10, 10, 10}) || w.known() != nil {
		t.Fatalf("held %v, %v, notes %q", got, w.known(), c.Notes)
	}
	for _, i := range w.account.Instances {
		if i.Tag(fleet.TagDriver) != "night" || i.Tag(fleet.TagCycle) == "" || i.Tag(fleet.TagEpoch) != "0" || i.Tag(fleet.TagPool) != i.Zone+"/r3.4xlarge" {
			t.Fatalf("instance %s has tags %v", i.ID, i.Tags)
		}
	}
	w.inUse = []int32{95, 97, 93} // an overdraft everywhere
	c = w.minutes(1)
	if len(c.Orders) != 3 {
		t.Fatalf("orders %+v, notes %q", c.Orders, c.Notes)
	}
	w.minutes(4)
	if got := w.held(); !slices.Equal(got, []int{5, 3, 7}) || w.known() != nil {
		t.Fatalf("after the notice held %v, %v", got, w.known())
	}
	w.stops.Stops = []drive.Stop{{State: "evacuate"}}
	w.minutes(6)
	if got := w.held(); !slices.Equal(got, []int{0, 0, 0}) || w.known() != nil {
		t.Fatalf("after the evacuation held %v, %v", got, w.known())
	}
	for _, g := range w.account.Groups {
		if g.Desired != 0 {
			t.Errorf("group %s wants %d", g.Name, g.Desired)
		}
	}
	if v, err := drive.Verify(w.folder); err != nil || v.First != nil {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestWorkersEndTheirOwnInstances(t *testing.T) {
	w := newWorld(t, fakecloud.TableSettings{Workers: true})
	w.minutes(8)
	w.queued = 0
	for _, i := range w.account.Instances {
		i.Jobs = 0
	}
	w.minutes(3)
	if got := w.held(); !slices.Equal(got, []int{0, 0, 0}) || w.known() != nil {
		t.Fatalf("held %v, %v", got, w.known())
	}
	if n := w.server.Calls()["autoscaling:TerminateInstanceInAutoScalingGroup"]; n != 0 {
		t.Errorf("the driver ended instances %d times that their workers ended", n)
	}
}

func TestADriverThatIsEndedGoesOnWithTheSameInstances(t *testing.T) {
	w := newWorld(t, fakecloud.TableSettings{Launch: 20 * time.Second, Boot: 90 * time.Second})
	w.minutes(8)
	for range 5 {
		w.inUse[0]++
		w.minutes(1) // orders are given, and nobody hears what became of them
		w.start()
		w.minutes(4)
		if w.known() != nil {
			t.Fatal(w.known())
		}
		for _, i := range w.there(zones[0]) {
			if _, ok := w.cloud.ledger.Known(i.ID); !ok {
				t.Fatalf("instance %s is not known any more", i.ID)
			}
		}
	}
	w.minutes(5)
	if got := w.held(); !slices.Equal(got, []int{5, 10, 10}) || w.known() != nil {
		t.Fatalf("held %v, %v", got, w.known())
	}
}

func TestAThousandFaultsEndNothingTwiceAndLeaveNothingBehind(t *testing.T) {
	faults := []fakecloud.Fault{
		{Kind: fakecloud.Throttled, Operation: "*", Share: 0.1}, {Kind: fakecloud.Unavailable, Operation: "*", Share: 0.05}, {Kind: fakecloud.Lost, Operation: "*", Share: 0.1},
		{Kind: fakecloud.Empty, Operation: "*Describe*", Share: 0.05}, {Kind: fakecloud.Partial, Operation: "*Describe*", Share: 0.1}, {Kind: fakecloud.Stale, Operation: "*Describe*", Share: 0.1},
		{Kind: fakecloud.Short, Operation: "*", Share: 0.2}, {Kind: fakecloud.NoCapacity, Operation: "*", Share: 0.1},
	}
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) { manyFaults(t, seed, faults) })
	}
}

func manyFaults(t *testing.T, seed uint64, faults []fakecloud.Fault) {
	w := newWorld(t, fakecloud.TableSettings{Seed: seed, Launch: 20 * time.Second, Boot: 90 * time.Second, Stop: 30 * time.Second, Refused: 0.1, Retry: 3 * time.Minute})
	foreign := w.account.AddGroup("checkout-v042", zones[0], "r3.4xlarge", 100, begin)
	foreign.Desired = 7
	w.minutes(4)
	w.server.Fail(seed, faults...)
	for n := range 60 {
		w.inUse[n%3] = 90 + int32(n*7%11)
		w.minutes(1)
		for _, i := range w.account.Instances {
			if i.Group == foreign.Name && !i.There() {
				t.Fatalf("seed %d: an instance of another group's is ended", seed)
			}
		}
	}
	w.server.Fail(0)
	w.stops.Stops = []drive.Stop{{State: "evacuate"}}
	w.minutes(20)
	if n := len(w.there(zones[0])) - 7 + len(w.there(zones[1])) + len(w.there(zones[2])); n != 0 || w.driver.Market().Borrowed(0) != 0 {
		t.Fatalf("seed %d: %d are left, %d in the books", seed, n, w.driver.Market().Borrowed(0))
	}
	t.Logf("seed %d: %d faults", seed, len(w.server.Hits()))
}

func TestCallsOfACycleAreWithinTheirBudget(t *testing.T) {
	w := newWorld(t, fakecloud.TableSettings{})
	w.minutes(8)
	before := total(w.client)
	w.minutes(10)
	// Two regions with a page of groups and one of instances each; nothing is on order.
	if n := total(w.client) - before; n > 10*3 {
		t.Errorf("%d calls in ten quiet cycles: %v", n, w.client.Counts())
	}
}

func total(c *Client) (n int64) {
	for _, count := range c.Counts() {
		n += count.Calls
	}
	return n
}

func TestOneBadIDDoesNotFailTheRest(t *testing.T) {
	gone := map[string]bool{"i-3": true, "i-7": true}
	var done []string
	ids := []string{"i-0", "i-1", "i-2", "i-3", "i-4", "i-5", "i-6", "i-7"}
	got, err := each(ids, func(ids []string) error {
		if slices.ContainsFunc(ids, func(id string) bool { return gone[id] }) {
			return &smithy.GenericAPIError{Code: "InvalidInstanceID.NotFound"}
		}
		done = append(done, ids...)
		return nil
	})
	if want := []string{"i-0", "i-1", "i-2", "i-4", "i-5", "i-6"}; err != nil || !slices.Equal(got, want) || !slices.Equal(done, want) {
		t.Errorf("%v, %v, %v", got, done, err)
	}
	if _, err := each(ids, func([]string) error { return errors.New("lost") }); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("what was lost is not said again: %v", err)
	}
}
