package policies_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"trough.internal/models"
	"trough.internal/policies"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden runs each policy of testdata on its market of a few lines. A file has a policy, a market, and what comes of
// it. The market's first line names the pools, in order from the fastest, perhaps with slots (a/r3.large*4), and perhaps
// borrowers; pools from which instances are bought end in :spot or :on-demand. Each line after it is one evaluation: the time, for each pool reserved/in use (? where it is not known, - where
// there is no new report), of what is bought what can be had/0, spot instances beyond which the provider ends, then "work 30" for each borrower's jobs, queued and running, "low 30" for jobs of class low that only wait, and "evacuate" or
// "out=a", a zone that refuses what is launched. A pool's
// price follows an @ (20/0@0.05), how many of its instances are about to complete a billed hour a ~ (20/0~3). Orders take effect at once: what
// is launched works or idles, who finishes or leaves is gone by the next evaluation.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil || len(archive.Files) < 2 {
		t.Fatalf("%s: expected -- policy.yaml -- and -- market --: %v", file, err)
	}
	settings, err := policies.Parse("policy.yaml", archive.Files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	got := play(t, policy, string(archive.Files[1].Data))
	if *update {
		archive.Files = append(archive.Files[:2], txtar.File{Name: "decisions", Data: got})
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if len(archive.Files) != 3 || !bytes.Equal(got, archive.Files[2].Data) {
		t.Errorf("%s: other decisions than before (go test ./policies -run Golden -update writes them anew); now:\n%s", file, got)
	}
}

// play writes a line for every evaluation and cell.
func play(t *testing.T, policy policies.Policy, market string) []byte {
	lines := strings.Split(strings.TrimSpace(market), "\n")
	obs := parseMarket(t, lines[0])
	out := models.NewDecision(obs.Cells())
	var orders []models.Order
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-16s %-22s %5s %6s %-12s %5s %-12s %s\n", "time", "cell", "held", "target", "because", "keep", "because", "orders")
	for _, line := range lines[1:] {
		parseEvaluation(t, obs, line)
		policy.Decide(obs, out)
		orders = policies.Plan(obs, out, policy.Limits(), orders[:0])
		for c := range out.Target {
			keep := "all"
			if out.Keep[c] != models.NoLimit {
				keep = strconv.Itoa(int(out.Keep[c]))
			}
			at := obs.Now.UTC().Format("2006-01-02 15:04")
			fmt.Fprintf(&b, "%-16s %-22s %5d %6d %-12s %5s %-12s", at, cellName(obs, c), obs.Held(c), out.Target[c], out.Cause[c], keep, out.KeepCause[c])
			for _, o := range orders {
				if int(o.Pool)*len(obs.Borrowers)+int(o.Borrower) == c {
					fmt.Fprintf(&b, " %s %d (%s)", [...]string{"launch", "when idle", "by notice"}[o.Kind], o.N, o.Cause)
				}
			}
			b.Truncate(len(bytes.TrimRight(b.Bytes(), " ")))
			b.WriteByte('\n')
		}
		carryOut(obs, orders, zoneOut(line))
	}
	return b.Bytes()
}

func cellName(obs *models.Observation, c int) string {
	pool := &obs.Pools[c/len(obs.Borrowers)]
	name := strings.TrimPrefix(pool.Name(), "us-east-1") + map[models.PoolKind]string{models.Spot: ":spot", models.OnDemand: ":on-demand"}[pool.Kind]
	if len(obs.Borrowers) > 1 {
		name += ":" + obs.Borrowers[c%len(obs.Borrowers)]
	}
	return name
}

func parseMarket(t *testing.T, line string) *models.Observation {
	obs := marketOf(0, 0)
	for _, word := range strings.Fields(strings.TrimPrefix(line, "pools ")) {
		zone, kind, isPool := strings.Cut(word, "/")
		if !isPool {
			obs.Borrowers = append(obs.Borrowers, word)
			continue
		}
		kind, bought, _ := strings.Cut(kind, ":")
		kind, slots, _ := strings.Cut(kind, "*")
		n, _ := strconv.Atoi(slots)
		obs.Pools = append(obs.Pools, models.Pool{Region: "us-east-1", Zone: "us-east-1" + zone, Type: kind, Slots: int32(n), Speed: int32(1000 - len(obs.Pools)),
			Kind: map[string]models.PoolKind{"spot": models.Spot, "on-demand": models.OnDemand}[bought]})
	}
	if len(obs.Borrowers) == 0 {
		obs.Borrowers = []string{"encoding"}
	}
	sized := marketOf(len(obs.Pools), len(obs.Borrowers))
	sized.Pools, sized.Borrowers = obs.Pools, obs.Borrowers
	for p := range sized.Pools {
		sized.Reserved[p], sized.InUse[p] = 0, models.Unknown
	}
	return sized
}

func parseEvaluation(t *testing.T, obs *models.Observation, line string) {
	words := strings.Fields(line)
	at, err := time.Parse("2006-01-02T15:04Z", words[0])
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	obs.Now = models.InstantOf(at)
	clear(obs.HourEnding)
	for p := range obs.Pools {
		word, ending, hours := strings.Cut(words[1+p], "~")
		if hours {
			if obs.HourEnding == nil {
				obs.HourEnding = make([]int32, obs.Cells())
			}
			obs.HourEnding[p] = number(t, ending)
		}
		word, price, priced := strings.Cut(word, "@")
		if priced {
			if obs.Price == nil {
				obs.Price = make([]models.MicroUSDPerHour, len(obs.Pools))
			}
			usd, err := strconv.ParseFloat(price, 64)
			if err != nil {
				t.Fatal(err)
			}
			obs.Price[p] = models.MicroUSDPerHour(math.Round(usd * 1e6))
		}
		reserved, inUse, _ := strings.Cut(word, "/")
		switch {
		case reserved == "-":
			continue
		case inUse == "?":
			obs.InUse[p] = models.Unknown
		default:
			obs.InUse[p] = number(t, inUse)
			obs.AsOf[p] = obs.Now
		}
		obs.Reserved[p] = number(t, reserved)
	}
	takeBack(obs)
	clear(obs.Evacuate)
	b := 0
	for i := 1 + len(obs.Pools); i < len(words); i++ {
		switch words[i] {
		case "work":
			i++
			work(obs, b, number(t, words[i]))
			b++
		case "low":
			i++
			obs.Workload[0].Queued[models.Low] = number(t, words[i])
		case "evacuate":
			obs.Evacuate[0] = true
		case "out=a", "out=b": // carryOut sees to it
		default:
			t.Fatalf("%q: unknown word %q", line, words[i])
		}
	}
}

// takeBack ends the spot instances beyond what can be had, the provider's doing, and tells of them and of what left before.
func takeBack(obs *models.Observation) {
	obs.Ended, obs.EndedByCloud = slices.Clone(obs.Leaving), make([]int32, len(obs.Leaving))
	for c := range obs.Ended {
		p := c / len(obs.Borrowers)
		for obs.Pools[p].Kind == models.Spot && obs.Idle[c]+obs.Busy[c] > obs.Reserved[p] {
			from := &obs.Idle[c]
			if *from == 0 {
				from = &obs.Busy[c]
			}
			*from--
			obs.Ended[c]++
			obs.EndedByCloud[c]++
		}
	}
}

func number(t *testing.T, text string) int32 {
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return int32(n)
}

// work gives a borrower so many jobs, one for each instance as far as they go, in the order of pools.
func work(obs *models.Observation, b int, jobs int32) {
	w := &obs.Workload[b]
	w.Queued[models.High], w.Running = jobs, 0
	for p := range obs.Pools {
		c := p*len(obs.Borrowers) + b
		slots := max(1, obs.Pools[p].Slots)
		held := obs.Idle[c] + obs.Busy[c]
		obs.Busy[c] = min(held, (w.Queued[models.High]+slots-1)/slots)
		obs.Idle[c] = held - obs.Busy[c]
		running := min(w.Queued[models.High], obs.Busy[c]*slots)
		w.Queued[models.High] -= running
		w.Running += running
	}
	w.RunningBy[models.High] = w.Running
}

// zoneOut is the zone that is out after an evaluation, or none.
func zoneOut(line string) string {
	if _, zone, is := strings.Cut(line, "out="); is {
		return "us-east-1" + zone[:1]
	}
	return ""
}

func carryOut(obs *models.Observation, orders []models.Order, out string) {
	clear(obs.Launched)
	clear(obs.Refused)
	finishing := make([]int32, len(obs.Finishing))
	clear(obs.Leaving)
	for _, o := range orders {
		c := int(o.Pool)*len(obs.Borrowers) + int(o.Borrower)
		take := func(from *int32) int32 {
			n := min(o.N, *from)
			*from, o.N = *from-n, o.N-n
			return n
		}
		switch o.Kind {
		case models.Launch:
			obs.Busy[c] += take(&obs.Finishing[c])
			if obs.Pools[o.Pool].Zone == out {
				obs.Refused[c] = o.N
				continue
			}
			obs.Launched[c] = o.N
			obs.Idle[c] += o.N
		case models.YieldWhenIdle:
			take(&obs.Idle[c])
			finishing[c] = take(&obs.Busy[c])
		case models.YieldByNotice:
			obs.Leaving[c] = take(&obs.Idle[c]) + take(&obs.Busy[c]) + take(&obs.Finishing[c])
		}
	}
	obs.Finishing = finishing
}
