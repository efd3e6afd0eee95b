package metrics

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// TestAtlasHearsWhatPrometheusServes: a daemon on either kind of socket gets, under the same names and with the same labels, every
// value that is served.
func TestAtlasHearsWhatPrometheusServes(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			daemon, address := listen(t, network)
			atlas, err := NewSpectatord(address, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			m := New(drive.Run, atlas)
			m.Calls(API{Operations: []Operation{{"us-east-1", "EC2:DescribeInstances", 3, 2}},
				Regions: []Region{{Name: "us-east-1", Errors: []Errors{{"throttle", 2}, {"auth", 0}}, LeftOut: 4, Down: true, Rate: 0.5}}})
			m.Lease(true, 6, 1010)
			market, c := cycleOf(40)
			m.Cycle(market, c, 20*time.Millisecond)
			lines := receive(t, daemon)
			for _, want := range []string{
				`g,180:ism_borrowed_instances,az=us-east-1a,instance_type=r3.4xlarge:1`,
				`g,180:ism_surplus_instances,az=us-east-1a,instance_type=r3.4xlarge:7`,
				`c:ism_reclaims_total,reason=overdraft:4`, `c:ism_orders_total,kind=yield-by-notice:4`, `c:ism_cycles_total:1`,
				`T:ism_cycle_seconds:0.02`, `T:ism_reclaim_seconds:30`, `g,180:ism_driver_info,mode=run:1`,
				`c:ism_api_calls_total,region=us-east-1,operation=EC2_DescribeInstances:3`,
				`c:ism_api_throttles_total,region=us-east-1,operation=EC2_DescribeInstances:2`, `c:ism_api_errors_total,region=us-east-1,class=throttle:2`,
				`c:ism_api_left_out_total,region=us-east-1:4`, `g,180:ism_api_region_down,region=us-east-1:1`, `g,180:ism_api_rate_ratio,region=us-east-1:0.5`,
				`g,180:ism_lease_held:1`, `g,180:ism_lease_epoch:6`, `g,180:ism_lease_until_timestamp_seconds:1010`,
				`g,180:ism_stop_state,az=us-east-1a,instance_type=r3.4xlarge:2`, `g,180:ism_holds,rule=cold:1`, `g,180:ism_holds,rule=mode:0`,
				`c:ism_launches_refused_total,az=us-east-1a,instance_type=r3.4xlarge:1`,
			} {
				if !lines[want] {
					t.Errorf("there is no %s among %d lines", want, len(lines))
				}
			}
			told := map[string]bool{}
			for line := range lines {
				if !regexp.MustCompile(`^(g,180|c|T):[a-z_]+(,[a-z_]+=[-._A-Za-z0-9]+)*:[0-9.]+$`).MatchString(line) {
					t.Errorf("%q is no line of spectatord", line)
				}
				told[regexp.MustCompile(`:([a-z_]+)`).FindStringSubmatch(line)[1]] = true
			}
			text := served(m)
			for _, d := range Table { // what did not happen is served as 0 or not at all, and not sent
				if regexp.MustCompile(`(?m)^`+d.Name+`(_count)?(\{.*\})? [^0]`).MatchString(text) && !told[d.Name] {
					t.Errorf("%s is served, and not told", d.Name)
				}
				if told[d.Name] && !strings.Contains(text, "# TYPE "+d.Name+" ") {
					t.Errorf("%s is told, and not served", d.Name)
				}
				delete(told, d.Name)
			}
			if len(told) > 0 {
				t.Errorf("%v are in no table", told)
			}
		})
	}
}

