package aws

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// Class is what kind of error a code stands for, by what follows from it.
type Class uint8

// The classes. The zero value is what nobody knows: nothing follows, and the next evaluation tries again.
const (
	Unknown    Class = iota
	Throttle         // too many calls: call less; it says nothing of capacity
	Capacity         // the pool has no more: leave it alone for a while
	Quota            // the account may not have more: people must ask for it
	Auth             // the driver may not, or is not who it says: people must see to it
	Validation       // the call is wrong, or what it names is not there

	Classes = 6
)

var classNames = [Classes]string{"unknown", "throttle", "capacity", "quota", "auth", "validation"}

// String is the class as messages write it.
func (c Class) String() string { return classNames[c] }

// codes are those that EC2, EC2 Auto Scaling and SQS document, and that their prefix does not tell.
//
// Sources: "Error codes for the Amazon EC2 API" and "Common errors" of the three services' references; those of throttling, the
// SDK's own retry.DefaultThrottleErrorCodes.
var codes = map[string]Class{
	"RequestLimitExceeded": Throttle, "Throttling": Throttle, "ThrottlingException": Throttle, "ThrottledException": Throttle,
	"RequestThrottled": Throttle, "RequestThrottledException": Throttle, "TooManyRequestsException": Throttle, "EC2ThrottledException": Throttle,
	"SlowDown": Throttle, "PriorRequestNotComplete": Throttle, "BandwidthLimitExceeded": Throttle, "TransactionInProgressException": Throttle,
	"ProvisionedThroughputExceededException": Throttle, "LimitExceededException": Throttle, "AWS.SimpleQueueService.RequestThrottled": Throttle,

	"InsufficientInstanceCapacity": Capacity, "InsufficientCapacity": Capacity, "InsufficientHostCapacity": Capacity,
	"InsufficientCapacityOnHost": Capacity, "InsufficientReservedInstanceCapacity": Capacity, "UnfulfillableCapacity": Capacity,
	"ReservationCapacityExceeded": Capacity, "InsufficientFreeAddressesInSubnet": Capacity,

	"InstanceLimitExceeded": Quota, "VcpuLimitExceeded": Quota, "MaxSpotInstanceCountExceeded": Quota, "ResourceLimitExceeded": Quota,
	"LimitExceeded": Quota, "VolumeLimitExceeded": Quota, "MaxIOPSLimitExceeded": Quota, "NetworkInterfaceLimitExceeded": Quota,
	"PrivateIpAddressLimitExceeded": Quota, "TagLimitExceeded": Quota, "InstanceCreditSpecification.NotSupported": Validation,

	"UnauthorizedOperation": Auth, "AccessDenied": Auth, "AccessDeniedException": Auth, "AuthFailure": Auth, "ExpiredToken": Auth,
	"ExpiredTokenException": Auth, "RequestExpired": Auth, "RequestTimeTooSkewed": Auth, "InvalidClientTokenId": Auth,
	"InvalidAccessKeyId": Auth, "InvalidToken": Auth, "InvalidSignatureException": Auth, "InvalidSecurity": Auth,
	"SignatureDoesNotMatch": Auth, "IncompleteSignature": Auth, "MissingAuthenticationToken": Auth, "MissingAuthenticationTokenException": Auth,
	"UnrecognizedClientException": Auth, "OptInRequired": Auth, "Blocked": Auth, "PendingVerification": Auth, "NotAuthorized": Auth,

	"ValidationError": Validation, "ValidationException": Validation, "IdempotentParameterMismatch": Validation,
	"IncorrectInstanceState": Validation, "IncorrectState": Validation, "OperationNotPermitted": Validation, "Unsupported": Validation,
	"UnsupportedOperation": Validation, "UnknownParameter": Validation, "MalformedQueryString": Validation, "NoSuchEntity": Validation,
	"AlreadyExists": Validation, "AWS.SimpleQueueService.NonExistentQueue": Validation, "QueueDoesNotExist": Validation,
}

// ClassOfCode tells a class by an error's code. A code that is not known is one of a wrong call where it begins with Invalid or
// Missing, as EC2 names them.
func ClassOfCode(code string) Class {
	if class, ok := codes[code]; ok {
		return class
	}
	if strings.HasPrefix(code, "Invalid") || strings.HasPrefix(code, "Missing") {
		return Validation
	}
	return Unknown
}

// ClassOf tells an error's class by the code that is in it; that of an error without one, such as a connection that broke, is
// Unknown.
func ClassOf(err error) Class { return ClassOfCode(CodeOf(err)) }

// CodeOf is the code of an error of Amazon's, or "".
func CodeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// WouldWork says whether an error is the answer to a dry run of a call that would have been carried out.
func WouldWork(err error) bool { return CodeOf(err) == "DryRunOperation" }

// phrases are what messages of scaling activities say in the place of a code.
var phrases = []struct {
	text  string
	class Class
}{
	{"do not have sufficient", Capacity},
	{"current vCPU limit", Quota},
	{"instance limit", Quota},
	{"not authorized", Auth},
	{"Request limit exceeded", Throttle},
	{"Rate exceeded", Throttle},
}

// ClassOfText tells a class by the message of an activity of a group, which has the code of what failed among its words:
// "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient r3.4xlarge capacity ...".
func ClassOfText(message string) Class {
	for _, word := range strings.Fields(message) {
		if class, ok := codes[strings.Trim(word, ".,:;()")]; ok {
			return class
		}
	}
	for _, p := range phrases {
		if strings.Contains(message, p.text) {
			return p.class
		}
	}
	return Unknown
}
