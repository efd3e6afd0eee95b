package source

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

func example(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func asked() Asked {
	a := Asked{OS: "LINUX", Borrower: "encode", Accounts: []string{"prod", "encode"}}
	for _, name := range []string{"us-west-2a/r3.4xlarge", "us-west-2b/m4.2xlarge", "us-west-2a/m4.4xlarge"} {
		zone, typ, _ := strings.Cut(name, "/")
		a.Pools = append(a.Pools, models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: typ})
	}
	return a
}

func TestBorrowedInstancesAreTakenOutOfWhatIsUsed(t *testing.T) {
	a := asked()
	r, err := a.Parse([]byte(example(t, "v2_5")))
	if err != nil {
		t.Fatal(err)
	}
	if want := models.Instant(1795216012); r.OccurredAt != want {
		t.Errorf("it was true at %s, want its end, %s", r.OccurredAt, want)
	}
	// Of 320 in use 10 are the borrower's; what a region's reservations lend to a zone has no capacity.
	if !slices.Equal(r.Reserved, []int32{500, 0, 0}) || !slices.Equal(r.InUse, []int32{310, 6, 2}) {
		t.Errorf("reserved %v, in use %v", r.Reserved, r.InUse)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "us-east-1: Failed to describe instances") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestTheReportsOf2015AreUnderstood(t *testing.T) {
	a := asked()
	a.Pools = a.Pools[:1]
	for _, text := range []string{example(t, "v1"), "[" + example(t, "v1") + "]"} {
		r, err := a.Parse([]byte(text))
		if err != nil || r.Reserved[0] != 500 || r.InUse[0] != 310 {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// TestWhatAReportDoesNotSayIsUnknown: each way in which clouddriver, or what lies between, leaves something out.
func TestWhatAReportDoesNotSayIsUnknown(t *testing.T) {
	const none = models.Unknown
	for _, test := range []struct {
		what, from, to string
		want           []int32 // in use by pool; nil for an error
		says           string
	}{
		{"an error in the region", `"us-east-1": [`, `"us-west-2": [`, []int32{none, none, none}, "errors in region us-west-2"},
		{"an account that failed as a whole", `"us-east-1": [`, `"*": [`, []int32{none, none, none}, "errors in region *"},
		{"the borrower's account is not there", `"name": "encode"`, `"name": "other"`, []int32{none, none, none}, "account encode was not looked at"},
		{"an account was not looked at in the region", "\"name\": \"prod\",\n    \"regions\": [\n     \"us-west-2\"", "\"name\": \"prod\",\n    \"regions\": [\n     \"us-west-1\"", []int32{none, none, none}, "account prod was not looked at in region us-west-2"},
		{"a row that is missing", `"instanceType": "r3.4xlarge"`, `"instanceType": "r3.2xlarge"`, []int32{none, 6, 2}, "us-west-2a/r3.4xlarge has 0 rows"},
		{"a row that is there twice", `"instanceType": "m4.4xlarge"`, `"instanceType": "r3.4xlarge"`, []int32{none, 6, none}, "us-west-2a/r3.4xlarge has 2 rows"},
		{"a row of another system", "\"r3.4xlarge\",\n    \"os\": \"LINUX\"", "\"r3.4xlarge\",\n    \"os\": \"RHEL\"", []int32{none, 6, 2}, "has 0 rows"},
		{"a count that is null", `"totalUsed": 320`, `"totalUsed": null`, []int32{none, 6, 2}, "a count is missing"},
		{"a count that is missing", `"totalReserved": 500,`, ``, []int32{none, 6, 2}, "a count is missing"},
		{"a count that is negative", `"totalUsed": 320`, `"totalUsed": -320`, []int32{none, 6, 2}, "expected numbers of instances"},
		{"use of an account that is missing", `"usedVpc": 310`, `"usedVpc": 0`, []int32{none, 6, 2}, "its accounts use 10: expected 320"},
		{"an account that is negative", `"usedVpc": 310`, `"usedVpc": -310`, []int32{none, 6, 2}, "account prod uses 0 and -310"},
		{"a surplus of another row", `"totalSurplus": 180`, `"totalSurplus": 500`, []int32{none, 6, 2}, "the surplus is 500"},
		{"no time", `"end":`, `"ended":`, nil, "does not say when it was made"},
		{"a time before its beginning", `"end": 1795216012345`, `"end": 1795215012345`, nil, "does not say when it was made"},
		{"another provider", `"type": "aws"`, `"type": "gce"`, nil, "there is no report"},
		{"half of it", `"reservations"`, `"reservations`, nil, "this is no report"},
	} {
		a, text := asked(), example(t, "v2_5")
		if !strings.Contains(text, test.from) {
			t.Fatalf("%s: the example has no %s", test.what, test.from)
		}
		r, err := a.Parse([]byte(strings.Replace(text, test.from, test.to, 1)))
		switch {
		case test.want == nil && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: %v", test.what, err)
		case test.want != nil && (err != nil || !slices.Equal(r.InUse, test.want) || !strings.Contains(strings.Join(r.Notes, "\n"), test.says)):
			t.Errorf("%s: in use %v, want %v; notes %q, %v", test.what, r.InUse, test.want, r.Notes, err)
		}
	}
}

func TestAnEmptyAnswerIsNoReport(t *testing.T) {
	a := asked()
	for _, text := range []string{"[]", "[null]", "{}", "[{}]", "", "null", "[[]]", "0", "<html>"} {
		if r, err := a.Parse([]byte(text)); err == nil {
			t.Errorf("%q is a report: %+v", text, r)
		}
	}
	if _, err := a.Parse([]byte("[" + example(t, "v1") + "," + example(t, "v1") + "]")); err == nil {
		t.Error("two reports are one")
	}
}

func TestClouddriverIsAskedByNameAndTheSameReportIsToldOnce(t *testing.T) {
	text, status, path, skew := example(t, "v2_5"), 200, "", time.Duration(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
		if status == 302 {
			http.Redirect(w, r, "/reports/reservation/v2", status)
			return
		}
		w.WriteHeader(status)
		w.Write([]byte(text))
	}))
	defer server.Close()
	s := &Spinnaker{Get: client(t, Connection{}).Getter(server.URL + Path("v2_5")), Asked: asked()}
	reports, err := s.Reports(context.Background(), 0)
	if err != nil || len(reports) != 1 || path != "/reports/reservation/v2_5" || Path("v1") != "/reports/reservation" {
		t.Fatalf("%d reports from %s, %v", len(reports), path, err)
	}
	if reports, err = s.Reports(context.Background(), 0); err != nil || len(reports) != 0 {
		t.Errorf("the same report: %d, %v", len(reports), err)
	}
	skew = -2 * time.Minute
	s.latest = 0
	if reports, err = s.Reports(context.Background(), 0); err != nil || len(reports) != 1 || !reports[0].AgeUnknown || !strings.Contains(strings.Join(reports[0].Notes, "\n"), "2m0s behind ours") {
		t.Errorf("a clock that is behind: %+v, %v", reports, err)
	}
	for _, status = range []int{500, 404, 204, 302} {
		if _, err := s.Reports(context.Background(), 0); err == nil || !strings.Contains(err.Error(), "expected 200") {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

// FuzzSpinnaker: whatever comes, no count is out of range, and a pool of which nothing is known has no reservation either.
func FuzzSpinnaker(f *testing.F) {
	f.Add([]byte(example(f, "v2_5")))
	f.Add([]byte(example(f, "v1")))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a := asked()
		r, err := a.Parse(data)
		if err != nil {
			return
		}
		for p := range a.Pools {
			if r.InUse[p] < models.Unknown || r.Reserved[p] < 0 || r.InUse[p] == models.Unknown && r.Reserved[p] != 0 {
				t.Errorf("pool %d: %d reserved, %d in use", p, r.Reserved[p], r.InUse[p])
			}
		}
		for _, note := range r.Notes {
			if strings.ContainsAny(note, "\n\r") {
				t.Errorf("a note of several lines: %q", note)
			}
		}
	})
}
