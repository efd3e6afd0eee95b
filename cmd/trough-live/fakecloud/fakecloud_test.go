package fakecloud

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

const begin models.Instant = 1_444_003_200 // 2015-10-05

// newTable is a world of two accounts: encode, which borrows, and prod, whose reservations these are.
func newTable(set TableSettings) (world *Table, encode, prod *Account) {
	encode = &Account{Number: "222222222222", Name: "encode", Key: "AKIAENCODE"}
	prod = &Account{Number: "111111111111", Name: "prod", Key: "AKIAPROD"}
	encode.AddGroup("encode-r3", "us-east-1c", "r3.4xlarge", 100, begin)
	encode.AddGroup("encode-m3", "us-east-1a", "m3.2xlarge", 100, begin)
	encode.Reserved = []Reserved{{ID: "ri-1", Zone: "us-east-1a", Type: "r3.4xlarge", Count: 100, Start: begin, End: begin + 1, State: "active", Offering: "All Upfront", Product: "Linux/UNIX"},
		{ID: "ri-2", Zone: "us-east-1a", Type: "r3.4xlarge", Count: 9, Start: begin, End: begin + 1, State: "retired"}}
	encode.Reservations = []Reservation{{ID: "cr-1", Zone: "us-east-1a", Type: "m3.2xlarge", Total: 50, Available: 20, State: "active", Match: "open", Start: begin}}
	encode.Queues = map[string]Queue{"jobs": {"ApproximateNumberOfMessages": "12", "ApproximateNumberOfMessagesNotVisible": "3"}}
	return NewTable(set, begin, encode, prod), encode, prod
}

// client asks servers in its process, as one account and in one region.
type client struct {
	t   *testing.T
	way http.RoundTripper
	key string
}

func (c client) do(method, target string, header http.Header, body string) (int, string, error) {
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+c.key+"/20151005/us-east-1/any/aws4_request, SignedHeaders=host, Signature=none")
	response, err := c.way.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, string(text), nil
}

// form asks EC2 or, with a name that begins with as:, Auto Scaling; parameters are name, value, name, value.
func (c client) form(action string, parameters ...string) (int, string) {
	status, text, err := c.try(action, parameters...)
	if err != nil {
		c.t.Fatalf("%s: %v", action, err)
	}
	return status, text
}

func (c client) try(action string, parameters ...string) (int, string, error) {
	values := url.Values{"Version": {ec2Version}, "Action": {action}}
	if name, scaling := strings.CutPrefix(action, "as:"); scaling {
		values.Set("Version", scalingVersion)
		values.Set("Action", name)
	}
	for i := 0; i+1 < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	return c.do("POST", "http://aws/", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, values.Encode())
}

// parts are the texts of all elements of a name.
func parts(text, name string) (found []string) {
	for _, rest := range strings.Split(text, "<"+name+">")[1:] {
		part, _, _ := strings.Cut(rest, "</"+name+">")
		found = append(found, part)
	}
	return found
}

func TestALaunchSaidTwiceLaunchesOnce(t *testing.T) {
	world, encode, _ := newTable(TableSettings{Room: 4})
	c := client{t, New(world).Transport(), encode.Key}
	run := func(least, most int, token string) (int, string) {
		return c.form("RunInstances", "InstanceType", "m3.2xlarge", "MinCount", fmt.Sprint(least), "MaxCount", fmt.Sprint(most), "ClientToken", token)
	}
	_, first := run(1, 3, "a")
	_, again := run(1, 3, "a")
	if ids := parts(first, "instanceId"); len(ids) != 3 || !slices.Equal(ids, parts(again, "instanceId")) || len(encode.Instances) != 3 {
		t.Errorf("first %q, then %q, of %d", ids, parts(again, "instanceId"), len(encode.Instances))
	}
	if status, text := run(1, 4, "a"); status != 400 || parts(text, "Code")[0] != "IdempotentParameterMismatch" {
		t.Errorf("the token of another call: %d %s", status, text)
	}
	if status, text := run(2, 2, "b"); status != 500 || parts(text, "Code")[0] != "InsufficientInstanceCapacity" || len(encode.Instances) != 3 {
		t.Errorf("there is room for one: %d %s", status, text)
	}
	if _, text := run(1, 9, "b"); len(parts(text, "instanceId")) != 1 {
		t.Errorf("at least one, and there is room for one: %s", text)
	}
}

