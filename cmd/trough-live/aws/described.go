package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scaling "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// This file is Amazon's descriptions as the ledger's.

func groupOf(g *scaling.AutoScalingGroup) fleet.Group {
	group := fleet.Group{Known: true, Desired: aws.ToInt32(g.DesiredCapacity), Min: aws.ToInt32(g.MinSize), Max: aws.ToInt32(g.MaxSize),
		Zones: g.AvailabilityZones, Rebalances: true, Protects: aws.ToBool(g.NewInstancesProtectedFromScaleIn), Tags: map[string]string{}}
	for _, p := range g.SuspendedProcesses {
		if aws.ToString(p.ProcessName) == "AZRebalance" {
			group.Rebalances = false
		}
	}
	for i := range g.Tags {
		if aws.ToBool(g.Tags[i].PropagateAtLaunch) {
			group.Tags[aws.ToString(g.Tags[i].Key)] = aws.ToString(g.Tags[i].Value)
		}
	}
	for i := range g.Instances {
		m := &g.Instances[i]
		group.Members = append(group.Members, fleet.Member{ID: aws.ToString(m.InstanceId), Ending: strings.HasPrefix(string(m.LifecycleState), "Terminat")})
	}
	return group
}

func describedOf(i *types.Instance) fleet.Described {
	d := fleet.Described{ID: aws.ToString(i.InstanceId), Type: string(i.InstanceType), Launched: models.InstantOf(aws.ToTime(i.LaunchTime))}
	if i.Placement != nil {
		d.Zone = aws.ToString(i.Placement.AvailabilityZone)
	}
	if i.State != nil {
		d.Running = i.State.Name == types.InstanceStateNameRunning
		d.Ending = !d.Running && i.State.Name != types.InstanceStateNamePending
	}
	for k := range i.Tags {
		value := aws.ToString(i.Tags[k].Value)
		switch aws.ToString(i.Tags[k].Key) {
		case fleet.TagDriver:
			d.Driver = value
		case fleet.TagPool:
			d.Pool = value
		case fleet.TagBorrower:
			d.Borrower = value
		case fleet.TagYield:
			d.Yield = value
		case fleet.TagUntil:
			d.Until = fleet.TimeOf(value)
		case "aws:autoscaling:groupName":
			d.Group = value
		}
	}
	return d
}
