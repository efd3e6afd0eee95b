package traces

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trough.internal/models"
)

// jobsMost keeps a slip such as x1000000000 from filling the memory.
const jobsMost = 1 << 20

// job reads: job WORK CLASS @ARRIVAL [xN] [WORD VALUE]...
func (p *notationParser) job() error {
	work, ok := parseOffset(p.next())
	if !ok || work < 1 || work > math.MaxInt32 {
		return p.expected("work such as 20m, at least 1s")
	}
	class := slices.Index(models.ClassNames(), p.next())
	if class < 0 {
		return p.expected(among(models.ClassNames()))
	}
	arrival, marked := strings.CutPrefix(p.next(), "@")
	at, ok := parseOffset(arrival)
	if !ok || !marked {
		return p.expected("an arrival such as @10m")
	}
	j := models.Job{Arrival: models.Instant(at), Work: int32(work), Class: models.Class(class)}
	copies, format := int64(1), ""
	if p.more() && p.words[p.at][0] == 'x' {
		n, err := strconv.ParseUint(p.next()[1:], 10, 31)
		if copies = int64(n); err != nil || n == 0 || p.jobsTotal+copies > jobsMost {
			return p.expected(fmt.Sprintf("how many such as x3, at most %d in all", jobsMost))
		}
	}
	p.jobsTotal += copies
	seen := make(map[string]bool)
	for p.more() {
		word := p.next()
		if seen[word] {
			return p.expected("it once")
		}
		seen[word] = true
		if err := p.jobField(&j, word, &format); err != nil {
			return err
		}
	}
	j.Format = p.format(format)
	for range copies {
		p.jobs = append(p.jobs, j)
	}
	return nil
}

func (p *notationParser) jobField(j *models.Job, word string, format *string) error {
	switch word {
	case "format":
		*format = p.next()
		if c := &JobsSchema.Columns[jobFormat]; c.checkWord(*format) != nil {
			return p.expected(c.wordsText())
		}
	case "origin":
		origin := slices.Index(models.OriginNames(), p.next())
		if origin < 0 {
			return p.expected(among(models.OriginNames()))
		}
		j.Origin = models.Origin(origin)
	case "deadline":
		seconds, ok := parseOffset(p.next())
		if !ok || seconds < 1 || seconds > math.MaxInt32 {
			return p.expected("an offset such as 1h30m")
		}
		j.Deadline = int32(seconds)
	case "title":
		return p.number(&j.Title, math.MaxInt32)
	case "group":
		return p.number(&j.Group, math.MaxInt32)
	case "after":
		return p.number(&j.After, math.MaxInt32)
	case "memory":
		return p.number(&j.Memory, math.MaxInt32)
	case "vcpus":
		var n int32
		err := p.number(&n, math.MaxInt16)
		j.VCPUs = int16(n)
		return err
	default:
		return p.expected("format, origin, title, group, after, deadline, vcpus or memory")
	}
	return nil
}

func (p *notationParser) number(to *int32, most int64) error {
	n, err := strconv.ParseUint(p.next(), 10, 31)
	if err != nil || n == 0 || int64(n) > most {
		return p.expected(fmt.Sprintf("a number from 1 to %d", most))
	}
	*to = int32(n)
	return nil
}

// formatDefault is the format of jobs that name none.
const formatDefault = "any"

func (p *notationParser) format(name string) models.FormatID {
	if name == "" {
		name = formatDefault
	}
	i := slices.Index(p.formats, name)
	if i < 0 {
		i = len(p.formats)
		p.formats = append(p.formats, name)
	}
	return models.FormatID(i)
}

// finishJobs numbers the jobs in order of arrival, and formats as a reader would: as they come.
func (p *notationParser) finishJobs(jobs *models.Jobs) error {
	if len(p.formats) > math.MaxInt16 {
		return fmt.Errorf("notation: %d formats: expected at most %d", len(p.formats), math.MaxInt16)
	}
	slices.SortStableFunc(p.jobs, func(a, b models.Job) int { return cmp.Compare(a.Arrival, b.Arrival) })
	var groups groupCheck
	number := make(map[models.FormatID]models.FormatID)
	for i := range p.jobs {
		j := &p.jobs[i]
		j.ID, j.Arrival = models.JobID(i), j.Arrival+p.start
		if problem := groups.add(j); problem != "" {
			return fmt.Errorf("notation: job %d: %s", j.ID, problem)
		}
		id, ok := number[j.Format]
		if !ok {
			id = models.FormatID(len(number))
			number[j.Format] = id
			jobs.Formats = append(jobs.Formats, p.formats[j.Format])
		}
		j.Format = id
	}
	if problem := groups.end(); problem != "" {
		return errors.New("notation: " + problem)
	}
	jobs.Jobs, jobs.Groups = p.jobs, groups.largest
	return nil
}
