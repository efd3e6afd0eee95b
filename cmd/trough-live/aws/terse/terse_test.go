package terse

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// say answers every request alike.
type say struct {
	status int
	body   io.Reader
}

func (s say) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(s.body), Request: r}, nil
}

func said(status int, body string) aws.Config {
	return aws.Config{Region: "us-east-1", HTTPClient: say{status, strings.NewReader(body)}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "never-shown"}, nil
		})}
}

func describeInstances(config aws.Config, options ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	out, err := ec2.NewFromConfig(config).DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{}, options...)
	if out != nil {
		out.ResultMetadata = middleware.Metadata{}
	}
	return out, err
}

func describeGroups(config aws.Config, options ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	out, err := autoscaling.NewFromConfig(config).DescribeAutoScalingGroups(context.Background(), &autoscaling.DescribeAutoScalingGroupsInput{}, options...)
	if out != nil {
		out.ResultMetadata = middleware.Metadata{}
	}
	return out, err
}

const someInstances = `<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>8f7724cf-496f-496e-8fe3-example</requestId>
    <reservationSet>
        <item>
            <reservationId>r-1</reservationId><ownerId>123456789012</ownerId><groupSet/>
            <instancesSet>
                <item>
                    <instanceId>i-1234567890abcdef0</instanceId>
                    <instanceState><code>16</code><name>running</name></instanceState>
                    <reason/>
                    <productCodes><item><productCode>x</productCode><type>marketplace</type></item></productCodes>
                    <instanceType>r3.4xlarge</instanceType>
                    <launchTime>2018-05-08T16:46:19.000Z</launchTime>
                    <placement><availabilityZone>us-east-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement>
                    <monitoring><state>disabled</state></monitoring>
                    <networkInterfaceSet><item><status>in-use</status><groupSet><item><groupId>sg-1</groupId></item></groupSet>
                        <attachment><status>attached</status></attachment><tagSet><item><key>trough:driver</key><value>no</value></item></tagSet></item></networkInterfaceSet>
                    <tagSet><item><key>trough:driver</key><value>night &amp; day</value></item><item><key>Name</key><value/></item></tagSet>
                    <platformDetails>Linux/UNIX</platformDetails>
                    <capacityReservationId>cr-1</capacityReservationId>
                </item>
                <item>
                    <instanceId>i-2</instanceId><instanceState><code>48</code><name>terminated</name></instanceState>
                    <instanceType>r3.4xlarge</instanceType><launchTime>2018-05-08T16:46:19Z</launchTime><instanceLifecycle>spot</instanceLifecycle>
                    <platform>windows</platform><placement><availabilityZone>us-east-1b</availabilityZone><tenancy>dedicated</tenancy></placement><tagSet/>
                </item>
            </instancesSet>
        </item>
        <item><reservationId>r-2</reservationId><instancesSet><item><instanceId>i-3</instanceId></item></instancesSet></item>
    </reservationSet>
    <nextToken>more+of=it</nextToken>
</DescribeInstancesResponse>
`

const someGroups = `<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeAutoScalingGroupsResult>
    <AutoScalingGroups>
      <member>
        <AutoScalingGroupName>trough-us-east-1a-r3.4xlarge</AutoScalingGroupName>
        <AutoScalingGroupARN>arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/a</AutoScalingGroupARN>
        <HealthCheckType>EC2</HealthCheckType>
        <SuspendedProcesses><member><ProcessName>AZRebalance</ProcessName><SuspensionReason>User suspended</SuspensionReason></member></SuspendedProcesses>
        <MinSize>0</MinSize><MaxSize>100</MaxSize><DesiredCapacity>2</DesiredCapacity><DefaultCooldown>300</DefaultCooldown>
        <AvailabilityZones><member>us-east-1a</member><member>us-east-1b</member></AvailabilityZones>
        <CreatedTime>2018-05-08T16:46:19.000Z</CreatedTime>
        <NewInstancesProtectedFromScaleIn>true</NewInstancesProtectedFromScaleIn>
        <Tags><member><ResourceId>a</ResourceId><Key>trough:driver</Key><Value>night</Value><PropagateAtLaunch>true</PropagateAtLaunch></member>
          <member><Key>team</Key><Value/><PropagateAtLaunch>false</PropagateAtLaunch></member></Tags>
        <Instances><member><InstanceId>i-1</InstanceId><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus>
          <LaunchTemplate><LaunchTemplateName>x</LaunchTemplateName></LaunchTemplate></member>
          <member><InstanceId>i-2</InstanceId><LifecycleState>Terminating:Wait</LifecycleState></member></Instances>
      </member>
      <member><AutoScalingGroupName>empty</AutoScalingGroupName><Instances/></member>
    </AutoScalingGroups>
    <NextToken>next</NextToken>
  </DescribeAutoScalingGroupsResult>
  <ResponseMetadata><RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId></ResponseMetadata>
</DescribeAutoScalingGroupsResponse>
`

