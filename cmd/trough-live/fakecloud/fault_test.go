package fakecloud

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestEveryFaultDoesWhatItSays: each by itself, of every call; without it the same calls are answered well.
func TestEveryFaultDoesWhatItSays(t *testing.T) {
	world, encode, _ := newTable(TableSettings{})
	server := New(world)
	c := client{t, server.Transport(), encode.Key}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "40")
	world.Advance(time.Minute)
	run := func(n string) (int, int) {
		before := len(encode.Instances)
		status, _, _ := c.try("RunInstances", "InstanceType", "m3.2xlarge", "MinCount", "1", "MaxCount", n)
		return status, len(encode.Instances) - before
	}
	fail := func(kind FaultKind, operation string) {
		server.Fail(7, Fault{Kind: kind, Operation: operation, Share: 1})
	}

	fail(Throttled, "*")
	if status, text := c.form("DescribeInstances"); status != 503 || parts(text, "Code")[0] != "RequestLimitExceeded" {
		t.Errorf("EC2: %d %s", status, text)
	}
	if status, text := c.form("as:DescribeAutoScalingGroups"); status != 400 || parts(text, "Code")[0] != "Throttling" {
		t.Errorf("Auto Scaling: %d %s", status, text)
	}
	fail(Unavailable, "ec2:*")
	if status, _ := c.form("DescribeInstances"); status != 503 {
		t.Errorf("unavailable: status %d", status)
	}
	if status, _ := c.form("as:DescribeAutoScalingGroups"); status != 200 {
		t.Errorf("a fault of EC2's: Auto Scaling answers %d", status)
	}
	fail(Empty, "ec2:Describe*")
	if status, text := c.form("DescribeInstances"); status != 200 || len(parts(text, "instanceId")) != 0 {
		t.Errorf("empty: %d %s", status, text)
	}
	fail(Partial, "ec2:Describe*")
	if _, text := c.form("DescribeInstances"); len(parts(text, "instanceId")) < 10 || len(parts(text, "instanceId")) > 30 {
		t.Errorf("partial: %d of 40", len(parts(text, "instanceId")))
	}
	fail(Short, "ec2:RunInstances")
	if status, n := run("5"); status != 200 || n != 3 {
		t.Errorf("short: %d, %d instances of 5", status, n)
	}
	fail(NoCapacity, "ec2:RunInstances")
	if status, n := run("5"); status != 500 || n != 0 {
		t.Errorf("no capacity: %d, %d instances of 5", status, n)
	}
	fail(Lost, "ec2:RunInstances")
	before := len(encode.Instances)
	if _, _, err := c.try("RunInstances", "InstanceType", "m3.2xlarge", "MinCount", "1", "MaxCount", "2"); !errors.Is(err, errReset) || len(encode.Instances) != before+2 {
		t.Errorf("lost: %v, %d instances of 2", err, len(encode.Instances)-before)
	}
	fail(Doubled, "ec2:RunInstances")
	if status, n := run("2"); status != 200 || n != 4 {
		t.Errorf("doubled: %d, %d instances of 2", status, n)
	}
	if len(server.Hits()) == 0 || server.Calls()["ec2:RunInstances"] != 4 {
		t.Errorf("hits %v, calls %v", server.Hits(), server.Calls())
	}
}

// A stale answer is the last good one, and a call that changes something is never answered by an old one.
func TestAStaleAnswerIsAnOldOne(t *testing.T) {
	world, encode, _ := newTable(TableSettings{})
	server := New(world)
	c := client{t, server.Transport(), encode.Key}
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "1")
	world.Advance(time.Minute)
	c.form("DescribeInstances")
	server.Fail(7, Fault{Kind: Stale, Operation: "*", Share: 1, Until: begin.Add(time.Hour)})
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "2")
	world.Advance(time.Minute)
	if _, text := c.form("DescribeInstances"); len(parts(text, "instanceId")) != 1 || len(encode.Instances) != 2 {
		t.Errorf("%d are shown of %d", len(parts(text, "instanceId")), len(encode.Instances))
	}
	world.Advance(time.Hour)
	if _, text := c.form("DescribeInstances"); len(parts(text, "instanceId")) != 2 {
		t.Errorf("after the fault %d are shown", len(parts(text, "instanceId")))
	}
}

func TestTheLuckOfACallIsThatOfItsNumber(t *testing.T) {
	statuses := func(others int) (list string) {
		world, encode, _ := newTable(TableSettings{})
		server := New(world)
		server.Fail(3, Fault{Kind: Unavailable, Operation: "ec2:*", Share: 0.5})
		c := client{t, server.Transport(), encode.Key}
		for range 40 {
			for range others {
				c.form("DescribeReservedInstances")
			}
			status, _ := c.form("DescribeInstances")
			list += http.StatusText(status)[:1]
		}
		return list
	}
	alone := statuses(0)
	if bad := strings.Count(alone, "S"); bad < 10 || bad > 30 {
		t.Errorf("%d of 40 fail: %s", bad, alone)
	}
	if among := statuses(2); among != alone {
		t.Errorf("calls of another operation change the luck:\n%s\n%s", alone, among)
	}
}

func TestALateOrLostAnswerEndsAsItWouldOnANetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, _, _ := newTable(TableSettings{})
		server := New(world)
		server.Fail(1, Fault{Kind: Slow, Operation: "http:workload", Share: 1, By: time.Minute})
		ask := func(patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			r, _ := http.NewRequestWithContext(ctx, "GET", "http://encoding/workload", nil)
			_, err := server.Transport().RoundTrip(r)
			return err
		}
		if err := ask(time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second's patience: %v", err)
		}
		if err := ask(time.Hour); err != nil {
			t.Errorf("an hour's: %v", err)
		}
	})
	world, _, _ := newTable(TableSettings{})
	server := New(world)
	server.Fail(1, Fault{Kind: Lost, Operation: "*", Share: 1, Until: begin + 1})
	web := httptest.NewServer(server)
	defer web.Close()
	if response, err := http.Get(web.URL + "/workload"); err == nil {
		t.Errorf("over a network: status %d, expected no answer", response.StatusCode)
	}
	world.Advance(time.Minute)
	server.Fail(1, Fault{Kind: Skewed, Operation: "*", Share: 1, By: -time.Hour})
	response, err := http.Get(web.URL + "/workload")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if at, err := http.ParseTime(response.Header.Get("Date")); err != nil || at.Unix() != int64(begin)+60-3600 {
		t.Errorf("skewed by an hour: %s, %v", at, err)
	}
}
