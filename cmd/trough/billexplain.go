package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/report/bill"
)

// hourBill is one clock hour of one pool, instance by instance.
type hourBill struct {
	Run      string         `json:"run"`
	Pool     string         `json:"pool"`
	Hour     models.Instant `json:"hour"`
	Rules    string         `json:"rules"`
	Reserved float64        `json:"reserved_hours"`
	Price    usd            `json:"on_demand_usd_per_hour"`
	Owners   ownersPart     `json:"owners"`
	Borrowed []borrowedPart `json:"borrowed"`
	Cost     usd            `json:"usd"`
	Instant  usd            `json:"instantaneous_usd"`

	all bool
}

// ownersPart is what the owners' instances took of the reservation.
type ownersPart struct {
	Runs     int     `json:"runs"`
	Billed   float64 `json:"billed_hours"`
	Covered  float64 `json:"covered_hours"`
	OnDemand float64 `json:"on_demand_hours"`
}

// borrowedPart is one borrowed instance, in the order in which the reservation covers them.
type borrowedPart struct {
	Instance models.InstanceID `json:"instance"`
	Borrower string            `json:"borrower"`
	Begins   models.Instant    `json:"begins"` // of what is billed in the hour
	Start    models.Instant    `json:"start"`
	End      *models.Instant   `json:"end"` // null if it ran on beyond the hour
	Decided  models.Instant    `json:"decided"`
	Stage    string            `json:"stage"`
	Covered  float64           `json:"covered_hours"`
	OnDemand float64           `json:"on_demand_hours"`
	Cost     usd               `json:"usd"`
}

func (a *app) billExplain() *cobra.Command {
	var hour, pool string
	var changes billChanges
	var all bool
	c := &cobra.Command{
		Use:   "explain RUN --hour TIME --pool POOL",
		Short: "Say how one clock hour of one pool was covered",
		Long: `Replays a run's ledger up to the end of a clock hour and lists what the reservation covered: the owners' instances
first, then the borrowed ones in the order in which the bill takes them, each with the decision that borrowed it.

TIME is any instant of the hour: RFC 3339, or an offset from the run's beginning such as +28h10m.`,
		Example: `  trough bill explain out/demo/full --hour 2015-10-06T12:00:00Z --pool us-east-1a/r3.4xlarge
  trough bill explain out/demo/full --hour +36h --pool us-east-1a/r3.4xlarge --rules 2018-01-01`,
		Args: oneArg("a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := openRun(args[0])
			if err != nil {
				return err
			}
			at, err := files.instant("hour", hour)
			if err != nil {
				return err
			}
			h, err := files.explain(cmd.Context(), at-at%3600, pool, changes)
			if err != nil {
				return err
			}
			h.all = all
			if a.json {
				return encodeJSON(a.out, h)
			}
			_, err = io.WriteString(a.out, h.text())
			return err
		},
	}
	c.Flags().StringVar(&hour, "hour", "", "an instant of the clock hour: RFC 3339, or +offset from the run's beginning")
	c.Flags().StringVar(&pool, "pool", "", "pool as zone/type")
	c.Flags().BoolVar(&all, "all", false, "list every borrowed instance, not only the first 20 of a kind")
	changes.add(c.Flags())
	return c
}

// explain bills one clock hour of one pool by the engine that bills any usage, and holds it against the run's own bill.
func (r *runFiles) explain(ctx context.Context, hour models.Instant, pool string, changes billChanges) (*hourBill, error) {
	b, ledger, err := r.openBill()
	if err != nil {
		return nil, err
	}
	defer ledger.Close()
	if err := changes.apply(&b.setup); err != nil {
		return nil, err
	}
	if b.setup.Rules.Hours == billing.Concurrent && b.setup.Rules.Hourly(billing.Linux) {
		return nil, fmt.Errorf("%s: the reading concurrent counts the most instances at once and tells none apart: name another with --hours", r.dir)
	}
	if pool == "" {
		return nil, fmt.Errorf("bill explain: expected --pool zone/type, such as %s", b.names[0])
	}
	run := ledger.Run()
	id, err := poolNamed(&run, pool)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.dir, err)
	}
	until := min(hour+3600, r.manifest.Until)
	if whole := hour >= r.manifest.From && until == hour+3600; !whole && !b.setup.Rules.Hourly(billing.Linux) {
		// Of runs that the span cuts, the seconds outside of it would be missing here and their minute's minimum be added.
		return nil, fmt.Errorf("%s: the run covers %s to %s, only a part of the clock hour from %s: expected a whole one where seconds are billed",
			r.dir, r.manifest.From, r.manifest.Until, hour)
	}
	var row bill.PoolHour
	var runs []bill.Run
	b.setup.Hour = func(h bill.PoolHour) {
		if h.Hour == hour && h.Pool == id {
			row = h
		}
	}
	b.setup.Run = func(run bill.Run) {
		if run.Pool == id && run.End >= hour { // a short one that ended with the hour may lack seconds to its minute
			runs = append(runs, run)
		}
	}
	if err := b.read(ctx, ledger, until); err != nil {
		return nil, err
	}
	return b.hourOf(&row, runs, until)
}

