package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// Spinnaker reads clouddriver's reservation report. Its quirks, as of clouddriver at 2f5e98f0:
//
//   - a name that is not known, or a cache that is not filled yet, is an empty list with status 200;
//   - an error in one account of a region takes all rows of the region out, and of an account that failed as a whole (region "*")
//     merely its own rows are missing;
//   - a dead agent leaves its last report for ever, so that its age is counted from when it was made;
//   - borrowed instances are counted as used, under the borrower's account, from which they are taken out here;
//   - reservations of a region (zone "*", and what they lend to zones) are a discount without capacity, and are not lent here;
//   - v3 and v4 become an empty object when a file of weights cannot be read, so that they are not offered here.
type Spinnaker struct {
	Get    func(ctx context.Context) ([]byte, error)
	Asked  Asked
	latest models.Instant
}

// Asked is what a report is asked about.
type Asked struct {
	Pools    []models.Pool
	OS       string   // LINUX, WINDOWS, RHEL or WINDOWS_SQL_SERVER
	Borrower string   // the account in which borrowed instances run
	Accounts []string // that must have been looked at, the borrower's included
}

// Path is where clouddriver has a report of a name: v2, v2_5, or v1, which is the only one that those of 2015 have.
func Path(name string) string {
	if name == "v1" {
		return "/reports/reservation"
	}
	return "/reports/reservation/" + name
}

// Reports asks for the latest report. The same one again is none.
func (s *Spinnaker) Reports(ctx context.Context, _ models.Instant) ([]drive.Report, error) {
	data, clock := s.Get(ctx)
	if clock != nil && !errors.Is(clock, ErrClock) {
		return nil, clock
	}
	report, err := s.Asked.Parse(data)
	if err != nil {
		return nil, err
	}
	if report.OccurredAt == s.latest {
		return nil, nil
	}
	s.latest = report.OccurredAt
	if clock != nil {
		report.AgeUnknown = true
		report.Notes = append(report.Notes, clock.Error())
	}
	return []drive.Report{report}, nil
}

type spinnakerReport struct {
	Type         string              `json:"type"`
	Start        *int64              `json:"start"` // milliseconds
	End          *int64              `json:"end"`
	Accounts     []spinnakerAccount  `json:"accounts"`
	Reservations []spinnakerRow      `json:"reservations"`
	Errors       map[string][]string `json:"errorsByRegion"`
}

type spinnakerAccount struct {
	Name    string   `json:"name"`
	Regions []string `json:"regions"`
}

type spinnakerRow struct {
	Zone     string                  `json:"availabilityZone"`
	Type     string                  `json:"instanceType"`
	OS       string                  `json:"os"`
	Reserved *int64                  `json:"totalReserved"`
	Used     *int64                  `json:"totalUsed"`
	Surplus  *int64                  `json:"totalSurplus"`
	Regional int64                   `json:"totalRegionalReserved"` // not in v1 and v2
	Accounts map[string]spinnakerUse `json:"accounts"`
}

type spinnakerUse struct {
	Used    int64 `json:"used"`
	UsedVPC int64 `json:"usedVpc"` // not in v1
}

// Parse reads a report. What it does not say beyond doubt is unknown, and its notes say why.
func (a *Asked) Parse(data []byte) (drive.Report, error) {
	report := drive.Report{Reserved: make([]int32, len(a.Pools)), InUse: slices.Repeat([]int32{models.Unknown}, len(a.Pools))}
	r, err := onlyReport(data)
	if err != nil {
		return report, err
	}
	if r.End == nil || r.Start == nil || *r.End < *r.Start || *r.Start < 0 {
		return report, errors.New("spinnaker: the report does not say when it was made: expected start and end")
	}
	report.OccurredAt = models.Instant(*r.End / 1000)
	failed, notes := a.failed(r)
	report.Notes = notes
	rows := map[string][]*spinnakerRow{}
	for i := range r.Reservations {
		if row := &r.Reservations[i]; strings.EqualFold(row.OS, a.OS) {
			rows[row.Zone+"/"+row.Type] = append(rows[row.Zone+"/"+row.Type], row)
		}
	}
	for p := range a.Pools {
		pool := &a.Pools[p]
		if failed["*"] || failed[pool.Region] {
			continue
		}
		found := rows[pool.Name()]
		if len(found) != 1 {
			report.Notes = append(report.Notes, fmt.Sprintf("pool %s has %d rows: expected one", pool.Name(), len(found)))
			continue
		}
		reserved, inUse, err := a.owners(found[0])
		if err != nil {
			report.Notes = append(report.Notes, fmt.Sprintf("pool %s: %v", pool.Name(), err))
			continue
		}
		report.Reserved[p], report.InUse[p] = reserved, inUse
	}
	return report, nil
}

