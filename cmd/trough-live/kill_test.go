package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/models/random"
)

// This file is the program itself in a fake cloud that stays when the program is killed: three pools, two of them with a group and one
// that EC2 launches, in real time, with an evaluation every second.

const (
	reservedThere = 12 // of each pool
	killPolicy    = "policy: greedy\nevaluate: 1s\navailability: {hold: demand, telemetry_age_max: 0s, telemetry_age_zero: 0s}\noverdraft: {cool_off: 0s}\n"
	killConfig    = `live: night
policy: greedy.yaml
pools: [us-east-1a/r3.4xlarge, us-east-1b/r3.4xlarge, us-east-1c/r3.4xlarge]
prices: 2015-10-05T00:00:00Z
telemetry:
  spinnaker: {url: "URL", report: v2_5, account: encode, accounts: [prod]}
workload:
  http: {url: "URL/workload"}
safety: {agreeing_reads: 1, fall_max: 100%, launches_per_hour: 10000000, flap_most: 1000000}
fleet:
  account: {endpoint: "URL", calls_per_minute: 1000000, production_share: 0%}
  ec2: {pools: [us-east-1c/r3.4xlarge]}
  owners: ["web-*", "checkout-*"]
  rules: {notice: 2s, launch_deadline: 1m}
journal: journal
`
)

var killZones = []string{"us-east-1a", "us-east-1b", "us-east-1c"}

// killWorld is the cloud, and a line to it on which the program is killed.
type killWorld struct {
	t            *testing.T
	seed         uint64
	period       int // evaluations after which the owners use other numbers
	table        *fakecloud.Table
	encode, prod *fakecloud.Account
	server       *httptest.Server
	path         string // of the journal's folder and the configuration

	mutex   sync.Mutex
	reports int       // that were asked for
	began   int       // of them, before the program was started last
	fulls   int       // of them, before the first that found all borrowed and nothing changed since
	used    [][]int32 // by report: what the owners used of each pool
	grown   []int32   // by pool with a group: by how much its size was raised
	asked   map[string]int32
	changes int // requests that changed something
	left    int // requests until the kill
	moment  killMoment
	command *exec.Cmd
	dead    chan struct{}
}

// killMoment is where in a request the program is killed.
type killMoment int

const (
	beforeRequest killMoment = iota // it has been sent, and nothing is done about it
	beforeAnswer                    // it is done, and nobody hears of it
	afterAnswer                     // within some milliseconds: most likely while the journal is written, or between two calls
)

// now is the world as clouddriver sees it: at each whole second anew.
type now struct{ *fakecloud.Table }

func (n now) Usage() (fakecloud.Usage, bool) { return fakecloud.UsageOf(n.Accounts(), n.Now()), true }

