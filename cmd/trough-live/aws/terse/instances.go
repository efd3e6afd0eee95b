package terse

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	smithytime "github.com/aws/smithy-go/time"

	"trough.internal/cmd/trough-live/aws/element"
)

// Instances is an option of DescribeInstances: its answer has nothing of reservations but Instances, and nothing of those but
// InstanceId, InstanceType, InstanceLifecycle, State.Name, LaunchTime, Platform, PlatformDetails, CapacityReservationId, Tags, and of
// Placement the AvailabilityZone and Tenancy.
func Instances(o *ec2.Options) {
	o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], instead("DescribeInstancesResponse", instances))
}

func instances(d *element.Document) any {
	out := &ec2.DescribeInstancesOutput{}
	r := instanceReader{Document: d, words: words{}}
	whole := false
	for name := range d.Elements() {
		switch string(name) {
		case "reservationSet":
			whole = true
			for range d.Elements() {
				out.Reservations = append(out.Reservations, types.Reservation{Instances: r.instances()})
			}
		case "nextToken":
			out.NextToken = aws.String(string(d.Text()))
		}
	}
	if !whole {
		d.Fail(errors.New("it has no reservationSet"))
	}
	return out
}

type instanceReader struct {
	*element.Document
	words words
}

// instances are those of one reservation.
func (r *instanceReader) instances() (list []types.Instance) {
	for name := range r.Elements() {
		if string(name) != "instancesSet" {
			continue
		}
		for range r.Elements() {
			list = append(list, types.Instance{})
			r.instance(&list[len(list)-1])
		}
	}
	return list
}

func (r *instanceReader) word() *string { return r.words.of(r.Text()) }

func (r *instanceReader) instance(i *types.Instance) {
	for name := range r.Elements() {
		switch string(name) {
		case "instanceId":
			i.InstanceId = aws.String(string(r.Text()))
		case "instanceType":
			i.InstanceType = types.InstanceType(*r.word())
		case "instanceLifecycle":
			i.InstanceLifecycle = types.InstanceLifecycleType(*r.word())
		case "instanceState":
			i.State = r.state()
		case "launchTime":
			at, err := smithytime.ParseDateTime(string(r.Text()))
			r.Fail(err)
			i.LaunchTime = &at
		case "platform":
			i.Platform = types.PlatformValues(*r.word())
		case "platformDetails":
			i.PlatformDetails = r.word()
		case "capacityReservationId":
			i.CapacityReservationId = r.word()
		case "placement":
			i.Placement = r.placement()
		case "tagSet":
			i.Tags = r.tags()
		}
	}
}

func (r *instanceReader) state() *types.InstanceState {
	state := &types.InstanceState{}
	for name := range r.Elements() {
		if string(name) == "name" {
			state.Name = types.InstanceStateName(*r.word())
		}
	}
	return state
}

func (r *instanceReader) placement() *types.Placement {
	place := &types.Placement{}
	for name := range r.Elements() {
		switch string(name) {
		case "availabilityZone":
			place.AvailabilityZone = r.word()
		case "tenancy":
			place.Tenancy = types.Tenancy(*r.word())
		}
	}
	return place
}

func (r *instanceReader) tags() []types.Tag {
	tags := make([]types.Tag, 0, 8)
	for range r.Elements() {
		tag := types.Tag{}
		for name := range r.Elements() {
			switch string(name) {
			case "key":
				tag.Key = r.word()
			case "value":
				tag.Value = r.word()
			}
		}
		tags = append(tags, tag)
	}
	return tags
}
