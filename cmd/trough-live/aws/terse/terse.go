// Package terse reads the two longest answers of Amazon, descriptions of instances and of Auto Scaling groups, and of them only what the
// driver needs: the SDK makes a value of everything, which takes a second of processor time and half a gigabyte for 12,000 instances,
// at every look.
//
// # Strictly
//
// What leaves something out must not read as less: an answer that is cut off, that is not the operation's, or that has no list at all
// is an error here, where the SDK takes some of them for an answer with nothing in it. Errors that Amazon answers with are read by
// the SDK, as all other operations are.
package terse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"trough.internal/cmd/trough-live/aws/element"
)

// answerMost is the longest answer that is read, in bytes: a page of a thousand instances has about 6 MB.
const answerMost = 256 << 20

// reader reads the answer of one operation in the place of the SDK's own.
type reader struct {
	root string // the element that holds all
	read func(*element.Document) (result any)
	sdk  middleware.DeserializeMiddleware
}

// instead puts a reader in the place of the SDK's.
func instead(root string, read func(*element.Document) any) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) (err error) {
		r := &reader{root: root, read: read}
		r.sdk, err = stack.Deserialize.Swap("OperationDeserializer", r)
		return err
	}
}

// ID is that of what it stands in the place of, for those that seek their own place by it.
func (*reader) ID() string { return "OperationDeserializer" }

// HandleDeserialize reads a good answer, and leaves one that is an error to the SDK.
func (r *reader) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, about middleware.Metadata, err error) {
	out, about, err = next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.StatusCode < 200 || response.StatusCode >= 300 {
		return r.sdk.HandleDeserialize(ctx, in, middleware.DeserializeHandlerFunc(
			func(context.Context, middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata, error) {
				return out, about, err
			}))
	}
	defer func() { smithyhttp.CloseResponseBody(ctx, response, false, err) }()
	if out.Result, err = r.answer(response.Body); err != nil {
		err = &smithy.DeserializationError{Err: fmt.Errorf("failed to decode response body, %w", err)}
	}
	return out, about, err
}

// bodies are of answers that have been read: nothing of what is made of an answer lies in its text.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (r *reader) answer(body io.Reader) (any, error) {
	text := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(text)
	text.Reset()
	if n, err := io.Copy(text, io.LimitReader(body, answerMost+1)); err != nil {
		return nil, err
	} else if n > answerMost {
		return nil, fmt.Errorf("it is longer than %d bytes", answerMost)
	}
	var result any
	d := element.New(text.Bytes())
	for name := range d.Elements() {
		if result != nil || string(name) != r.root {
			d.Fail(fmt.Errorf("an element %.40q: expected one %s", name, r.root))
			break
		}
		result = r.read(d)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if result == nil {
		return nil, errors.New("it is empty")
	}
	return result, nil
}

// words are texts of which there are many alike, such as zones, as pointers that share one value each.
type words map[string]*string

func (w words) of(text []byte) *string {
	if known := w[string(text)]; known != nil {
		return known
	}
	made := string(text)
	w[made] = &made
	return &made
}
