package fakecloud

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cli is Debian's command-line client of AWS, which nobody here wrote: what it understands is Amazon's wire format.
func cli(t *testing.T) string {
	name := os.Getenv("AWSCLI")
	if name == "" {
		name = "/usr/bin/aws"
		if _, err := os.Stat(name); err != nil {
			name = "aws"
		}
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if _, err := exec.LookPath("apt-get"); err == nil && os.Getuid() == 0 {
		t.Fatal("there is no aws client: .ci/tool installs it, or name one with AWSCLI=path")
	}
	t.Skip("SKIPPED: the wire format was not checked by an independent client: there is no aws client, and it cannot be installed here")
	return ""
}

func TestAnIndependentClientUnderstandsTheServers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a program for each question")
	}
	path := cli(t)
	world, encode, _ := newTable(TableSettings{Launch: 30 * time.Second})
	server := httptest.NewServer(New(world))
	defer server.Close()
	env := append(os.Environ(), "AWS_EC2_METADATA_DISABLED=true", "AWS_ACCESS_KEY_ID="+encode.Key, "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=",
		"AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_MAX_ATTEMPTS=1")
	for _, step := range []struct {
		pass time.Duration
		ask  string
		want string // of what it prints, in one line
	}{
		{0, "autoscaling set-desired-capacity --auto-scaling-group-name encode-r3 --desired-capacity 3", ""},
		{0, "autoscaling suspend-processes --auto-scaling-group-name encode-r3 --scaling-processes AZRebalance", ""},
		{0, "autoscaling create-or-update-tags --tags ResourceId=encode-r3,ResourceType=auto-scaling-group,Key=trough:epoch,Value=7,PropagateAtLaunch=true", ""},
		{time.Minute, "autoscaling describe-auto-scaling-groups --page-size 1 --query AutoScalingGroups[].[AutoScalingGroupName,DesiredCapacity,length(Instances),Instances[0].LifecycleState,AvailabilityZones[0],SuspendedProcesses[0].ProcessName,Tags[0].Value]",
			"encode-m3 0 0 None us-east-1a None None encode-r3 3 3 InService us-east-1c AZRebalance 7"},
		{0, "ec2 run-instances --count 2 --instance-type m3.2xlarge --placement AvailabilityZone=us-east-1a --client-token one --tag-specifications ResourceType=instance,Tags=[{Key=trough:driver,Value=encoding}] --query Instances[].[State.Name,Tags[0].Value,ClientToken]",
			"pending encoding one pending encoding one"},
		{0, "ec2 run-instances --count 3 --instance-type m3.2xlarge --client-token one", "IdempotentParameterMismatch"},
		{time.Minute, "ec2 describe-instances --page-size 5 --filters Name=instance-state-name,Values=running Name=tag-key,Values=trough:d* --query Reservations[].Instances[].[InstanceType,Placement.AvailabilityZone,State.Code]",
			"m3.2xlarge us-east-1a 16 m3.2xlarge us-east-1a 16"},
		{0, "ec2 create-tags --resources INSTANCE --tags Key=trough:yield,Value=when-idle", ""},
		{0, "ec2 describe-instances --instance-ids INSTANCE --query Reservations[].Instances[].Tags[].[Key,Value]", "trough:driver encoding trough:yield when-idle"},
		{0, "ec2 terminate-instances --instance-ids INSTANCE --query TerminatingInstances[].[PreviousState.Name,CurrentState.Name]", "running shutting-down"},
		{0, "autoscaling terminate-instance-in-auto-scaling-group --instance-id MEMBER --should-decrement-desired-capacity --query Activity.StatusCode", "InProgress"},
		{time.Minute, "autoscaling describe-scaling-activities --auto-scaling-group-name encode-r3 --query Activities[0].[StatusCode,Progress]", "Successful 100"},
		{0, "autoscaling set-desired-capacity --auto-scaling-group-name encode-r3 --desired-capacity 101", "ValidationError"},
		{0, "ec2 describe-reserved-instances --filters Name=state,Values=active --query ReservedInstances[].[InstanceType,InstanceCount,Scope]", "r3.4xlarge 100 Availability Zone"},
		{0, "ec2 describe-capacity-reservations --query CapacityReservations[].[InstanceType,TotalInstanceCount,AvailableInstanceCount]", "m3.2xlarge 50 20"},
	} {
		world.Advance(step.pass)
		ask := strings.ReplaceAll(strings.ReplaceAll(step.ask, "INSTANCE", ofGroup(encode, "")), "MEMBER", ofGroup(encode, "encode-r3"))
		command := exec.Command(path, append([]string{"--endpoint-url", server.URL, "--no-cli-pager", "--output", "text"}, strings.Fields(ask)...)...)
		command.Env = env
		out, err := command.CombinedOutput()
		got := strings.Join(strings.Fields(string(out)), " ")
		if _, failed := err.(*exec.ExitError); failed && strings.Contains(got, "("+step.want+")") {
			continue
		}
		if err != nil || got != step.want {
			t.Errorf("aws %s:\n%s (%v)\nwant %s", ask, got, err, step.want)
		}
	}
}

// ofGroup is the first instance of a group, or that is in none.
func ofGroup(a *Account, group string) string {
	for _, i := range a.Instances {
		if i.Group == group {
			return i.ID
		}
	}
	return "none"
}