// shortOf is what Instances promises of an answer.
func shortOf(out *ec2.DescribeInstancesOutput) *ec2.DescribeInstancesOutput {
	short := &ec2.DescribeInstancesOutput{NextToken: out.NextToken}
	for _, r := range out.Reservations {
		list := types.Reservation{}
		for _, i := range r.Instances {
			s := types.Instance{InstanceId: i.InstanceId, InstanceType: i.InstanceType, InstanceLifecycle: i.InstanceLifecycle, LaunchTime: i.LaunchTime,
				Platform: i.Platform, PlatformDetails: i.PlatformDetails, CapacityReservationId: i.CapacityReservationId, Tags: i.Tags}
			if i.State != nil {
				s.State = &types.InstanceState{Name: i.State.Name}
			}
			if i.Placement != nil {
				s.Placement = &types.Placement{AvailabilityZone: i.Placement.AvailabilityZone, Tenancy: i.Placement.Tenancy}
			}
			list.Instances = append(list.Instances, s)
		}
		short.Reservations = append(short.Reservations, list)
	}
	return short
}

// shortOfGroups is what Groups promises of an answer.
func shortOfGroups(out *autoscaling.DescribeAutoScalingGroupsOutput) *autoscaling.DescribeAutoScalingGroupsOutput {
	short := &autoscaling.DescribeAutoScalingGroupsOutput{NextToken: out.NextToken}
	for _, g := range out.AutoScalingGroups {
		s := scaling.AutoScalingGroup{AutoScalingGroupName: g.AutoScalingGroupName, DesiredCapacity: g.DesiredCapacity, MinSize: g.MinSize, MaxSize: g.MaxSize,
			AvailabilityZones: g.AvailabilityZones, NewInstancesProtectedFromScaleIn: g.NewInstancesProtectedFromScaleIn}
		for _, p := range g.SuspendedProcesses {
			s.SuspendedProcesses = append(s.SuspendedProcesses, scaling.SuspendedProcess{ProcessName: p.ProcessName})
		}
		for _, t := range g.Tags {
			s.Tags = append(s.Tags, scaling.TagDescription{Key: t.Key, Value: t.Value, PropagateAtLaunch: t.PropagateAtLaunch})
		}
		for _, i := range g.Instances {
			s.Instances = append(s.Instances, scaling.Instance{InstanceId: i.InstanceId, LifecycleState: i.LifecycleState})
		}
		short.AutoScalingGroups = append(short.AutoScalingGroups, s)
	}
	return short
}

// TestWhatIsReadIsWhatTheSDKReads compares with the SDK's own reading of the same answer.
func TestWhatIsReadIsWhatTheSDKReads(t *testing.T) {
	sdk, err := describeInstances(said(200, someInstances))
	if err != nil {
		t.Fatal(err)
	}
	got, err := describeInstances(said(200, someInstances), Instances)
	if err != nil || !reflect.DeepEqual(got, shortOf(sdk)) {
		t.Errorf("%v: read %+v, expected %+v", err, got, shortOf(sdk))
	}
	groups, err := describeGroups(said(200, someGroups))
	if err != nil {
		t.Fatal(err)
	}
	gotGroups, err := describeGroups(said(200, someGroups), Groups)
	want := shortOfGroups(groups)
	if err == nil && len(gotGroups.AutoScalingGroups) == 2 { // the SDK makes lists without members of what is empty
		for i := range want.AutoScalingGroups {
			if g := &want.AutoScalingGroups[i]; len(g.Instances) == 0 {
				g.Instances = nil
			}
		}
	}
	if err != nil || !reflect.DeepEqual(gotGroups, want) {
		t.Errorf("%v: read %+v, expected %+v", err, gotGroups, want)
	}
}