func TestPagesShowEveryInstanceOnce(t *testing.T) {
	world, encode, _ := newTable(TableSettings{})
	c := client{t, New(world).Transport(), encode.Key}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "13")
	world.Advance(time.Second)
	var seen []string
	token, pages := "", 0
	for pages == 0 || token != "" {
		parameters := []string{"MaxResults", "5"}
		if token != "" {
			parameters = append(parameters, "NextToken", token)
		}
		_, text := c.form("DescribeInstances", parameters...)
		seen = append(seen, parts(text, "instanceId")...)
		token = strings.Join(parts(text, "nextToken"), "")
		pages++
	}
	slices.Sort(seen)
	if len(seen) != 13 || len(slices.Compact(seen)) != 13 || pages != 3 {
		t.Errorf("%d instances on %d pages", len(seen), pages)
	}
	if status, _ := c.form("DescribeInstances", "MaxResults", "5", "NextToken", "forged"); status != 400 {
		t.Errorf("a forged token: status %d", status)
	}
	if status, _ := c.form("DescribeInstances", "MaxResults", "5", "InstanceId.1", seen[0]); status != 400 {
		t.Errorf("pages of named instances: status %d", status)
	}
}

func TestAnAccountSeesAndEndsOnlyItsOwn(t *testing.T) {
	world, encode, prod := newTable(TableSettings{})
	theirs := prod.Add(nil, "us-east-1a", "r3.4xlarge", begin)
	c := client{t, New(world).Transport(), encode.Key}
	if status, _ := c.form("TerminateInstances", "InstanceId.1", theirs.ID); status != 400 || !theirs.There() {
		t.Errorf("status %d, theirs is there: %t", status, theirs.There())
	}
	if _, text := c.form("DescribeInstances"); strings.Contains(text, theirs.ID) {
		t.Error("an instance of another account is seen")
	}
	far := encode.Add(nil, "us-west-2a", "r3.4xlarge", begin)
	if _, text := c.form("DescribeInstances"); strings.Contains(text, far.ID) {
		t.Error("an instance of another region is seen")
	}
	if status, _ := c.form("TerminateInstances", "InstanceId.1", far.ID); status != 400 || !far.There() {
		t.Errorf("an instance of another region is ended: status %d", status)
	}
	c.key = "nobody"
	if status, text := c.form("DescribeInstances"); status != 401 || parts(text, "Code")[0] != "AuthFailure" {
		t.Errorf("a key of nobody: %d %s", status, text)
	}
}

func TestAGroupIsWhatItIsWantedToBe(t *testing.T) {
	world, encode, _ := newTable(TableSettings{Launch: 30 * time.Second, Boot: 3 * time.Minute, Stop: 20 * time.Second})
	c := client{t, New(world).Transport(), encode.Key}
	g := encode.Group("encode-r3")
	g.Tags = []GroupTag{{"trough:driver", "encoding", true}, {"own", "1", false}}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", g.Name, "DesiredCapacity", "3")
	world.Advance(29 * time.Second)
	_, text := c.form("DescribeInstances")
	if states := parts(text, "name"); !slices.Equal(states, []string{"pending", "pending", "pending"}) || len(parts(text, "value")) != 6 {
		t.Errorf("states %q, tags %q", states, parts(text, "value"))
	}
	world.Advance(2 * time.Second)
	first := encode.Instances[0]
	if first.State != Running || first.Registered {
		t.Errorf("after 31 s: %+v", first)
	}
	world.Advance(3 * time.Minute)
	if !first.Registered {
		t.Error("it has not booted")
	}
	if status, text := c.form("as:TerminateInstanceInAutoScalingGroup", "InstanceId", first.ID, "ShouldDecrementDesiredCapacity", "true"); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	world.Advance(time.Minute)
	if g.Desired != 2 || encode.Count(g) != 2 || first.State != Terminated {
		t.Errorf("one was ended for good: desired %d, there %d, it is %d", g.Desired, encode.Count(g), first.State)
	}
	c.form("TerminateInstances", "InstanceId.1", encode.Instances[1].ID)
	world.Advance(time.Minute)
	if g.Desired != 2 || encode.Count(g) != 2 || len(encode.Instances) != 4 {
		t.Errorf("one was ended without the group's knowing, which replaces it: desired %d, there %d", g.Desired, encode.Count(g))
	}
	world.Advance(2 * time.Hour)
	if len(encode.Instances) != 2 {
		t.Errorf("%d are shown after two hours", len(encode.Instances))
	}
}

