package owners

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/models"
	"trough.internal/models/settings"
)

// overHTTP is two accounts of a fake cloud, each by a profile of its own: prod calls the zones by other names than encode does.
func overHTTP(t *testing.T, inUse int) (*Source, *fakecloud.Server, *fakecloud.Account, *fakecloud.Account) {
	t.Helper()
	encode := &fakecloud.Account{Number: "222222222222", Name: "encode", Key: "AKIAENCODE"}
	prod := &fakecloud.Account{Number: "111111111111", Name: "prod", Key: "AKIAPROD", ZoneIDs: map[string]string{"us-east-1a": "us-east-1-az2", "us-east-1b": "us-east-1-az1"}}
	prod.Reserved = []fakecloud.Reserved{{ID: "ri-1", Zone: "us-east-1a", Type: "r3.4xlarge", Count: 2000, Start: noon - 1, End: noon + 1000, State: "active", Offering: "All Upfront", Product: "Linux/UNIX"}}
	prod.Reservations = []fakecloud.Reservation{{ID: "cr-1", Zone: "us-east-1b", Type: "r3.4xlarge", Total: 50, Available: 20, State: "active", Match: "open", Start: noon}}
	for range inUse {
		prod.Add(nil, "us-east-1a", "r3.4xlarge", noon).State = fakecloud.Running
	}
	server := fakecloud.New(fakecloud.NewTable(fakecloud.TableSettings{}, noon, encode, prod))
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	file := filepath.Join(t.TempDir(), "credentials")
	text := "[encode]\naws_access_key_id = AKIAENCODE\naws_secret_access_key = never-shown\n[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = never-shown\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": file, "AWS_PROFILE": "", "AWS_ACCESS_KEY_ID": "",
		"AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	var set Settings
	settings.Defaults(&set)
	set.Account, set.Capacity = "encode", "all"
	for _, name := range []string{"encode", "prod"} {
		set.Accounts = append(set.Accounts, AccountSettings{Name: name, Connection: aws.Settings{Profile: name, Endpoint: listening.URL, CallsPerMinute: 60_000, Attempts: 1, Timeout: 10 * time.Second}})
	}
	pools := []models.Pool{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"}, {Region: "us-east-1", Zone: "us-east-1b", Type: "r3.4xlarge"}}
	s := New(set, pools, func(s aws.Settings) (*aws.Client, error) { return aws.Open(context.Background(), s) })
	s.Now = func() time.Time { return noon.UTC() } // which is the fake cloud's clock
	return s, server, encode, prod
}

func TestOverHTTPEveryAccountIsAskedDownToTheLastPage(t *testing.T) {
	s, server, encode, prod := overHTTP(t, 1500)
	encode.Add(nil, "us-east-1b", "r3.4xlarge", noon)
	for _, i := range prod.Instances[:10] {
		i.Lifecycle = "spot"
	}
	if got, r := says(t, s); got != "50/30 2000/1491" || len(r.Notes) != 0 || r.AgeUnknown {
		t.Errorf("%s, %q", got, r.Notes)
	}
	calls := server.Calls()
	says(t, s)
	for operation, n := range map[string]int{"ec2:DescribeInstances": 3, "ec2:DescribeReservedInstances": 2, "ec2:DescribeCapacityReservations": 2, "ec2:DescribeAvailabilityZones": 0} {
		if more := server.Calls()[operation] - calls[operation]; more != n {
			t.Errorf("%s: %d calls a report, want %d", operation, more, n)
		}
	}
}

// TestOverHTTPNoFaultMakesMoreAvailable: whatever goes wrong that an answer shows, the region is unknown, or its age is.
func TestOverHTTPNoFaultMakesMoreAvailable(t *testing.T) {
	for kind, wantNote := range map[fakecloud.FaultKind]string{fakecloud.Throttled: "RequestLimitExceeded", fakecloud.Unavailable: "", fakecloud.Lost: "", fakecloud.Skewed: "5m0s ahead of ours"} {
		for _, operation := range []string{"ec2:DescribeInstances", "ec2:DescribeReservedInstances", "ec2:DescribeCapacityReservations"} {
			s, server, _, _ := overHTTP(t, 20)
			says(t, s)
			server.Fail(1, fakecloud.Fault{Kind: kind, Operation: operation, Share: 1, By: 5 * time.Minute})
			got, r := says(t, s)
			if kind == fakecloud.Skewed && !r.AgeUnknown || kind != fakecloud.Skewed && got != "- -" || !strings.Contains(strings.Join(r.Notes, "\n"), wantNote) {
				t.Errorf("%s of %s: %s, age unknown %t, %q", kind, operation, got, r.AgeUnknown, r.Notes)
			}
			if strings.Contains(fmt.Sprint(r.Notes), "never-shown") {
				t.Errorf("a secret is told: %q", r.Notes)
			}
		}
	}
}

// answering is an account whose answers are texts.
type answering map[string][]byte

func (a answering) Do(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	for action, text := range a {
		if strings.Contains(string(body), "Action="+action+"&") {
			return &http.Response{StatusCode: 200, Header: http.Header{"Date": {noon.UTC().Format(http.TimeFormat)}}, Body: io.NopCloser(strings.NewReader(string(text))), Request: r}, nil
		}
	}
	return nil, fmt.Errorf("what is asked for: %s", body)
}

const (
	someInstances = `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet><item><instanceId>i-0123456789abcdef0</instanceId><instanceState><code>16</code><name>running</name></instanceState><instanceType>r3.4xlarge</instanceType><placement><availabilityZone>us-east-1a</availabilityZone><tenancy>default</tenancy></placement><platformDetails>Linux/UNIX</platformDetails><tagSet><item><key>trough:driver</key><value>encoding</value></item></tagSet></item><item><instanceId>i-0123456789abcdef1</instanceId><instanceState><code>0</code><name>pending</name></instanceState><instanceType>r3.4xlarge</instanceType><capacityReservationId>cr-1</capacityReservationId><instanceLifecycle>spot</instanceLifecycle><placement><availabilityZone>us-east-1a</availabilityZone></placement></item></instancesSet></item></reservationSet></DescribeInstancesResponse>`
	someReserved  = `<DescribeReservedInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservedInstancesSet><item><reservedInstancesId>ri-1</reservedInstancesId><instanceType>r3.4xlarge</instanceType><availabilityZone>us-east-1a</availabilityZone><start>2015-01-01T00:00:00Z</start><end>2016-01-01T00:00:00Z</end><instanceCount>100</instanceCount><productDescription>Linux/UNIX</productDescription><state>active</state><instanceTenancy>default</instanceTenancy><offeringType>All Upfront</offeringType><scope>Availability Zone</scope></item></reservedInstancesSet></DescribeReservedInstancesResponse>`
	someCapacity  = `<DescribeCapacityReservationsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><capacityReservationSet><item><capacityReservationId>cr-1</capacityReservationId><availabilityZone>us-east-1a</availabilityZone><instanceType>r3.4xlarge</instanceType><instancePlatform>Linux/UNIX</instancePlatform><tenancy>default</tenancy><totalInstanceCount>50</totalInstanceCount><availableInstanceCount>20</availableInstanceCount><state>active</state><endDate>2015-12-01T00:00:00Z</endDate><endDateType>limited</endDateType><instanceMatchCriteria>open</instanceMatchCriteria><interruptibleCapacityAllocation><instanceCount>1</instanceCount><targetInstanceCount>3</targetInstanceCount></interruptibleCapacityAllocation></item></capacityReservationSet></DescribeCapacityReservationsResponse>`
)

// FuzzDescriptions: whatever EC2's answers hold, what is known of a pool is a count, and notes are lines.
func FuzzDescriptions(f *testing.F) {
	f.Add([]byte(someInstances), []byte(someReserved), []byte(someCapacity))
	f.Add([]byte(strings.ReplaceAll(someInstances, "i-0123456789abcdef1", "")), []byte(strings.Replace(someReserved, ">100<", ">-1<", 1)), []byte(strings.Replace(someCapacity, ">20<", ">51<", 1)))
	f.Add([]byte("<x/>"), []byte(""), []byte("<html>"))
	f.Fuzz(func(t *testing.T, instances, reserved, capacity []byte) {
		var set Settings
		settings.Defaults(&set)
		set.Accounts, set.Account, set.Capacity = []AccountSettings{{Name: "encode"}}, "encode", "all"
		api := ec2.New(ec2.Options{Region: "us-east-1", Retryer: awssdk.NopRetryer{}, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
			HTTPClient: answering{"DescribeInstances": instances, "DescribeReservedInstances": reserved, "DescribeCapacityReservations": capacity}})
		s := &Source{Pools: []models.Pool{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"}}, Set: set, Now: func() time.Time { return noon.UTC() }, In: func(int, string) (API, error) { return api, nil }}
		reports, err := s.Reports(context.Background(), noon)
		if err != nil || len(reports) != 1 {
			t.Fatal(reports, err)
		}
		r := reports[0]
		if r.InUse[0] < unknown || r.Reserved[0] < 0 || r.InUse[0] == unknown && (r.Reserved[0] != 0 || len(r.Notes) == 0) {
			t.Errorf("%d of %d, %q", r.InUse[0], r.Reserved[0], r.Notes)
		}
		if slices.ContainsFunc(r.Notes, func(note string) bool { return strings.ContainsAny(note, "\n\r\x1b") || len(note) > 500 }) {
			t.Errorf("notes %q", r.Notes)
		}
	})
}

// TestTheSeedsOfTheFuzzTargetAreUnderstood, so that it begins at what EC2 really says.
func TestTheSeedsOfTheFuzzTargetAreUnderstood(t *testing.T) {
	s, _, _ := fixture()
	s.Set.Accounts, s.Set.Account = s.Set.Accounts[:1], "encode"
	api := ec2.New(ec2.Options{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), HTTPClient: answering{"DescribeInstances": []byte(someInstances),
		"DescribeReservedInstances": []byte(someReserved), "DescribeCapacityReservations": []byte(someCapacity)}})
	s.Pools, s.In = s.Pools[:1], func(int, string) (API, error) { return api, nil }
	if got, r := says(t, s); got != "150/32" || len(r.Notes) > 0 || r.AgeUnknown {
		t.Errorf("%s, %q", got, r.Notes)
	}
}
