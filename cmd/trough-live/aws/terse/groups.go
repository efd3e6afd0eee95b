package terse

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"trough.internal/cmd/trough-live/aws/element"
)

// Groups is an option of DescribeAutoScalingGroups: its answer has nothing of groups but AutoScalingGroupName, DesiredCapacity,
// MinSize, MaxSize, AvailabilityZones, NewInstancesProtectedFromScaleIn, the ProcessName of SuspendedProcesses, the Key, Value and
// PropagateAtLaunch of Tags, and the InstanceId and LifecycleState of Instances.
func Groups(o *autoscaling.Options) {
	o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], instead("DescribeAutoScalingGroupsResponse", groups))
}

func groups(d *element.Document) any {
	out := &autoscaling.DescribeAutoScalingGroupsOutput{}
	r := groupReader{Document: d, words: words{}}
	whole := false
	for name := range d.Elements() {
		if string(name) != "DescribeAutoScalingGroupsResult" {
			continue
		}
		for name := range d.Elements() {
			switch string(name) {
			case "AutoScalingGroups":
				whole = true
				for range d.Elements() {
					out.AutoScalingGroups = append(out.AutoScalingGroups, types.AutoScalingGroup{})
					r.group(&out.AutoScalingGroups[len(out.AutoScalingGroups)-1])
				}
			case "NextToken":
				out.NextToken = aws.String(string(d.Text()))
			}
		}
	}
	if !whole {
		d.Fail(errors.New("it has no AutoScalingGroups"))
	}
	return out
}

type groupReader struct {
	*element.Document
	words words
}

func (r *groupReader) word() *string { return r.words.of(r.Text()) }

func (r *groupReader) group(g *types.AutoScalingGroup) {
	for name := range r.Elements() {
		switch string(name) {
		case "AutoScalingGroupName":
			g.AutoScalingGroupName = aws.String(string(r.Text()))
		case "DesiredCapacity":
			g.DesiredCapacity = r.number()
		case "MinSize":
			g.MinSize = r.number()
		case "MaxSize":
			g.MaxSize = r.number()
		case "NewInstancesProtectedFromScaleIn":
			g.NewInstancesProtectedFromScaleIn = r.truth()
		case "AvailabilityZones":
			for range r.Elements() {
				g.AvailabilityZones = append(g.AvailabilityZones, *r.word())
			}
		case "SuspendedProcesses":
			for range r.Elements() {
				g.SuspendedProcesses = append(g.SuspendedProcesses, r.process())
			}
		case "Tags":
			for range r.Elements() {
				g.Tags = append(g.Tags, r.tag())
			}
		case "Instances":
			for range r.Elements() {
				g.Instances = append(g.Instances, r.instance())
			}
		}
	}
}

func (r *groupReader) process() (p types.SuspendedProcess) {
	for name := range r.Elements() {
		if string(name) == "ProcessName" {
			p.ProcessName = r.word()
		}
	}
	return p
}

func (r *groupReader) tag() (t types.TagDescription) {
	for name := range r.Elements() {
		switch string(name) {
		case "Key":
			t.Key = r.word()
		case "Value":
			t.Value = r.word()
		case "PropagateAtLaunch":
			t.PropagateAtLaunch = r.truth()
		}
	}
	return t
}

func (r *groupReader) instance() (i types.Instance) {
	for name := range r.Elements() {
		switch string(name) {
		case "InstanceId":
			i.InstanceId = aws.String(string(r.Text()))
		case "LifecycleState":
			i.LifecycleState = types.LifecycleState(*r.word())
		}
	}
	return i
}

func (r *groupReader) number() *int32 {
	text := string(r.Text())
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		r.Fail(fmt.Errorf("%.20q where a number was expected", text))
	}
	return aws.Int32(int32(n))
}

func (r *groupReader) truth() *bool {
	text := string(r.Text())
	is, err := strconv.ParseBool(text)
	if err != nil {
		r.Fail(fmt.Errorf("%.20q where true or false was expected", text))
	}
	return &is
}
