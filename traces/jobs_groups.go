package traces

import (
	"fmt"
	"slices"

	"trough.internal/models"
)

// groupCheck holds what a jobs trace promises about groups: a group's jobs arrive no later than the first job that
// waits for it, every group that is waited for has jobs, and nothing waits for itself in the end.
type groupCheck struct {
	pages   map[int32]*groupPage
	largest int32
	now     models.Instant
	edges   []groupEdge // of jobs that arrive now and wait while their group is waited for
	waiting []int32     // groups that were waited for before any of their jobs came
}

const groupPageBits = 10

// groupPage holds neighbouring groups: numbers are mostly dense.
type groupPage [1 << groupPageBits]struct {
	waitedSince models.Instant // + 1: 0 is never
	hasJobs     bool
}

// groupEdge says that a job of group from waits for group to.
type groupEdge struct{ from, to int32 }

// add takes the next job and returns what is wrong with it.
func (g *groupCheck) add(j *models.Job) (problem string) {
	if j.Arrival != g.now {
		if problem = g.circle(); problem != "" {
			return problem
		}
		g.now, g.edges = j.Arrival, g.edges[:0]
	}
	if j.Group > 0 {
		p := g.page(j.Group)
		e := &p[j.Group&(1<<groupPageBits-1)]
		e.hasJobs = true
		if e.waitedSince != 0 && e.waitedSince-1 < j.Arrival {
			return fmt.Sprintf("it belongs to group %d and arrives at %s: expected at %s or before, when the first job that waits for the group arrives",
				j.Group, j.Arrival, e.waitedSince-1)
		}
		g.largest = max(g.largest, j.Group)
	}
	if j.After > 0 {
		e := &g.page(j.After)[j.After&(1<<groupPageBits-1)]
		if e.waitedSince == 0 {
			e.waitedSince = j.Arrival + 1
			if !e.hasJobs {
				g.waiting = append(g.waiting, j.After)
			}
		}
		if j.Group > 0 {
			g.edges = append(g.edges, groupEdge{j.Group, j.After})
		}
	}
	return ""
}

func (g *groupCheck) page(group int32) *groupPage {
	if g.pages == nil {
		g.pages = make(map[int32]*groupPage)
	}
	p := g.pages[group>>groupPageBits]
	if p == nil {
		p = new(groupPage)
		g.pages[group>>groupPageBits] = p
	}
	return p
}

// circle looks for groups that wait for each other. As a group's jobs arrive no later than what waits for it, all
// jobs of a circle arrive at one instant.
func (g *groupCheck) circle() (problem string) {
	if len(g.edges) == 0 {
		return ""
	}
	next := make(map[int32][]int32)
	for _, e := range g.edges {
		if !slices.Contains(next[e.from], e.to) {
			next[e.from] = append(next[e.from], e.to)
		}
	}
	state := make(map[int32]int) // 1: on the path; 2: done
	type step struct {
		group int32
		taken int
	}
	for _, e := range g.edges {
		path := []step{{e.from, 0}}
		for len(path) > 0 {
			top := &path[len(path)-1]
			if top.taken == 0 {
				if state[top.group] == 2 {
					path = path[:len(path)-1]
					continue
				}
				state[top.group] = 1
			}
			if top.taken == len(next[top.group]) {
				state[top.group] = 2
				path = path[:len(path)-1]
				continue
			}
			to := next[top.group][top.taken]
			top.taken++
			if state[to] == 1 {
				return fmt.Sprintf("group %d waits for itself at %s: expected no circle", to, g.now)
			}
			if state[to] == 0 {
				path = append(path, step{to, 0})
			}
		}
	}
	return ""
}

// end returns what is wrong once all jobs came.
func (g *groupCheck) end() (problem string) {
	if problem = g.circle(); problem != "" {
		return problem
	}
	for _, group := range g.waiting {
		if !g.page(group)[group&(1<<groupPageBits-1)].hasJobs {
			return fmt.Sprintf("jobs wait for group %d: expected a group that some job belongs to", group)
		}
	}
	return ""
}