func newKillWorld(t *testing.T, seed uint64, period int) *killWorld {
	begin := models.InstantOf(time.Now())
	w := &killWorld{t: t, seed: seed, period: period, path: t.TempDir(), grown: make([]int32, len(killZones)), asked: map[string]int32{}, left: 1 << 30,
		encode: &fakecloud.Account{Number: "222222222222", Name: "encode", Key: "test", Templates: map[string]fakecloud.Template{}},
		prod:   &fakecloud.Account{Number: "111111111111", Name: "prod", Key: "prod"}}
	for i, zone := range killZones {
		w.prod.Reserved = append(w.prod.Reserved, fakecloud.Reserved{ID: "ri-" + zone, Zone: zone, Type: "r3.4xlarge", Count: reservedThere,
			Start: begin - 3600, End: begin + 86400*365, State: "active", Offering: "All Upfront", Product: "Linux/UNIX"})
		w.encode.AddGroup("checkout-"+zone, zone, "c3.large", 100, begin).Desired = 3 // the owners', in the borrower's account
		name := "trough-" + zone + "-r3.4xlarge"
		if i == len(killZones)-1 {
			w.encode.Templates[name] = fakecloud.Template{Zone: zone, Type: "r3.4xlarge"}
			continue
		}
		g := w.encode.AddGroup(name, zone, "r3.4xlarge", 100, begin)
		for _, tag := range [][2]string{{fleet.TagBorrower, "encoding"}, {fleet.TagDriver, "night"}, {fleet.TagPool, zone + "/r3.4xlarge"}} {
			g.Tags = append(g.Tags, fakecloud.GroupTag{Key: tag[0], Value: tag[1], Propagate: true})
		}
	}
	w.table = fakecloud.NewTable(fakecloud.TableSettings{Seed: seed, Boot: time.Second, Stop: time.Second}, begin, w.encode, w.prod)
	w.table.Work("encoding", fakecloud.BorrowerWork{Queued: map[string]int32{"low": 1000}, Work: map[string]int64{"low": 1_000_000}, Running: map[string]int32{}})
	to := fakecloud.New(now{w.table})
	w.server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) { w.serve(to, answer, r) }))
	t.Cleanup(func() {
		if w.command != nil {
			w.command.Process.Kill() // where a test has failed
		}
		w.server.Close()
	})
	for name, text := range map[string]string{"live.yaml": strings.ReplaceAll(killConfig, "URL", w.server.URL), "greedy.yaml": killPolicy} {
		if err := os.WriteFile(filepath.Join(w.path, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *killWorld) luck(name string, n uint64) float64 {
	return random.New(w.seed, name).Float64(n, 0)
}

// serve answers a request, and kills the program at the one that is due.
func (w *killWorld) serve(to http.Handler, answer http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	w.mutex.Lock()
	defer w.mutex.Unlock() // one request at a time, so that its place among them is the same however quick the machine is
	w.pass(r.URL.Path == "/workload")
	w.left--
	if w.left == 0 && w.moment == beforeRequest {
		w.kill()
		panic(http.ErrAbortHandler)
	}
	before := w.sizes()
	recorder := httptest.NewRecorder()
	to.ServeHTTP(recorder, r)
	form, _ := url.ParseQuery(string(text))
	w.check(form, before)
	if w.left == 0 && w.moment == beforeAnswer {
		w.kill()
		panic(http.ErrAbortHandler)
	}
	for name, values := range recorder.Header() {
		answer.Header()[name] = values
	}
	answer.WriteHeader(recorder.Code)
	answer.Write(recorder.Body.Bytes())
	if w.left == 0 {
		time.AfterFunc(time.Duration(30*float64(time.Millisecond)*w.luck("moment", uint64(w.reports))), w.kill)
	}
}

func (w *killWorld) kill() {
	w.command.Process.Kill()
	close(w.dead)
}

// pass lets the world's time be the machine's. With each new evaluation, which begins by asking what there is to do, jobs come and go,
// and now and then the owners use another number of instances: only then, so that it does not matter how quick the machine is.
func (w *killWorld) pass(evaluation bool) {
	if d := models.InstantOf(time.Now()).Sub(w.table.Now()); d > 0 {
		w.table.Advance(d)
	}
	if !evaluation {
		return
	}
	w.table.Lock()
	var used []int32
	for _, zone := range killZones {
		used = append(used, 2+int32(7*w.luck("used "+zone, uint64(w.reports/w.period))))
		w.use(zone, used[len(used)-1])
	}
	for i, instance := range w.encode.Instances {
		switch {
		case !instance.Registered || !instance.There():
		case instance.Jobs > 0:
			instance.Jobs = int32(2 * w.luck("goes on", uint64(w.reports*1000+i)))
		case instance.Tag(fleet.TagYield) == "":
			instance.Jobs, instance.Class = 1, models.Low
		}
	}
	w.table.Unlock()
	w.reports++
	w.used = append(w.used, used)
}

// use lets the owners run so many instances of a pool from now on.
func (w *killWorld) use(zone string, n int32) {
	for _, i := range w.prod.Instances {
		if i.Zone == zone && i.There() {
			if n--; n < 0 {
				i.State, i.Ended = fakecloud.Terminated, w.table.Now()
			}
		}
	}
	for ; n > 0; n-- {
		w.prod.Add(nil, zone, "r3.4xlarge", w.table.Now()).State = fakecloud.Running
	}
}

// sizes are how many instances of each pool there are, or are wanted by its group.
func (w *killWorld) sizes() (n []int32) {
	w.table.Lock()
	defer w.table.Unlock()
	for _, zone := range killZones {
		if g := w.encode.Group("trough-" + zone + "-r3.4xlarge"); g != nil {
			n = append(n, g.Desired)
			continue
		}
		n = append(n, w.there(zone))
	}
	return n
}

func (w *killWorld) there(zone string) (n int32) {
	for _, i := range w.encode.Instances {
		if i.There() && i.Zone == zone && i.Type == "r3.4xlarge" {
			n++
		}
	}
	return n
}

// check: no pool has grown beyond what was available at this evaluation or one of the two before, which is what an
// order that is given twice would do; and what a token stands for was launched once.
func (w *killWorld) check(form url.Values, before []int32) {
	for p, n := range w.sizes() {
		if n <= before[p] {
			continue
		}
		most := int32(0)
		for _, used := range w.used[max(0, len(w.used)-3):] {
			most = max(most, reservedThere-used[p])
		}
		if n > most {
			w.t.Errorf("%s: %s raises it from %d to %d, and at most %d were available", killZones[p], form.Get("Action"), before[p], n, most)
		}
		if form.Get("Action") == "SetDesiredCapacity" {
			w.grown[p] += n - before[p]
		}
	}
	if action := form.Get("Action"); action != "" && !strings.HasPrefix(action, "Describe") {
		w.changes++
	}
	if strings.HasPrefix(form.Get("Action"), "Terminate") || strings.HasSuffix(form.Get("Action"), "Tags") {
		w.ours(form)
	}
	if form.Get("Action") == "RunInstances" {
		most, _ := strconv.Atoi(form.Get("MaxCount"))
		token := form.Get("ClientToken")
		if n, again := w.asked[token]; again && n != int32(most) {
			w.t.Errorf("token %s is said of %d and of %d instances", token, n, most)
		}
		w.asked[token] = int32(most)
	}
	w.table.Lock()
	defer w.table.Unlock()
	byToken := map[string]int32{}
	for _, i := range w.encode.Instances {
		if i.Group == "" {
			byToken[i.Token]++
		}
	}
	for token, n := range byToken {
		if n > w.asked[token] {
			w.t.Errorf("token %s: %d are launched of %d", token, n, w.asked[token])
		}
	}
}

// ours: what is done to instances is done to the driver's.
func (w *killWorld) ours(form url.Values) {
	for _, values := range form {
		i := w.encode.Instance(values[0])
		if i == nil {
			i = w.prod.Instance(values[0])
		}
		if i != nil && i.Tag(fleet.TagDriver) != "night" {
			w.t.Errorf("%s of instance %s, which is the owners'", form.Get("Action"), i.ID)
		}
	}
}

// start begins the program, which is killed after so many requests.
func (w *killWorld) start(requests int, moment killMoment) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.left, w.moment, w.dead, w.began = requests, moment, make(chan struct{}), w.reports
	w.command = exec.Command("trough-live", "run", filepath.Join(w.path, "live.yaml"), "--mode", "run")
	w.command.Env = append(os.Environ(), amazon...)
	log, err := os.OpenFile(filepath.Join(w.path, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	w.command.Stderr = log
	if err := w.command.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// TestTheProgramThatIsKilledGoesOnAsIfItHadNotBeen: kill -9 of trough-live run --mode run at seeded requests, before they are carried
// out, before they are answered, and some milliseconds after that. Nothing is ordered twice, nothing of the owners' is ended, and in the end
// the journal, which decides the same again, has what the cloud has, which is all that there is to borrow. With TROUGH_LONG=1 it is
// killed 500 times.
func TestTheProgramThatIsKilledGoesOnAsIfItHadNotBeen(t *testing.T) {
	kills := 6
	if testing.Short() {
		kills = 2
	}
	if os.Getenv("TROUGH_LONG") != "" {
		kills = 500
	}
	w := newKillWorld(t, 1, 7)
	for n := range uint64(kills) {
		w.start(1+int(18*w.luck("requests", n)), killMoment(3*w.luck("where", n)))
		w.awaitDeath()
	}
	w.start(1<<30, beforeRequest)
	w.await("what there is to borrow is borrowed", w.full)
	w.interrupt()
	w.compare(kills)
}

// TestWithoutAJournalNothingIsDone: while its journal is not where it was, the program in mode run neither launches nor ends anything,
// whatever the owners use.
func TestWithoutAJournalNothingIsDone(t *testing.T) {
	w := newKillWorld(t, 2, 4)
	w.start(1<<30, beforeRequest)
	w.await("what there is to borrow is borrowed", w.full)
	path := filepath.Join(w.path, "journal")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	before := 0
	evaluations := func(n int) func() bool {
		until := 0
		return func() bool {
			if until == 0 {
				until, before = w.reports+n, w.changes
			}
			return w.reports >= until
		}
	}
	w.await("the evaluation that was written is over", evaluations(2))
	w.await("the owners use other numbers", evaluations(w.period+1))
	w.mutex.Lock()
	if n := w.changes - before; n > 0 {
		t.Errorf("%d calls that change something", n)
	}
	w.mutex.Unlock()
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	w.await("it goes on", func() bool { return w.changes > before && w.full() })
	w.interrupt()
	w.compare(0)
}

// full: what there is to borrow is borrowed, by the last evaluations before the owners use other numbers. What EC2 was to launch when the
// program was killed may be there or not, for all that it knows, and counts as on order for the launch deadline; only the long test waits
// for that. It must have heard of it, too, in an evaluation after that which did it.
func (w *killWorld) full() bool {
	if !w.borrowed() {
		w.fulls = w.reports
	}
	return w.reports >= w.fulls+2
}

func (w *killWorld) borrowed() bool {
	if w.reports < w.began+4 { // it must have heard of what was launched before, and have had time to launch
		return false
	}
	for p, n := range w.sizes() {
		most := reservedThere - w.used[len(w.used)-1][p]
		presumed := p == len(killZones)-1 && os.Getenv("TROUGH_LONG") == ""
		if n > most || n < most && !presumed || w.there(killZones[p]) != n {
			return false
		}
	}
	return w.reports%w.period >= w.period/2
}

func (w *killWorld) interrupt() {
	w.mutex.Lock()
	w.command.Process.Signal(os.Interrupt)
	w.mutex.Unlock()
	if err := w.command.Wait(); err != nil {
		w.t.Errorf("interrupted: %v\n%s", err, w.log())
	}
}

func (w *killWorld) awaitDeath() {
	select {
	case <-w.dead:
		w.command.Wait() // which says that it was killed
	case <-time.After(2 * time.Minute):
		w.command.Process.Kill()
		w.t.Fatalf("the program asks nothing any more:\n%s", w.log())
	}
}

// await waits for what comes sooner or later, on however slow a machine.
func (w *killWorld) await(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(4 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		w.mutex.Lock()
		so := is()
		w.mutex.Unlock()
		if so {
			return
		}
		if time.Now().After(end) {
			w.command.Process.Kill()
			w.t.Fatalf("not within four minutes: %s: %v, used %v\n%s", what, w.sizes(), w.used[len(w.used)-1], w.log())
		}
	}
}

// log is the end of what the program said.
func (w *killWorld) log() string {
	text, _ := os.ReadFile(filepath.Join(w.path, "log"))
	return string(text[max(0, len(text)-8000):])
}

// killReader takes from a journal what was ordered, and what the driver knew in the end.
type killReader struct {
	market  *models.Market
	ordered []int32 // by pool, to be launched
	cycles  []int64
}

func (r *killReader) Segment(s *drive.Segment) error {
	r.market = s.Market
	return nil
}

func (r *killReader) Cycle(c *drive.Cycle) error {
	r.cycles = append(r.cycles, c.Number)
	for _, o := range c.Orders {
		if o.Kind == models.Launch {
			r.ordered[o.Pool] += o.N
		}
	}
	return nil
}

// compare holds the journal against the cloud.
func (w *killWorld) compare(kills int) {
	t := w.t
	folder := journal.Dir(filepath.Join(w.path, "journal"))
	v, err := drive.Verify(folder)
	if err != nil || v.First != nil || v.Orders == 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	r := &killReader{ordered: make([]int32, len(killZones))}
	if _, err := drive.Read(folder, r); err != nil {
		t.Fatal(err)
	}
	for i, n := range r.cycles {
		if kills > 0 && n != int64(i)+1 { // a kill tears at most what was not written
			t.Fatalf("evaluation %d follows %d", n, i)
		}
	}
	launched := int32(0)
	for _, n := range w.asked {
		launched += n
	}
	for p, zone := range killZones {
		if got, want := int32(r.market.Borrowed(models.PoolID(p))), w.there(zone); got != want {
			t.Errorf("%s: %d are in the journal, and %d there", zone, got, want)
		}
		if p == len(killZones)-1 {
			w.grown[p] = launched
		}
		if w.grown[p] > r.ordered[p] || w.grown[p] == 0 {
			t.Errorf("%s: %d were asked for, of %d that the journal ordered", zone, w.grown[p], r.ordered[p])
		}
		if n := w.encode.Count(w.encode.Group("checkout-" + zone)); n != 3 {
			t.Errorf("%s: the owners have %d instances of 3", zone, n)
		}
	}
	t.Logf("%d kills, %d evaluations, %d orders in %d segments; launched %v of %v ordered", kills, v.Cycles, v.Orders, v.Segments, w.grown, r.ordered)
}
