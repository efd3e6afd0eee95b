package aws

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// server answers every action with what is written for it, in order; the last answer stays.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string][]reply
	asked   []string
}

type reply struct {
	status int
	body   string
}

func ec2Error(status int, code string) reply {
	return reply{status, fmt.Sprintf("<Response><Errors><Error><Code>%s</Code><Message>some\n text</Message></Error></Errors><RequestID>r</RequestID></Response>", code)}
}

func scalingError(status int, code string) reply {
	return reply{status, fmt.Sprintf(`<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>%s</Code><Message>some text</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code)}
}

func newServer(t *testing.T, answers map[string][]reply) *server {
	s := &server{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		action := r.FormValue("Action")
		s.asked = append(s.asked, action)
		list := s.answers[action]
		if len(list) == 0 {
			t.Errorf("%s was called", action)
			return
		}
		if len(list) > 1 {
			s.answers[action] = list[1:]
		}
		if list[0].status == 0 { // the answer is lost
			connection, _, _ := w.(http.Hijacker).Hijack()
			connection.Close()
			return
		}
		w.WriteHeader(list[0].status)
		w.Write([]byte(list[0].body))
	}))
	t.Cleanup(s.Close)
	return s
}

// actions are those that it was asked for, in order.
func (s *server) actions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func credentials(t *testing.T) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "never-shown", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none", "AWS_PROFILE": ""} {
		t.Setenv(name, value)
	}
}

func (s *server) client(t *testing.T) *Client {
	credentials(t)
	c, err := Open(context.Background(), Settings{Endpoint: s.URL, CallsPerMinute: 60_000, Attempts: 2, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const noReservations = `<DescribeReservedInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservedInstancesSet/></DescribeReservedInstancesResponse>`

func TestEveryTryOfACallIsCountedAndThrottlingSlowsDown(t *testing.T) {
	s := newServer(t, map[string][]reply{"DescribeReservedInstances": {ec2Error(503, "RequestLimitExceeded"), {200, noReservations}}})
	c := s.client(t)
	if _, err := c.EC2("us-east-1").DescribeReservedInstances(context.Background(), &ec2.DescribeReservedInstancesInput{}); err != nil {
		t.Fatal(err)
	}
	counts := c.Counts()
	if len(counts) != 1 || counts[0] != (Count{"us-east-1", "EC2:DescribeReservedInstances", 2, 1}) {
		t.Errorf("counted %v of %q", counts, s.actions())
	}
	if now, full := c.Budget("us-east-1").Rate(); now > 0.9*full {
		t.Errorf("the rate is %g of %g after an answer that there are too many calls", now, full)
	}
	if now, full := c.Budget("us-west-2").Rate(); now != full {
		t.Errorf("another region's rate is %g of %g", now, full)
	}
}

// The SDK closes a request's body when the answer begins, and a server that is near answers at once.
func TestNoAnswerIsCutOffHoweverQuicklyItComes(t *testing.T) {
	long := strings.Replace(noReservations, "<reservedInstancesSet/>", "<reservedInstancesSet/>"+strings.Repeat(" ", 50_000), 1)
	s := newServer(t, map[string][]reply{"DescribeReservedInstances": {{200, long}}})
	credentials(t)
	c, err := Open(context.Background(), Settings{Endpoint: s.URL, CallsPerMinute: 1_000_000, Attempts: 1, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 1000 {
		if _, err := c.EC2("us-east-1").DescribeReservedInstances(context.Background(), &ec2.DescribeReservedInstancesInput{}); err != nil {
			t.Fatalf("call %d: %v", n, err)
		}
	}
}

func TestWhatCouldDoHarmTwiceIsTriedAgainOnlyWhereItWasTooManyCalls(t *testing.T) {
	ok := reply{200, `<TerminateInstanceInAutoScalingGroupResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><TerminateInstanceInAutoScalingGroupResult/></TerminateInstanceInAutoScalingGroupResponse>`}
	for name, test := range map[string]struct {
		first reply
		asked int
	}{"lost": {reply{}, 1}, "throttled": {scalingError(400, "Throttling"), 2}, "internal": {scalingError(500, "InternalFailure"), 1}} {
		s := newServer(t, map[string][]reply{"TerminateInstanceInAutoScalingGroup": {test.first, ok}})
		c := s.client(t)
		_, err := c.AutoScaling("us-east-1").TerminateInstanceInAutoScalingGroup(context.Background(), &autoscaling.TerminateInstanceInAutoScalingGroupInput{
			InstanceId: aws.String("i-1"), ShouldDecrementDesiredCapacity: aws.Bool(true)}, func(o *autoscaling.Options) { o.Retryer = c.OnlyThrottled() })
		if n := len(s.actions()); n != test.asked || (err == nil) != (test.asked == 2) {
			t.Errorf("%s: asked %d times: %v", name, n, err)
		}
	}
}

func TestAnErrorIsOneLineWithoutHostsAndSecrets(t *testing.T) {
	s := newServer(t, map[string][]reply{"DescribeReservedInstances": {ec2Error(403, "UnauthorizedOperation"), {}}})
	c := s.client(t)
	for _, want := range []string{"DescribeReservedInstances: UnauthorizedOperation: some text", "DescribeReservedInstances: EOF"} {
		_, err := c.EC2("us-east-1").DescribeReservedInstances(context.Background(), &ec2.DescribeReservedInstancesInput{})
		if got := Wrong(err); got == nil || got.Error() != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	if Wrong(nil) != nil {
		t.Error("no error is one")
	}
}

func TestTheEnvironmentNamesAnEndpointWhereTheSettingsDoNot(t *testing.T) {
	s := newServer(t, map[string][]reply{"DescribeReservedInstances": {{200, noReservations}}})
	credentials(t)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	c, err := Open(context.Background(), Settings{CallsPerMinute: 600, Attempts: 1, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.EC2("us-east-1").DescribeReservedInstances(context.Background(), &ec2.DescribeReservedInstancesInput{}); err != nil || len(s.actions()) != 1 {
		t.Error(err, s.actions())
	}
}

func TestWithoutCredentialsNothingIsOpened(t *testing.T) {
	credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if _, err := Open(context.Background(), Settings{Attempts: 1, Timeout: time.Second}); err == nil || !strings.Contains(err.Error(), "expected AWS_ACCESS_KEY_ID") {
		t.Error(err)
	}
	for address, good := range map[string]bool{"": true, "http://127.0.0.1:1": true, "127.0.0.1:1": false, "ftp://h": false, "https://user:never-shown@h": false} {
		err := (&Settings{Endpoint: address}).Check()
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), "never-shown") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
