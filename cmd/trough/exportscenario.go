package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"trough.internal/cmd/trough/live"
	"trough.internal/models"
	"trough.internal/models/catalog"
	"trough.internal/models/settings"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// liveRecording is what a manifest says of a run that was not a backtest: it happened.
type liveRecording struct {
	Modes         []string         `json:"modes"` // shadow launches nothing
	Evaluations   int64            `json:"evaluations"`
	Orders        int64            `json:"orders"`
	Notes         int64            `json:"notes"` // lines about what was not known or went wrong
	TornBytes     int64            `json:"torn_bytes"`
	PolicyChanged []models.Instant `json:"policy_changed"`
	HoldSeconds   int64            `json:"hold_seconds"`
	Seen          live.Seen        `json:"seen"`
}

const arrivalsAssumed = "jobs are what the queues grew by and what left them for an instance, each with its queue's mean work (17 minutes where nobody said): a lower bound"

// scenarioOf is a scenario with what a journal recorded: its market, its work, its policy, and the world's usual delays.
func scenarioOf(r *live.Recording, name string) (*sim.Scenario, string, error) {
	date, speeds := listOf(r.Pools, r.From)
	var b strings.Builder
	fmt.Fprintf(&b, "# A live recording as a scenario: what the owners used, what arrived, and the policy that ran.\nscenario: %s\n", quoted(name))
	fmt.Fprintf(&b, "about: Recorded live, mode %s.\n", strings.Join(r.Modes, ", then "))
	fmt.Fprintf(&b, "from: %s\nlength: %s\n", r.From, r.Until.Sub(r.From))
	fmt.Fprintf(&b, "capacity: {file: %s}\njobs: [%s]\n", capacityFileName, arrivalsFile)
	fmt.Fprintf(&b, "prices: {date: %s}\n", date)
	if len(speeds) > 0 {
		fmt.Fprintf(&b, "speeds: {%s}\n", strings.Join(speeds, ", "))
	}
	if n := len(r.Borrowers); n <= int(models.Origins) {
		b.WriteString("borrowers:\n")
		origins := models.OriginNames()
		for i, borrower := range r.Borrowers {
			own := origins[i : i+1]
			if i == n-1 {
				own = origins[i:] // a scenario gives every origin to somebody
			}
			fmt.Fprintf(&b, "  - {name: %s, origins: [%s]}\n", quoted(borrower), strings.Join(own, ", "))
		}
	}
	if len(r.Switches) > 0 {
		b.WriteString("switches:\n")
		for _, s := range r.Switches {
			fmt.Fprintf(&b, "  - {at: %s, region: %s, on: %t, note: %s}\n", s.At, quoted(s.Region), s.On, quoted(s.Note))
		}
	}
	b.WriteString(fitted(r.Signals()))
	policy, err := settings.Encode(r.Policy)
	if err != nil {
		return nil, "", err
	}
	fmt.Fprintf(&b, "policy:\n  %s\n", strings.ReplaceAll(strings.TrimSpace(string(policy)), "\n", "\n  "))
	s, err := sim.ParseScenario(scenarioFile, []byte(b.String()))
	return s, b.String(), err
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }

// listOf finds the built-in price list that the driver had: the first one that has its prices, else that of the first evaluation.
// Speeds are those that the list does not give.
func listOf(pools []models.Pool, from models.Instant) (date models.Instant, speeds []string) {
	dates := []models.Instant{from}
	for _, list := range catalog.Builtin() {
		dates = append(dates, list.Since)
	}
	date = from
	if k := slices.IndexFunc(dates, func(d models.Instant) bool { return priced(pools, d) }); k >= 0 {
		date = dates[k]
	}
	seen := map[string]bool{}
	for i := range pools {
		p := &pools[i]
		if own, err := norm(p, date); !seen[p.Type] && (err != nil || own != p.Speed) {
			speeds = append(speeds, fmt.Sprintf("%s: %g", p.Type, p.Norm()))
		}
		seen[p.Type] = true
	}
	return date, speeds
}

func priced(pools []models.Pool, date models.Instant) bool {
	for i := range pools {
		if t, err := catalog.Lookup(date, pools[i].Region, pools[i].Type); err != nil || t.OnDemand != pools[i].OnDemand {
			return false
		}
	}
	return true
}