// onlyReport is the report of provider aws, which stands in a list by provider, or alone.
func onlyReport(data []byte) (*spinnakerReport, error) {
	var list []*spinnakerReport
	var err error
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '{' {
		list = []*spinnakerReport{{}}
		err = json.Unmarshal(data, list[0])
	} else {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("spinnaker: this is no report: %w", err)
	}
	var only *spinnakerReport
	for _, r := range list {
		if r == nil || r.Type != "aws" && r.Type != "" {
			continue
		}
		if only != nil {
			return nil, errors.New("spinnaker: there are several reports of aws: expected one")
		}
		only = r
	}
	if only == nil {
		return nil, errors.New("spinnaker: there is no report: its name is not known, or its cache is not filled yet")
	}
	return only, nil
}

// failed are regions of which nothing is known, "*" for all.
func (a *Asked) failed(r *spinnakerReport) (failed map[string]bool, notes []string) {
	failed = map[string]bool{}
	regions := make([]string, 0, len(r.Errors))
	for region := range r.Errors {
		regions = append(regions, region)
	}
	slices.Sort(regions)
	for _, region := range regions {
		failed[region] = true
		notes = append(notes, fmt.Sprintf("errors in region %s: %s", region, Shortened(strings.Join(r.Errors[region], "; "))))
	}
	for _, name := range a.Accounts {
		i := slices.IndexFunc(r.Accounts, func(one spinnakerAccount) bool { return one.Name == name })
		if i < 0 {
			failed["*"] = true
			notes = append(notes, fmt.Sprintf("account %s was not looked at", name))
			continue
		}
		for p := range a.Pools {
			if region := a.Pools[p].Region; !slices.Contains(r.Accounts[i].Regions, region) && !failed[region] {
				failed[region] = true
				notes = append(notes, fmt.Sprintf("account %s was not looked at in region %s", name, region))
			}
		}
	}
	return failed, notes
}

// owners is what a row says of the owners' reservation and use.
func (a *Asked) owners(row *spinnakerRow) (reserved, inUse int32, err error) {
	if row.Reserved == nil || row.Used == nil || row.Surplus == nil {
		return 0, 0, errors.New("a count is missing")
	}
	used, borrowed := int64(0), int64(0)
	for name, account := range row.Accounts {
		own := account.Used + account.UsedVPC
		if account.Used < 0 || account.UsedVPC < 0 || own > math.MaxInt32 {
			return 0, 0, fmt.Errorf("account %s uses %d and %d", name, account.Used, account.UsedVPC)
		}
		used += own
		if name == a.Borrower {
			borrowed = own
		}
	}
	switch {
	case *row.Reserved < 0 || *row.Reserved > math.MaxInt32 || *row.Used < 0 || *row.Used > math.MaxInt32:
		return 0, 0, fmt.Errorf("%d are reserved and %d used: expected numbers of instances", *row.Reserved, *row.Used)
	case *row.Surplus != *row.Reserved+row.Regional-*row.Used:
		return 0, 0, fmt.Errorf("the surplus is %d: expected %d + %d - %d", *row.Surplus, *row.Reserved, row.Regional, *row.Used)
	case used != *row.Used:
		return 0, 0, fmt.Errorf("its accounts use %d: expected %d", used, *row.Used)
	}
	return int32(*row.Reserved), int32(used - borrowed), nil
}

// Shortened is text from outside that fits a line, and does nothing to a terminal.
func Shortened(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?"))
	if len(text) > 200 {
		return strings.ToValidUTF8(text[:200], "") + "..."
	}
	return text
}
