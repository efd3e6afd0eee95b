package aws

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

func TestWhatFollowsFromAnErrorIsToldByItsCode(t *testing.T) {
	for class, list := range map[Class][]string{
		Throttle: {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException", "EC2ThrottledException"},
		Capacity: {"InsufficientInstanceCapacity", "InsufficientReservedInstanceCapacity", "InsufficientHostCapacity", "ReservationCapacityExceeded",
			"UnfulfillableCapacity", "InsufficientFreeAddressesInSubnet"},
		Quota: {"InstanceLimitExceeded", "VcpuLimitExceeded", "MaxSpotInstanceCountExceeded", "LimitExceeded"},
		Auth: {"UnauthorizedOperation", "AccessDenied", "AuthFailure", "ExpiredToken", "RequestExpired", "InvalidClientTokenId", "SignatureDoesNotMatch",
			"OptInRequired", "RequestTimeTooSkewed", "InvalidSignatureException", "MissingAuthenticationToken"},
		Validation: {"IdempotentParameterMismatch", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "InvalidParameterValue",
			"InvalidLaunchTemplateName.NotFoundException", "MissingParameter", "ValidationError", "IncorrectInstanceState", "OperationNotPermitted"},
		Unknown: {"", "InternalError", "InternalFailure", "Unavailable", "ServiceUnavailable", "ResourceContention", "ScalingActivityInProgress", "DryRunOperation",
			"SomethingOfNextYear"},
	} {
		for _, code := range list {
			err := fmt.Errorf("around: %w", &smithy.GenericAPIError{Code: code})
			if got := ClassOf(err); got != class {
				t.Errorf("%q is %s, want %s", code, got, class)
			}
		}
	}
	if got := ClassOf(errors.New("connection reset by peer")); got != Unknown {
		t.Errorf("a connection that broke is %s", got)
	}
}

// The SDK tries again what it takes for throttling: what it knows of, the driver must not take for anything else.
func TestWhatTheSDKTakesForThrottlingIsThrottling(t *testing.T) {
	for code := range retry.DefaultThrottleErrorCodes {
		if got := ClassOfCode(code); got != Throttle {
			t.Errorf("%s is %s", code, got)
		}
	}
}

func TestTheMessageOfAnActivityHasACodeOrAPhrase(t *testing.T) {
	for message, want := range map[string]Class{
		"Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient r3.4xlarge capacity in the Availability Zone you requested (us-east-1a). Launching EC2 instance failed.":                              Capacity,
		"We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-east-1d). Our system will be working on provisioning additional capacity. Launching EC2 instance failed.":                                     Capacity,
		"Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to. Launching EC2 instance failed.": Quota,
		"You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to.":                                                                                          Quota,
		"You are not authorized to use launch template: lt-0123. Launching EC2 instance failed.":                                                                                                                                                        Auth,
		"Could not launch On-Demand Instances. RequestLimitExceeded - Request limit exceeded. Launching EC2 instance failed.":                                                                                                                           Throttle,
		"Request limit exceeded. Launching EC2 instance failed.": Throttle,
		"The requested configuration is currently not supported. Please check the documentation for supported configurations. Launching EC2 instance failed.": Unknown,
		"": Unknown,
	} {
		if got := ClassOfText(message); got != want {
			t.Errorf("%q is %s, want %s", message, got, want)
		}
	}
}