// norm is a type's speed by a list, against the reference type that a scenario has unless it says another.
func norm(p *models.Pool, date models.Instant) (int32, error) {
	t, err := catalog.Lookup(date, p.Region, p.Type)
	if err != nil {
		return 0, err
	}
	reference, err := catalog.Lookup(date, p.Region, referenceDefault)
	if err != nil {
		return 0, err
	}
	speed, _ := catalog.Norm(t, reference, 0)
	return speed, nil
}

const referenceDefault = "r3.4xlarge"

func (e *exporting) writeScenario(w io.Writer) error {
	_, err := io.WriteString(w, e.text)
	return err
}

func (e *exporting) recorded() []string {
	r := e.rec
	list := []string{
		fmt.Sprintf("%d evaluations of a live driver, mode %s, with every decision and %d orders", r.Evaluations, strings.Join(r.Modes, ", then "), r.Orders),
		"reservations and owners' use, as the driver believed them: of the last reports that agreed the one with the least available",
	}
	if r.Seen.Launches {
		list = append(list, "instances, from order to end, as the cloud told")
	}
	if r.Seen.Workload {
		list = append(list, "the queues' depths, as the encoding system said")
	}
	if r.Seen.JobStarts {
		list = append(list, "starts and ends of jobs on borrowed instances, as far as they were seen")
	}
	return list
}

// assumed says what of the figures rests on nothing that was recorded.
func (e *exporting) assumed() []string {
	r := e.rec
	list := []string{fmt.Sprintf("a report is trusted for %s; from then until the next one the owners' use is unknown", short(e.hold))}
	if !priced(r.Pools, e.scenario.Prices.Date) {
		list = append(list, "the price list of "+e.scenario.Prices.Date.UTC().Format(time.DateOnly)+": the driver's own prices are in no built-in list")
	}
	if !slices.ContainsFunc(r.Modes, func(m string) bool { return m != "shadow" }) {
		list = append(list, "nothing was launched: in shadow, orders are only written down")
	}
	if s := &r.Seen; s.ThereAtStart > 0 {
		list = append(list, fmt.Sprintf("%d instances were there before the first evaluation, and count from it", s.ThereAtStart))
	}
	if s := &r.Seen; s.Holes > 0 {
		list = append(list, fmt.Sprintf("%d times evaluations are missing: %d events of instances were made up, which agree with what followed", s.Holes, s.MadeUp))
	}
	if n := r.Seen.UnendedJobs; n > 0 {
		list = append(list, fmt.Sprintf("%d jobs of which nobody saw the end count neither as completed nor as interrupted", n))
	}
	return list
}

// seen takes away the figures of what nobody saw; of a backtest all is seen.
func (m *manifest) seen(list []measure.Figure) []measure.Figure {
	if m.Live == nil {
		return list
	}
	return onlySeen(&m.Live.Seen, list)
}

// waitsSeen says whether a run knows how long jobs waited: when they arrived, that is.
func (m *manifest) waitsSeen() bool { return m.Live == nil || m.Live.Seen.Arrivals }

// chance says what a run's luck was.
func (m *manifest) chance() string {
	if m.Live != nil {
		return "recorded live, mode " + strings.Join(m.Live.Modes, ", then ")
	}
	return fmt.Sprintf("seed %d", m.Seed)
}

// onlySeen takes away the figures of what nobody saw: a journal without the ends of jobs does not say that none completed.
func onlySeen(seen *live.Seen, list []measure.Figure) []measure.Figure {
	list = slices.Clone(list)
	for i := range list {
		f := &list[i]
		why := ""
		switch key := f.Key; {
		case key == "throughput_gain":
			why = "live, nobody knows what would have completed without borrowing"
		case !seen.JobEnds && slices.Contains([]string{"jobs_completed", "interruptions"}, key),
			!seen.JobEnds && strings.HasSuffix(key, "_jobs_completed"):
			why = "the ends of jobs were not seen"
		case !seen.Work && slices.Contains([]string{"work_completed", "goodput_share", "work_lost"}, key):
			why = "how much work the jobs were that completed was not seen"
		case !seen.Arrivals && (key == "makespan" || strings.HasPrefix(key, "backlog_") || strings.Contains(key, "_wait_") || strings.Contains(key, "_completion_") || strings.HasSuffix(key, "_starved")):
			why = "the arrivals of single jobs were not seen"
		case !seen.JobStarts && key == "idle_hours":
			why = "the starts of jobs were not seen"
		}
		if why != "" {
			f.Known, f.Value, f.Interval, f.Note = false, 0, false, why
		}
	}
	return list
}