// cycleOf is an evaluation of one pool and more beside it, in which something of everything happened.
func cycleOf(pools int) (*models.Market, *drive.Cycle) {
	var list []models.Pool
	for i := range pools {
		zone := "us-east-1a"
		if i > 0 {
			zone = fmt.Sprintf("us-east-1b%d", i)
		}
		list = append(list, models.Pool{Region: "us-east-1", Zone: zone, Type: "r3.4xlarge"})
	}
	market := models.NewMarket(list, []string{"encoding"})
	events := []models.Event{
		{Kind: models.OwnersChanged, N: 20, M: 12},
		{Kind: models.Ordered, Instance: 1, To: models.OnOrder}, {Kind: models.Launched, Instance: 1, From: models.OnOrder, To: models.Booting},
		{Kind: models.Ordered, Instance: 2, To: models.OnOrder}, {Kind: models.Launched, Instance: 2, From: models.OnOrder, To: models.Booting},
		{Kind: models.Ordered, Instance: 3, To: models.OnOrder}, {Kind: models.Refused, Instance: 3, From: models.OnOrder},
		{Kind: models.Ordered, Instance: 4, To: models.OnOrder}, {Kind: models.Launched, Instance: 4, From: models.OnOrder, To: models.Booting},
		{Kind: models.Gone, Instance: 4, From: models.Booting, Cause: models.ByCloud},
		{At: 100, Kind: models.Yielding, Instance: 1, From: models.Booting, To: models.Leaving},
		{At: 130, Kind: models.Gone, Instance: 1, From: models.Leaving, Cause: models.ByOverdraft},
	}
	for i := range events {
		market.Apply(&events[i])
	}
	asOf := make([]models.Instant, pools)
	for i := range asOf {
		asOf[i] = 900
	}
	return market, &drive.Cycle{Now: 1000, Acted: false, Notes: []string{"x"}, Events: events, Disagreements: 1,
		Bound: []drive.Bound{{Rule: "stale"}}, Holds: []string{"cold"}, Stops: append([]drive.StopState{drive.StopDrain}, make([]drive.StopState, pools-1)...), Obs: &models.Observation{Pools: list, AsOf: asOf},
		Orders: []models.Order{{Kind: models.YieldByNotice, Cause: models.ByOverdraft, N: 4}, {Kind: models.Launch, N: 9}}}
}

func listen(t *testing.T, network string) (net.PacketConn, string) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unixgram" {
		address = filepath.Join(t.TempDir(), "socket")
	}
	daemon, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { daemon.Close() })
	if network == "unixgram" {
		return daemon, "unix://" + address
	}
	return daemon, "udp://" + daemon.LocalAddr().String()
}

// receive reads all that has come. A datagram on this machine is there when it was sent.
func receive(t *testing.T, daemon net.PacketConn) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	buffer := make([]byte, 1<<16)
	for {
		daemon.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, _, err := daemon.ReadFrom(buffer)
		if err != nil {
			return lines
		}
		if n > datagramMost {
			t.Errorf("a datagram of %d bytes", n)
		}
		for line := range strings.SplitSeq(string(buffer[:n]), "\n") {
			lines[line] = true
		}
	}
}

func TestADaemonThatIsNotThereCostsNothingButItsMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	atlas, err := NewSpectatord("unix://"+path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	m := New(drive.Run, atlas)
	market, c := cycleOf(1)
	m.Cycle(market, c, 0)
	if text := served(m); !strings.Contains(text, "\nism_metrics_lost_total 1\n") {
		t.Error(text)
	}
	daemon, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	m.Cycle(market, c, 0)
	if lines := receive(t, daemon); !lines["c:ism_cycles_total:1"] || !lines["c:ism_metrics_lost_total:1"] {
		t.Errorf("a daemon that came later heard %v", lines)
	}
	daemon.Close() // and takes its socket with it
	os.Remove(path)
	again, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	m.Cycle(market, c, 0) // to the old one
	m.Cycle(market, c, 0)
	if lines := receive(t, again); !lines["c:ism_cycles_total:1"] {
		t.Errorf("one that was started again heard %v", lines)
	}
}

func TestWordsThatAtlasDoesNotTakeAreMended(t *testing.T) {
	s := &Spectatord{ttl: 60}
	s.line(&Definition{Name: "n", Kind: Counter, Labels: []string{"a", "b"}}, 1.5, []string{"x y,z=ü\n", ""})
	s.line(&Definition{Name: strings.Repeat("n", 300), Kind: Counter, Labels: []string{strings.Repeat("k", 99)}}, 2, []string{strings.Repeat("v", 200)})
	want := "c:n,a=x_y_z____:1.5\nc:" + strings.Repeat("n", 255) + "," + strings.Repeat("k", 60) + "=" + strings.Repeat("v", 120) + ":2"
	if string(s.datagram) != want {
		t.Errorf("%q", s.datagram)
	}
	for _, wrong := range []string{"", "127.0.0.1:1234", "udp://127.0.0.1", "udp://:1234", "tcp://127.0.0.1:1", "unix://host/x", "unix://", "udp://h:1/x", "\x00"} {
		if CheckSpectatord(wrong) == nil {
			t.Errorf("%q is taken for an address", wrong)
		}
	}
}