// TestNothingIsAnAnswerWithAnEmptyListAndNoOther shows where the SDK reads as nothing what is no answer.
func TestNothingIsAnAnswerWithAnEmptyListAndNoOther(t *testing.T) {
	out, err := describeInstances(said(200, `<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>`), Instances)
	if err != nil || len(out.Reservations) != 0 || out.NextToken != nil {
		t.Errorf("%v, %+v", err, out)
	}
	groups, err := describeGroups(said(200, `<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`), Groups)
	if err != nil || len(groups.AutoScalingGroups) != 0 {
		t.Errorf("%v, %+v", err, groups)
	}
	misread := 0
	for _, body := range []string{"", " \n", "<html><body>busy</body></html>", "<DescribeInstancesResponse/>", "<DescribeAutoScalingGroupsResponse/>",
		"<DescribeInstancesResult><reservationSet/></DescribeInstancesResult>", "<DescribeInstancesResponse><requestId>a</requestId></DescribeInstancesResponse>",
		"<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult/></DescribeAutoScalingGroupsResponse>", "not XML",
		"<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse><DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
	} {
		if _, err := describeInstances(said(200, body), Instances); err == nil {
			t.Errorf("%q reads as no instances", body)
		}
		if _, err := describeGroups(said(200, body), Groups); err == nil {
			t.Errorf("%q reads as no groups", body)
		}
		if _, err := describeInstances(said(200, body)); err == nil {
			misread++
		}
	}
	if misread == 0 {
		t.Error("the SDK is as strict by now: what is said of it above is not true any more")
	}
}

func TestAnAnswerThatIsCutOffOrWrongIsAnError(t *testing.T) {
	for n := 0; n < len(someInstances)-1; n += 7 {
		if _, err := describeInstances(said(200, strings.TrimSpace(someInstances)[:n]), Instances); err == nil {
			t.Fatalf("no error in the first %d bytes", n)
		}
	}
	for n := 0; n < len(someGroups)-1; n += 7 {
		if _, err := describeGroups(said(200, strings.TrimSpace(someGroups)[:n]), Groups); err == nil {
			t.Fatalf("no error in the first %d bytes", n)
		}
	}
	for _, wrong := range [][2]string{{"<MinSize>0<", "<MinSize>none<"}, {"<MaxSize>100<", "<MaxSize/><X>"}, {"<DesiredCapacity>2<", "<DesiredCapacity>99999999999<"},
		{"<PropagateAtLaunch>true<", "<PropagateAtLaunch>perhaps<"}, {"<Key>team</Key>", "<Key><b/></Key>"}} {
		if _, err := describeGroups(said(200, strings.Replace(someGroups, wrong[0], wrong[1], 1)), Groups); err == nil {
			t.Errorf("%s is read", wrong[1])
		}
	}
	if _, err := describeInstances(said(200, strings.Replace(someInstances, "2018-05-08T16:46:19Z", "yesterday", 1)), Instances); err == nil {
		t.Error("a time that is none is read")
	}
	config := said(200, "")
	broken := errors.New("connection reset by peer")
	config.HTTPClient = say{200, io.MultiReader(strings.NewReader(someInstances), &failing{broken})}
	if _, err := describeInstances(config, Instances); !errors.Is(err, broken) {
		t.Errorf("a connection that breaks behind the answer: %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestErrorsAreReadByTheSDK, whose codes decide what follows.
func TestErrorsAreReadByTheSDK(t *testing.T) {
	var api smithy.APIError
	_, err := describeInstances(said(503, `<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>less</Message></Error></Errors><RequestID>1</RequestID></Response>`), Instances)
	if !errors.As(err, &api) || api.ErrorCode() != "RequestLimitExceeded" || api.ErrorMessage() != "less" {
		t.Errorf("%v", err)
	}
	_, err = describeGroups(said(400, `<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`), Groups)
	if !errors.As(err, &api) || api.ErrorCode() != "Throttling" {
		t.Errorf("%v", err)
	}
	config := said(200, "")
	refused := errors.New("no route")
	config.HTTPClient = unreachable{refused}
	if _, err = describeInstances(config, Instances); !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}

type unreachable struct{ err error }

func (u unreachable) Do(*http.Request) (*http.Response, error) { return nil, u.err }
