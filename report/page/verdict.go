package page

import (
	"fmt"
	"strings"

	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

// verdict is what the page says, in one sentence.
func (p *Page) verdict() string {
	if len(p.Runs) == 1 {
		return p.Runs[0].verdict()
	}
	if len(p.Differences) == 0 {
		return fmt.Sprintf("%d runs side by side; nothing is said about their differences.", len(p.Runs))
	}
	var words []string
	for i := range p.Differences {
		words = append(words, differenceWords(&p.Differences[i]))
	}
	return strings.Join(words, "; ") + "."
}

func (r *Run) verdict() string {
	if r.Live != nil && r.Live.Shadow {
		return fmt.Sprintf("Policy %s ran in shadow: %s written down, and nothing was launched.", r.Name, wereWritten(r.Live.Orders))
	}
	hours, _ := measure.Find(r.Figures, "borrowed_normalised_hours")
	if hours.Known && hours.Value == 0 {
		return fmt.Sprintf("Policy %s borrowed nothing.", r.Name)
	}
	text := fmt.Sprintf("Policy %s borrowed %s normalised hours", r.Name, report.ValueText(hours))
	if gain, ok := measure.Find(r.Figures, "throughput_gain"); ok && gain.Known {
		text += fmt.Sprintf(", which made the throughput %s %% of the base fleet's", report.Decimals(100+gain.Value, 1))
	}
	cost, _ := measure.Find(r.Figures, "overdraft_cost")
	text += fmt.Sprintf(", at an overdraft cost of %s USD", report.ValueText(cost))
	if share, ok := measure.Find(r.Figures, "cost_efficiency"); ok && share.Known {
		text += fmt.Sprintf(": %s %% of what the same hours would have cost on-demand was saved", report.ValueText(share))
	}
	return strings.ReplaceAll(text+".", " %", "\u00a0%") // a line must not begin with the sign
}

func wereWritten(orders int64) string {
	if orders == 1 {
		return "1 order was"
	}
	return report.Decimals(float64(orders), 0) + " orders were"
}

// differenceWords are a difference in words, by what its intervals allow to be said.
func differenceWords(d *report.Difference) string {
	better, worse, open, none := []string{}, []string{}, []string{}, []string{}
	for _, key := range []string{"work_completed", "overdraft_cost", "cost_efficiency"} {
		f, ok := measure.Find(d.Figures, key)
		if !ok || !f.Known || f.Evidence == nil {
			continue
		}
		text := fmt.Sprintf("%s (%s%s %s)", f.Name, sign(f.Value), report.ValueText(f), f.Unit)
		switch f.Evidence.Verdict {
		case stats.Better:
			better = append(better, text)
		case stats.Worse:
			worse = append(worse, text)
		case stats.NoEvidence:
			open = append(open, text)
		default:
			none = append(none, text)
		}
	}
	var parts []string
	for _, p := range []struct {
		word string
		list []string
	}{{"better in", better}, {"worse in", worse}, {"not shown to differ in", open}, {"without a verdict on", none}} {
		if len(p.list) > 0 {
			parts = append(parts, p.word+" "+strings.Join(p.list, " and "))
		}
	}
	if parts == nil {
		return fmt.Sprintf("%s against %s: nothing to compare", d.Policy, d.Reference)
	}
	return fmt.Sprintf("%s against %s: %s", d.Policy, d.Reference, strings.Join(parts, ", "))
}

func sign(v float64) string {
	if v > 0 {
		return "+"
	}
	return ""
}