func TestAGroupSaysWhyItCouldNotLaunch(t *testing.T) {
	world, encode, _ := newTable(TableSettings{Refused: 1, Retry: time.Minute})
	c := client{t, New(world).Transport(), encode.Key}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "2")
	world.Advance(3 * time.Minute)
	_, text := c.form("as:DescribeScalingActivities", "AutoScalingGroupName", "encode-r3")
	if failed := parts(text, "StatusCode"); len(failed) != 3 || failed[0] != "Failed" || !strings.Contains(parts(text, "StatusMessage")[0], "sufficient r3.4xlarge capacity") {
		t.Errorf("activities %s", text)
	}
	if began := parts(text, "StartTime"); !slices.IsSortedFunc(began, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("not the newest first: %q", began)
	}
}

// A multi-zone group undoes targeted terminations: it moves instances between zones, and ends those that nobody told it to.
func TestAGroupOfTwoZonesEndsInstancesThatNobodyTold(t *testing.T) {
	world, encode, _ := newTable(TableSettings{})
	c := client{t, New(world).Transport(), encode.Key}
	g := encode.Group("encode-r3")
	g.Zones = []string{"us-east-1c", "us-east-1d"}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", g.Name, "DesiredCapacity", "8")
	world.Advance(time.Minute)
	run := func(suspended bool) (unasked int) {
		asked := map[string]bool{}
		if suspended {
			c.form("as:SuspendProcesses", "AutoScalingGroupName", g.Name, "ScalingProcesses.member.1", "AZRebalance")
		}
		for _, i := range encode.Members(g) {
			if i.Zone == "us-east-1d" && len(asked) < 2 {
				asked[i.ID] = true
				c.form("as:TerminateInstanceInAutoScalingGroup", "InstanceId", i.ID, "ShouldDecrementDesiredCapacity", "true")
			}
		}
		there := encode.Members(g)
		world.Advance(time.Minute)
		for _, i := range there {
			if !i.There() && !asked[i.ID] {
				unasked++
			}
		}
		return unasked
	}
	if n := run(false); n == 0 {
		t.Error("nothing was rebalanced")
	}
	if n := run(true); n != 0 {
		t.Errorf("%d ended although rebalancing is suspended", n)
	}
}

func TestAWorkerThatIsToldToYieldEndsItself(t *testing.T) {
	world, encode, _ := newTable(TableSettings{Workers: true})
	c := client{t, New(world).Transport(), encode.Key}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "2")
	world.Advance(time.Minute)
	busy, idle := encode.Instances[0], encode.Instances[1]
	busy.Jobs = 1
	for _, i := range encode.Instances {
		c.form("CreateTags", "ResourceId.1", i.ID, "Tag.1.Key", fleet.TagYield, "Tag.1.Value", "when-idle")
	}
	world.Advance(time.Minute)
	if !busy.There() || idle.There() || encode.Group("encode-r3").Desired != 1 {
		t.Errorf("busy is there %t, idle %t, %d are wanted", busy.There(), idle.There(), encode.Group("encode-r3").Desired)
	}
}

func TestAQueueTellsItsDepth(t *testing.T) {
	world, encode, _ := newTable(TableSettings{})
	c := client{t, New(world).Transport(), encode.Key}
	ask := func(operation, body string) (int, string) {
		status, text, err := c.do("POST", "http://aws/", http.Header{"X-Amz-Target": {"AmazonSQS." + operation}}, body)
		if err != nil {
			t.Fatal(err)
		}
		return status, text
	}
	if _, text := ask("GetQueueUrl", `{"QueueName":"jobs"}`); text != `{"QueueUrl":"http://aws/222222222222/jobs"}` {
		t.Error(text)
	}
	if _, text := ask("GetQueueAttributes", `{"QueueUrl":"http://aws/222222222222/jobs","AttributeNames":["ApproximateNumberOfMessages"]}`); text != `{"Attributes":{"ApproximateNumberOfMessages":"12"}}` {
		t.Error(text)
	}
	if status, text := ask("GetQueueUrl", `{"QueueName":"none"}`); status != 400 || !strings.Contains(text, "QueueDoesNotExist") {
		t.Errorf("%d %s", status, text)
	}
}
