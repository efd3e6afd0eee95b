package aws

import (
	"errors"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
)

// Error is an error of a call as people read it, in one line: the operation, the code and the message. Requests' numbers and hosts,
// which the SDK's have, help nobody.
type Error struct {
	Operation string // such as SetDesiredCapacity
	Class     Class
	text      string
	err       error
}

// Error is the line.
func (e *Error) Error() string { return e.text }

// Unwrap is the SDK's error.
func (e *Error) Unwrap() error { return e.err }

// Wrong is an error of the SDK as an Error; nil of none.
func Wrong(err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Class: ClassOf(err), err: err, text: err.Error()}
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		e.Operation, e.text = operation.Operation(), operation.Err.Error()
	}
	var request *url.Error
	if errors.As(err, &request) {
		e.text = request.Err.Error()
	}
	var leftOut *LeftOutError
	if errors.As(err, &leftOut) {
		e.text = leftOut.Error()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.text = api.ErrorCode() + ": " + api.ErrorMessage()
	}
	if e.Operation != "" {
		e.text = e.Operation + ": " + e.text
	}
	e.text = strings.Join(strings.Fields(e.text), " ")
	return e
}