// hourOf bills the runs of one pool's clock hour.
func (b *runBill) hourOf(row *bill.PoolHour, runs []bill.Run, until models.Instant) (*hourBill, error) {
	p := &b.pools[row.Pool]
	in := billing.Input{Rules: b.setup.Rules, From: row.Hour, Until: row.Hour + 3600,
		Rates: billing.List{{Type: p.Type, Region: p.Region}: {OnDemand: p.OnDemand, EC2Plan: billing.Unpriced, ComputePlan: billing.Unpriced}}}
	if row.Reserved > 0 {
		in.Holdings = []billing.Holding{{ID: "reserved", Account: "owners", Kind: billing.ZonalRI, Type: p.Type, Location: p.Zone,
			Count: row.Reserved / 3600, Start: row.Hour, End: row.Hour + 3600}}
	}
	for i, run := range runs {
		account, name := "owners", fmt.Sprintf("o-%07d", i)
		if run.Instance != models.NoInstance {
			account, name = fmt.Sprintf("~%03d", run.Borrower), fmt.Sprintf("i-%010d", run.Instance) // both in the order of their numbers
		}
		in.Runs = append(in.Runs, billing.Run{Account: account, Instance: name, Type: p.Type, Zone: p.Zone, Start: run.Start, End: run.End})
	}
	made, err := billing.Make(in)
	if err != nil {
		return nil, err
	}
	h := &hourBill{Run: b.files.dir, Pool: b.names[row.Pool], Hour: row.Hour, Rules: b.setup.Rules.String(), Reserved: hoursOf(row.Reserved),
		Price: usd(p.OnDemand), Instant: usd(row.Of[bill.Instantaneous].Cost), Borrowed: []borrowedPart{}}
	parts := make([]borrowedPart, len(runs))
	for _, l := range made.Lines {
		share := float64(l.Units) / float64(l.Whole)
		part := &parts[l.Run]
		if l.Holding == billing.OnDemand {
			part.OnDemand += share
			part.Cost += usd(l.USD)
		} else {
			part.Covered += share
		}
	}
	for i := range runs {
		run, part := &runs[i], parts[i]
		if part.Covered+part.OnDemand == 0 {
			continue
		}
		if run.Instance == models.NoInstance {
			h.Owners.Runs++
			h.Owners.Covered += part.Covered
			h.Owners.OnDemand += part.OnDemand
			continue
		}
		part.Instance, part.Borrower, part.Start = run.Instance, b.setup.Borrowers[run.Borrower], run.Start
		part.Begins = max(run.Start, row.Hour)
		if b.setup.Rules.Hourly(billing.Linux) && b.setup.Rules.Hours == billing.Begun {
			part.Begins = row.Hour + run.Start%3600
		}
		part.Decided, part.Stage = run.Ordered, stageName(run.Cause)
		if run.End < until {
			part.End = &run.End
		}
		h.Cost += part.Cost
		h.Borrowed = append(h.Borrowed, part)
	}
	h.Owners.Billed = h.Owners.Covered + h.Owners.OnDemand
	slices.SortFunc(h.Borrowed, func(x, y borrowedPart) int {
		return cmp.Or(cmp.Compare(x.Begins, y.Begins), cmp.Compare(x.Borrower, y.Borrower), cmp.Compare(x.Instance, y.Instance))
	})
	if models.MicroUSD(h.Cost) != row.Cost {
		panic(fmt.Sprintf("trough: the run's bill charges %s for %s in hour %s, its instances' bill %s", row.Cost, h.Pool, h.Hour, models.MicroUSD(h.Cost)))
	}
	return h, nil
}

// listedMost is how many instances of a kind are listed without --all.
const listedMost = 20

func (h *hourBill) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, clock hour from %s\n", h.Pool, h.Hour)
	for _, line := range wrap("rules: "+h.Rules, tableWidth) {
		fmt.Fprintln(&b, line)
	}
	covered, charged := 0.0, 0.0
	for _, p := range h.Borrowed {
		covered += p.Covered
		charged += p.OnDemand
	}
	t := newTable("instance-hours", "billed", "covered", "on-demand", "USD")
	t.right(1, 2, 3, 4)
	t.add(fmt.Sprintf("owners (%d runs)", h.Owners.Runs), grouped(h.Owners.Billed, 2), grouped(h.Owners.Covered, 2), grouped(h.Owners.OnDemand, 2), "theirs")
	t.add(fmt.Sprintf("borrowed (%d runs)", len(h.Borrowed)), grouped(covered+charged, 2), grouped(covered, 2), grouped(charged, 2), money(h.Cost))
	t.add("reserved", grouped(h.Reserved, 2), "", "", "")
	t.add("lapsed", grouped(max(0, h.Reserved-h.Owners.Covered-covered), 2), "", "", "")
	fmt.Fprintf(&b, "\n%s", t)
	fmt.Fprintf(&b, "\nan on-demand instance-hour costs %s USD; each second apart the overdraft would have cost %s USD\n", money(h.Price), money(h.Instant))
	if len(h.Borrowed) == 0 {
		return b.String()
	}
	fmt.Fprint(&b, "\nborrowed instances, in the order in which the reservation covers them\n")
	t = newTable("begins", "instance", "started", "ended", "decided", "stage", "covered h", "on-demand h", "USD")
	t.right(6, 7, 8)
	left := map[bool]int{}
	for i := range h.Borrowed {
		p := &h.Borrowed[i]
		if left[p.OnDemand > 0]++; left[p.OnDemand > 0] > listedMost && !h.all {
			continue
		}
		end := "ran on"
		if p.End != nil {
			end = p.End.String()
		}
		t.add(p.Begins.UTC().Format(time.TimeOnly), fmt.Sprint(p.Instance), p.Start.String(), end, p.Decided.String(), p.Stage, grouped(p.Covered, 2), grouped(p.OnDemand, 2), money(p.Cost))
	}
	b.WriteString(t.String())
	if n := max(0, left[false]-listedMost) + max(0, left[true]-listedMost); n > 0 && !h.all {
		fmt.Fprintf(&b, "and %d more: --all\n", n)
	}
	return b.String()
}
