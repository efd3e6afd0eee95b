package fakecloud

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"trough.internal/models"
)

// Usage is what clouddriver's agent found when it looked: what every account had reserved and ran of every pool.
type Usage struct {
	Start, End int64 // milliseconds since 1970
	Accounts   []UsageAccount
	Rows       []UsageRow          // by zone, then type
	Errors     map[string][]string // by region
}

// UsageAccount is an account that was looked at.
type UsageAccount struct {
	Number  string
	Name    string
	Regions []string
}

// UsageRow is one pool.
type UsageRow struct {
	Zone, Type     string
	Reserved, Used []int64 // by account
}

// UsageOf looks at accounts: clouddriver counts instances that are pending or running, and all that is reserved and active.
func UsageOf(accounts []*Account, now models.Instant) Usage {
	u := Usage{Start: int64(now) * 1000, End: int64(now) * 1000, Errors: map[string][]string{}}
	rows := map[string]*UsageRow{}
	row := func(zone, instanceType string) *UsageRow {
		key := zone + "/" + instanceType
		if rows[key] == nil {
			rows[key] = &UsageRow{Zone: zone, Type: instanceType, Reserved: make([]int64, len(accounts)), Used: make([]int64, len(accounts))}
		}
		return rows[key]
	}
	regions := map[string]bool{}
	for n, a := range accounts {
		for _, r := range a.Reserved {
			if r.State == "active" {
				row(r.Zone, r.Type).Reserved[n] += int64(r.Count)
			}
		}
		for _, i := range a.Instances {
			if i.There() {
				row(i.Zone, i.Type).Used[n]++
			}
		}
		for _, g := range a.Groups {
			regions[models.RegionOfZone(g.Zones[0])] = true
		}
	}
	for _, r := range rows {
		regions[models.RegionOfZone(r.Zone)] = true
		u.Rows = append(u.Rows, *r)
	}
	slices.SortFunc(u.Rows, func(a, b UsageRow) int { return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Type, b.Type)) })
	names := make([]string, 0, len(regions))
	for name := range regions {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, a := range accounts {
		u.Accounts = append(u.Accounts, UsageAccount{a.Number, a.Name, names})
	}
	return u
}

// reservations is clouddriver's report in the shapes v1, v2 and v2_5. Another name is an empty list, as there.
func (s *Server) reservations(c *call) answer {
	name := strings.TrimPrefix(strings.TrimPrefix(c.URL.Path, "/reports/reservation"), "/")
	u, made := s.world.Usage()
	switch {
	case name != "" && name != "v2" && name != "v2_5", !made:
		return jsonAnswer(http.StatusOK, []any{})
	}
	report := u.report(name, thin(c, u.Rows))
	a := jsonAnswer(http.StatusOK, []any{report})
	if name == "" {
		a = jsonAnswer(http.StatusOK, report)
	}
	a.mime = "application/json;charset=UTF-8"
	return a
}

// document is a JSON object.
type document = map[string]any

func (u *Usage) report(name string, rows []UsageRow) document {
	reservations := []document{}
	for _, r := range rows {
		reservations = append(reservations, u.row(name, &r))
	}
	accounts := []document{}
	for _, a := range u.Accounts {
		accounts = append(accounts, document{"accountId": a.Number, "name": a.Name, "regions": a.Regions})
	}
	report := document{"start": u.Start, "end": u.End, "type": "aws", "accounts": accounts, "reservations": reservations}
	if name != "" {
		report["errorsByRegion"] = u.Errors
	}
	return report
}

func (u *Usage) row(name string, r *UsageRow) document {
	reserved, used, accounts := int64(0), int64(0), document{}
	for n, a := range u.Accounts {
		own := document{"reserved": r.Reserved[n], "used": r.Used[n], "surplus": r.Reserved[n] - r.Used[n]}
		if name != "" { // all of it is in a VPC
			own = document{"reserved": 0, "used": 0, "surplus": 0, "reservedVpc": r.Reserved[n], "usedVpc": r.Used[n], "surplusVpc": r.Reserved[n] - r.Used[n]}
		}
		accounts[a.Name] = own
		reserved, used = reserved+r.Reserved[n], used+r.Used[n]
	}
	region := models.RegionOfZone(r.Zone)
	letter := strings.TrimPrefix(r.Zone, region)
	row := document{"availabilityZone": r.Zone, "region": region, "availabilityZoneId": letter, "instanceType": r.Type, "os": "LINUX",
		"totalReserved": reserved, "totalUsed": used, "totalSurplus": reserved - used, "accounts": accounts}
	if name == "v2_5" {
		row["id"] = strings.Join([]string{region, letter, r.Type, "linux"}, ":")
		row["totalRegionalReserved"] = 0
	}
	return row
}

// Workload is the encoding system's document, see source.Workload.
type Workload struct {
	AsOf      models.Instant          `json:"as_of"`
	Borrowers map[string]BorrowerWork `json:"borrowers"`
	Instances map[string]InstanceWork `json:"instances"`
}

// BorrowerWork is what one borrower has to do: slots by class, and seconds of work on the reference type.
type BorrowerWork struct {
	Queued   map[string]int32 `json:"queued"`
	Work     map[string]int64 `json:"work_s"`
	Running  map[string]int32 `json:"running"`
	BaseBusy int32            `json:"base_busy"`
	BaseIdle int32            `json:"base_idle"`
}

// InstanceWork is what a registered instance does.
type InstanceWork struct {
	Jobs  int32          `json:"jobs"`
	Class string         `json:"class,omitempty"`
	Began models.Instant `json:"began,omitzero"` // the last of them
}

// InstancesOf is what registered instances do: those that have booted and are there.
func InstancesOf(a *Account) map[string]InstanceWork {
	work := map[string]InstanceWork{}
	for _, i := range a.Instances {
		if !i.Registered || !i.There() {
			continue
		}
		w := InstanceWork{Jobs: i.Jobs}
		if i.Jobs > 0 {
			w.Class, w.Began = i.Class.String(), i.Began
		}
		work[i.ID] = w
	}
	return work
}

func (s *Server) workload(c *call) answer {
	w := s.world.Workload()
	if c.poor != whole {
		ids := make([]string, 0, len(w.Instances))
		for id := range w.Instances {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		left := thin(c, ids)
		for _, id := range ids {
			if !slices.Contains(left, id) {
				delete(w.Instances, id)
			}
		}
	}
	a := jsonAnswer(http.StatusOK, w)
	a.mime = "application/json"
	return a
}
