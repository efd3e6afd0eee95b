package aws

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
)

// This file is how calls are made.

// make makes a call: of RunInstances it returns what was launched; of a call about instances, those to which it was done where that
// is not all of them. The error may be of some of them only.
func (c *Cloud) make(ctx context.Context, call *fleet.Call, epoch int64) ([]string, error) {
	scaling, compute := c.Client.AutoScaling(call.Place.Region), c.Client.EC2(call.Place.Region)
	switch call.Kind {
	case fleet.SetDesired:
		// Said by value, so that a second try does no harm.
		_, err := scaling.SetDesiredCapacity(ctx, &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: &call.Place.Group, DesiredCapacity: &call.Desired,
			HonorCooldown: aws.Bool(false)})
		return nil, err
	case fleet.RunInstances:
		out, err := compute.RunInstances(ctx, c.launch(call, epoch))
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for i := range out.Instances {
			ids = append(ids, aws.ToString(out.Instances[i].InstanceId))
		}
		return ids, nil
	case fleet.Terminate:
		return each(call.IDs, func(ids []string) error {
			in := &autoscaling.TerminateInstanceInAutoScalingGroupInput{ShouldDecrementDesiredCapacity: aws.Bool(true)}
			if len(ids) == 1 {
				in.InstanceId = &ids[0]
			} else {
				in.AutoScalingGroupName, in.InstanceIds = &call.Place.Group, ids
			}
			_, err := scaling.TerminateInstanceInAutoScalingGroup(ctx, in, func(o *autoscaling.Options) { o.Retryer = c.Client.OnlyThrottled() })
			return err
		})
	case fleet.TerminateAlone:
		return c.withOthers(ctx, call, func(ids []string) error {
			_, err := compute.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: ids})
			return err
		})
	case fleet.TellYield:
		return c.withOthers(ctx, call, func(ids []string) error { return tag(ctx, compute, ids, fleet.TagYield, call.Yield) })
	case fleet.TellStay:
		return c.withOthers(ctx, call, func(ids []string) error {
			_, err := compute.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: ids, Tags: []types.Tag{{Key: aws.String(fleet.TagYield)}}})
			return err
		})
	case fleet.Renew:
		return each(call.IDs, func(ids []string) error { return tag(ctx, compute, ids, fleet.TagUntil, call.Until.String()) })
	default: // Label
		return each(call.IDs, func(ids []string) error { return tag(ctx, compute, ids, labels(call, epoch)...) })
	}
}

// withOthers makes a call about instances together with those of other pools that mean the same, as far as the lease allows it by then.
func (c *Cloud) withOthers(ctx context.Context, call *fleet.Call, do func(ids []string) error) ([]string, error) {
	lane := fmt.Sprint(call.Place.Region, " ", call.Kind)
	return c.together.do(lane, call.Yield, call.IDs, fleet.IDsMost, func(ids []string) ([]string, error) {
		if _, err := drive.Fence(ctx); err != nil {
			return nil, err
		}
		return each(ids, do)
	})
}

func labels(call *fleet.Call, epoch int64) []string {
	list := []string{fleet.TagEpoch, strconv.FormatInt(epoch, 10), fleet.TagCycle, strconv.FormatInt(call.Cycle, 10)}
	if call.Until != 0 {
		list = append(list, fleet.TagUntil, call.Until.String())
	}
	return list
}

func tag(ctx context.Context, client *ec2.Client, ids []string, keysAndValues ...string) error {
	_, err := client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, Tags: tags(keysAndValues...)})
	return err
}

func tags(keysAndValues ...string) (list []types.Tag) {
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		list = append(list, types.Tag{Key: &keysAndValues[i], Value: &keysAndValues[i+1]})
	}
	return list
}

// launch asks for as many as there are, up to a number, and by a token that gives the same ones when it is said again.
func (c *Cloud) launch(call *fleet.Call, epoch int64) *ec2.RunInstancesInput {
	pool := &c.Pools[call.Cell/len(c.Borrowers)]
	named := append([]string{fleet.TagDriver, c.Name, fleet.TagPool, pool.Name(), fleet.TagBorrower, c.Borrowers[call.Cell%len(c.Borrowers)]}, labels(call, epoch)...)
	return &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: &call.Adds, ClientToken: &call.Token,
		LaunchTemplate:    &types.LaunchTemplateSpecification{LaunchTemplateName: &c.Templates[call.Cell]},
		InstanceType:      types.InstanceType(pool.Type),
		Placement:         &types.Placement{AvailabilityZone: &pool.Zone},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tags(named...)}},
	}
}

// each does something to instances together; where the call is refused as wrong, such as for one that is not there any more, it
// is made again without those that the answer names, or halved where it names none, so that one does not fail the rest. It returns those
// to which it was done, or may have been done, nil where that is all of them.
func each(ids []string, do func(ids []string) error) ([]string, error) {
	err := do(ids)
	if err == nil {
		return nil, nil
	}
	if len(ids) == 1 || ClassOf(err) != Validation {
		return nil, err
	}
	done := []string{}
	parts := [][]string{ids[:len(ids)/2], ids[len(ids)/2:]}
	if rest := unnamed(ids, err); len(rest) > 0 && len(rest) < len(ids) {
		parts = [][]string{rest}
	}
	for _, part := range parts {
		some, wrong := each(part, do)
		switch {
		case some == nil && (wrong == nil || outcome(wrong) == fleet.Lost):
			done = append(done, part...)
		case len(some) > 0:
			done = append(done, some...)
		}
		if wrong != nil {
			err = wrong
		}
	}
	if len(done) == 0 {
		return nil, err
	}
	return done, nil // Note: those that it was not done to are as they were, and the next look tells of them
}

// unnamed are the instances that an error does not name: EC2 says "The instance IDs 'i-0a, i-0b' do not exist".
func unnamed(ids []string, err error) (rest []string) {
	text := Wrong(err).Error()
	for _, id := range ids {
		if !strings.Contains(text, id) {
			rest = append(rest, id)
		}
	}
	return rest
}
