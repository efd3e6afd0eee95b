package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/measure"
)

// episodesMost is how many overdraft episodes a page lists, the dearest: a table of thousands nobody reads, and the file
// episodes.csv has them all.
const episodesMost = 200

// Listed are the episodes that a page lists, in order of time. Short of room the dearest are kept, then the longest.
func Listed(r *measure.Result) []measure.Episode {
	if r == nil {
		return nil
	}
	list := slices.Clone(r.Episodes)
	slices.SortStableFunc(list, func(x, y measure.Episode) int {
		return cmp.Or(cmp.Compare(y.Cost, x.Cost), cmp.Compare(y.Seconds, x.Seconds), cmp.Compare(x.Start, y.Start), cmp.Compare(x.Pool, y.Pool))
	})
	list = list[:min(len(list), episodesMost)]
	slices.SortFunc(list, func(x, y measure.Episode) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Pool, y.Pool))
	})
	return list
}

func (b *builder) episodeID(k int) string { return fmt.Sprintf("%sepisode-%d", b.prefix, k+1) }

func (b *builder) overdrafts() document.Section {
	s := document.Section{ID: "overdrafts", Title: "Overdraft episodes"}
	r := b.run.Result
	if r == nil {
		s.Parts = append(s.Parts, document.Part{Lead: "The run left no ledger, and episodes are made of it."})
		return s
	}
	all := len(r.Episodes) + int(r.EpisodesLeftOut)
	if all == 0 {
		s.Parts = append(s.Parts, document.Part{Lead: "No pool was overdrawn while something was borrowed there."})
		return s
	}
	s.Parts = append(s.Parts, document.Part{Lead: fmt.Sprintf("Stretches in which a pool's surplus was negative while something was borrowed there: %s, median %s, p95 %s, the longest %s. "+
		"Cost is the instantaneous one. The line below each says what the policy had decided and what it changed; open it for what it saw and what its stages made of it.",
		plural(all, "episode"), report.TimeText(int64(r.EpisodesLasted.P50)), report.TimeText(int64(r.EpisodesLasted.P95)), report.TimeText(int64(r.EpisodesLasted.Max)))})
	list := Listed(r)
	t := document.NewTable("Overdraft episodes", "began (UTC)", "pool", "#deepest", "#lasted", "#USD", "began with", "ended with")
	for k, e := range list {
		row := t.Add(second(e.Start), b.run.Pools[e.Pool], report.Decimals(float64(e.Deepest), 0), report.TimeText(int64(e.End-e.Start)),
			report.Decimals(e.Cost.USD(), 2), BegunWords(e.Began), EndedWords(e.Ended))
		row.ID = b.episodeID(k)
		row.Trail = b.trailView(k, b.why(&e))
	}
	if len(list) < all {
		t.More = fmt.Sprintf("The dearest %d of %s; episodes.csv beside this page has %s.", len(list), report.Decimals(float64(all), 0), allOrMost(r))
	}
	s.Parts = append(s.Parts, document.Part{Table: t, Heading: fmt.Sprintf("The %s", plural(len(list), "episode")), Folded: len(list) > 12})
	return s
}

func allOrMost(r *measure.Result) string {
	if r.EpisodesLeftOut > 0 {
		return "the first " + report.Decimals(float64(len(r.Episodes)), 0)
	}
	return "all"
}

func (b *builder) why(e *measure.Episode) string { return Why(b.run.Dir, b.run.Pools[e.Pool], e) }

// Why is the command that explains an episode.
func Why(dir, pool string, e *measure.Episode) string {
	return fmt.Sprintf("trough why %s --at %s --pool %s", shellWord(dir), e.Start, shellWord(pool))
}

// shellWord quotes what a shell would take apart.
func shellWord(s string) string {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '/' || r == '-' || r == '_' || r == '+' || r == ':') {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	return s
}

// BegunWords say what began an overdraft.
func BegunWords(b measure.BegunBy) string {
	switch b {
	case measure.BegunByOwners:
		return "the owners' use rose"
	case measure.BegunByLaunch:
		return "a launch of the borrower's"
	case measure.BegunByOwners | measure.BegunByLaunch:
		return "the owners' use rose, and a launch"
	}
	return "was under way at the start"
}

// EndedWords say what ended it.
func EndedWords(e measure.EndedBy) string {
	text := strings.ReplaceAll(e.String(), "+", ", ")
	text = strings.ReplaceAll(text, "owners", "the owners' use fell")
	return strings.ReplaceAll(text, "overdraft", "given back at once")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return report.Decimals(float64(n), 0) + " " + word + "s"
}
