package traces

import (
	"os"
	"strings"
	"testing"
)

func TestEveryColumnSaysWhatItHolds(t *testing.T) {
	var b strings.Builder
	if err := WriteSchemas(&b); err != nil {
		t.Fatal(err)
	}
	for _, s := range Schemas {
		seen := map[string]bool{}
		for i := range s.Columns {
			c := &s.Columns[i]
			if c.Doc == "" || seen[c.Name] || !strings.Contains(b.String(), "| "+c.Name+" | "+c.Type.String()+" | "+c.Doc) {
				t.Errorf("%s: %s: %q", s.Kind, c.Name, c.Doc)
			}
			seen[c.Name] = true
		}
		if s.Doc == "" || s.column("nothing") >= 0 {
			t.Errorf("%s: %q", s.Kind, s.Doc)
		}
	}
	if os.Getenv("TROUGH_SCHEMAS") != "" {
		t.Log(b.String())
	}
}

// The constants by which code names columns follow the order in the schemas.
func TestColumnConstantsFollowTheSchemas(t *testing.T) {
	for _, test := range []struct {
		schema *Schema
		names  map[int]string
	}{
		{&CapacitySchema, map[int]string{capTime: "time", capRegion: "region", capZone: "zone", capType: "instance_type", capReserved: "reserved", capInUse: "in_use"}},
		{&JobsSchema, map[int]string{jobArrival: "arrival", jobJob: "job", jobTitle: "title", jobClass: "class", jobOrigin: "origin", jobFormat: "format", jobWork: "work",
			jobVCPUs: "vcpus", jobMemory: "memory", jobDeadline: "deadline", jobGroup: "group", jobAfter: "after"}},
		{&PricesSchema, map[int]string{priceTime: "time", priceZone: "zone", priceType: "instance_type", pricePrice: "price"}},
		{&SwitchesSchema, map[int]string{switchTime: "time", switchRegion: "region", switchOn: "on", switchNote: "note"}},
		{&SeriesSchema, map[int]string{seriesTime: "time", seriesSeries: "series", seriesKey: "key", seriesValue: "value"}},
		{&DecisionsSchema, map[int]string{decisionTime: "time", decisionPool: "pool", decisionBorrower: "borrower", decisionStage: "stage", decisionBinding: "binding",
			decisionTarget: "target", decisionKeep: "keep", decisionReserved: "reserved", decisionInUse: "in_use", decisionAge: "age", decisionHeld: "held",
			decisionIdle: "idle", decisionLeaving: "leaving", decisionDemand: "demand"}},
		{&AttemptsSchema, map[int]string{attemptJob: "job", attemptClass: "class", attemptOutcome: "outcome", attemptCause: "cause", attemptPool: "pool", attemptBorrower: "borrower",
			attemptInstance: "instance", attemptStart: "start", attemptEnd: "end", attemptWaited: "waited", attemptWork: "work"}},
		{&LedgerSchema, map[int]string{ledgerTime: "time", ledgerKind: "kind", ledgerPool: "pool", ledgerBorrower: "borrower", ledgerInstance: "instance", ledgerJob: "job",
			ledgerN: "n", ledgerM: "m", ledgerFrom: "from", ledgerTo: "to", ledgerCause: "cause", ledgerClass: "class"}},
	} {
		for i, name := range test.names {
			if test.schema.Columns[i].Name != name {
				t.Errorf("%s: column %d is %s: expected %s", test.schema.Kind, i, test.schema.Columns[i].Name, name)
			}
		}
	}
}
