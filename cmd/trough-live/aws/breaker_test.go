package aws

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// dead answers a region with status 500, another one not at all, or all as the fake cloud does.
type dead struct {
	to     http.RoundTripper
	broken string // region
	silent string
	calls  map[string]int // by region
	refuse error          // of every call to the broken region, in the place of status 500
	mutex  sync.Mutex
}

func (d *dead) RoundTrip(r *http.Request) (*http.Response, error) {
	region := strings.Split(r.Header.Get("Authorization"), "/")[2]
	d.mutex.Lock()
	d.calls[region]++
	silent := d.silent
	d.mutex.Unlock()
	switch region {
	case silent:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case d.broken:
		if d.refuse != nil {
			return nil, d.refuse
		}
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
	}
	return d.to.RoundTrip(r)
}

// silence and called are for tests in which calls go on.
func (d *dead) silence(region string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.silent = region
}

func (d *dead) called(region string) int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.calls[region]
}

// Without a breaker each of these calls is tried three times.
func TestOfARegionThatAnswersOnlyErrorsOneCallIsTriedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, refuse := range map[string]error{"status 500": nil, "no route": errors.New("no route to host")} {
			w := newWorld(t, quick())
			d := &dead{to: w.server.Transport(), broken: "us-east-1", calls: map[string]int{}, refuse: refuse}
			w.client = d.client(t)
			ask := func(purpose Purpose, minutes int) (calls int, last error) {
				before := d.calls[d.broken]
				for range minutes * 60 {
					_, last = w.client.EC2("us-east-1").DescribeInstances(For(context.Background(), purpose), &ec2.DescribeInstancesInput{})
					time.Sleep(time.Second)
				}
				return d.calls["us-east-1"] - before, last
			}
			ask(ToRead, 1)
			if n, err := ask(ToRead, 10); n != 20 || !strings.Contains(Wrong(err).Error(), "not called: region us-east-1 has answered nothing but errors for") {
				t.Errorf("%s: %d calls in ten minutes, want 20: %v", name, n, Wrong(err))
			}
			if n, _ := ask(ToLaunch, 10); n != 0 {
				t.Errorf("%s: %d launches are tried", name, n)
			}
			if n, _ := ask(ToReturn, 10); n != 20 {
				t.Errorf("%s: %d calls that return instances in ten minutes, want 20", name, n)
			}
			if h := w.client.Healths()[0]; !h.Down || h.LeftOut < 1500 || h.Errors[Unknown] == 0 {
				t.Errorf("%s: %+v", name, h)
			}
			d.broken = ""
			before := d.calls["us-east-1"]
			for range 60 {
				w.client.EC2("us-east-1").DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{})
				time.Sleep(time.Second)
			}
			if n := d.calls["us-east-1"] - before; n < 30 || w.client.Healths()[0].Down {
				t.Errorf("%s: %d calls in the minute after it was back", name, n)
			}
		}
	})
}

func (d *dead) client(t *testing.T) *Client {
	credentials(t)
	c, err := Open(context.Background(), Settings{CallsPerMinute: 60_000, Attempts: 3, Timeout: 30 * time.Second, Transport: d})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAReadThatIsTriedTakesNoPlaceOfOneThatReturnsInstances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &breaker{region: "us-east-1"}
		for range breaksAfter {
			b.hear(errors.New("down"))
		}
		if read, again, back := b.admit(ToRead), b.admit(ToRead), b.admit(ToReturn); read != nil || again == nil || back != nil {
			t.Errorf("%v, %v, %v", read, again, back)
		}
		for range 3 {
			if err := b.admit(ToHold); err != nil {
				t.Errorf("the lease is not renewed: %v", err)
			}
		}
	})
}

// What a region refuses it has answered, and what nobody waits for any more says nothing of it.
func TestARegionThatRefusesIsNotDown(t *testing.T) {
	s := newServer(t, map[string][]reply{"SetDesiredCapacity": {scalingError(400, "ScalingActivityInProgress"), scalingError(400, "Throttling"), scalingError(403, "AccessDenied"),
		scalingError(500, "InsufficientInstanceCapacity")}})
	c := s.client(t)
	for range 10 {
		c.AutoScaling("us-east-1").SetDesiredCapacity(context.Background(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: ptr("g"), DesiredCapacity: ptr(int32(1))})
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for range 10 {
		c.AutoScaling("us-east-1").SetDesiredCapacity(canceled, &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: ptr("g"), DesiredCapacity: ptr(int32(1))})
	}
	if h := c.Healths()[0]; h.Down || h.LeftOut > 0 || h.Errors[Auth] != 1 || h.Errors[Throttle] != 1 || h.Errors[Capacity] < 5 {
		t.Errorf("%+v", h)
	}
}

func ptr[T any](v T) *T { return &v }

// A try that failed may have been carried out, whatever follows: only a call that was not made at all is nothing.
func TestACallThatWasLeftOutIsKnownNotToBeMade(t *testing.T) {
	s := newServer(t, map[string][]reply{"SetDesiredCapacity": {{}}})
	credentials(t)
	c, err := Open(context.Background(), Settings{Endpoint: s.URL, CallsPerMinute: 60_000, Attempts: 3, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for range 2 * breaksAfter {
		tried := len(s.actions())
		_, err := c.AutoScaling("us-east-1").SetDesiredCapacity(For(context.Background(), ToLaunch), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: ptr("g"), DesiredCapacity: ptr(int32(1))})
		made := len(s.actions()) > tried
		if known := outcome(err) == outcome(&LeftOutError{}); known == made {
			t.Fatalf("made %t, and known not to be %t: %v", made, known, err)
		}
		if made {
			lost++
		}
	}
	if len(s.actions()) != breaksAfter || lost != 2 {
		t.Errorf("%d tries of %d calls", len(s.actions()), lost)
	}
}

// One region answers nothing at all: a call of it takes 90 seconds until it is given up. The other goes on as if nothing were.
func TestASilentRegionHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, quick())
		d := &dead{to: w.server.Transport(), calls: map[string]int{}}
		w.client, w.patience = d.client(t), 5*time.Second
		w.start()
		w.paced(8)
		d.silence("us-east-1")
		w.inUse = []int32{95, 95, 95}
		for n := range 5 {
			began := time.Now()
			w.paced(1)
			// A look waits for its five seconds, and orders and what was ordered before for ten each.
			if took := time.Since(began); took > time.Minute+25*time.Second {
				t.Errorf("evaluation %d took %s", n, took-time.Minute)
			}
		}
		if got := w.held(); got[2] != 5 {
			t.Errorf("held %v: the region that answers has not yielded", got)
		}
		before := d.called("us-east-1")
		w.paced(10)
		if n := d.called("us-east-1") - before; n > 2*10*2 {
			t.Errorf("%d calls of a silent region in ten minutes", n)
		}
		d.silence("")
		w.paced(8)
		if got := w.held(); !slices.Equal(got, []int{5, 5, 5}) || w.known() != nil {
			t.Errorf("held %v, %v", got, w.known())
		}
		time.Sleep(time.Hour) // what is still waited for is given up
	})
}

// paced is minutes in which as much time passes as the world is told.
func (w *world) paced(n int) {
	for range n {
		time.Sleep(time.Minute)
		w.minutes(1)
	}
}
