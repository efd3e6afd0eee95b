package bucket

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// wrong is an error of the SDK as one line: the object, what is the matter, and what was expected. Those of the SDK have
// requests' numbers and hosts, which help nobody who reads them in a terminal.
func (f *Folder) wrong(name string, err error) error {
	if err == nil {
		return nil
	}
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	place := f.Place(name)
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("%s: %w", place, innermost(err))
	}
	switch code := api.ErrorCode(); code {
	case "NoSuchBucket":
		return fmt.Errorf("%s: there is no bucket %s: expected one that exists", place, f.at.bucket)
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken":
		return fmt.Errorf("%s: the store does not take the credentials (%s): expected those of one who may use bucket %s", place, code, f.at.bucket)
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return fmt.Errorf("%s: bucket %s lies elsewhere (%s): expected ?region= with its region in the URL", place, f.at.bucket, code)
	default:
		var answer *awshttp.ResponseError
		if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusForbidden {
			return fmt.Errorf("%s: denied (%s): expected a right to s3:ListBucket, s3:GetObject and s3:PutObject", place, code)
		}
		return fmt.Errorf("%s: %s: %s", place, code, strings.Join(strings.Fields(api.ErrorMessage()), " "))
	}
}

// noCredentials says where they are looked for.
func (f *Folder) noCredentials() error {
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	return fmt.Errorf("%s: no credentials that hold: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of a machine or a container", f.Place(""))
}

func hasCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}

// innermost is what happened to a request, without the layers that tell of it.
func innermost(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		return operation.Err
	}
	return err
}
