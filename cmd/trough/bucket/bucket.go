// Package bucket keeps files as objects of a bucket: of S3, or of a store that speaks its protocol. It is the only package
// of the analyst's tool that imports Amazon's SDK.
package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
)

// Folder is what a URL names: the objects of a bucket whose keys begin with a prefix and a slash. Its methods may be called
// from several goroutines, and are safe beside those of other processes: an object is there whole or not at all, and seen by
// everybody once it is written.
type Folder struct {
	ctx    context.Context // whose end ends every request; a folder lives as long as the command that opened it
	at     address
	client *s3.Client
}

// What a request may take. The SDK tries each three times (AWS_MAX_ATTEMPTS says otherwise), with growing pauses.
const (
	connectTimeout = 10 * time.Second
	answerTimeout  = 30 * time.Second // from all of a request sent to the first byte of its answer
	requestTimeout = 5 * time.Minute  // all of it: the largest object, a table of results, on a slow line
)

// Open reads a URL and finds credentials and region where Amazon's tools do: environment, shared files, the machine's role.
// It sends no request to the bucket.
func Open(ctx context.Context, url string) (*Folder, error) {
	at, err := parse(url)
	if err != nil {
		return nil, err
	}
	f := &Folder{ctx: ctx, at: *at}
	// A client of the SDK's own kind, which still follows AWS_CA_BUNDLE.
	client := awshttp.NewBuildableClient().WithTimeout(requestTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = answerTimeout })
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(client),
		config.WithLogger(logging.Nop{}),
		// Checksums beyond the signature's are newer than many a store that speaks S3, and a cell carries its own.
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
	}
	if at.region != "" {
		options = append(options, config.WithRegion(at.region))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, f.wrong("", err)
	}
	if c.Region == "" && at.endpoint != "" {
		c.Region = "us-east-1" // what other stores than Amazon's take, and do not look at
	}
	if c.Region == "" {
		return nil, fmt.Errorf("%s: no region is set: expected ?region=... in the URL, or AWS_REGION", f.Place(""))
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return nil, f.noCredentials()
	}
	f.client = s3.NewFromConfig(c, func(o *s3.Options) {
		o.UsePathStyle = at.pathStyle
		if at.endpoint != "" {
			o.BaseEndpoint = &at.endpoint
		}
		o.Retryer = retry.AddWithErrorCodes(o.Retryer, conflict)
	})
	return f, nil
}

// conflict is S3's answer to one of two conditional writes at once: it asks for another try.
const conflict = "ConditionalRequestConflict"

// Place is an object as messages name it; of the name "", the folder.
func (f *Folder) Place(name string) string { return "s3://" + f.at.bucket + "/" + f.at.key(name) }

// Empty says whether nothing is there.
func (f *Folder) Empty() (bool, error) {
	marker := f.at.key("") + "/" // an object that some tools make to show an empty folder
	if f.at.prefix == "" {
		marker = ""
	}
	// A page may hold fewer keys than it could, and none, and still not be the last.
	pages := s3.NewListObjectsV2Paginator(f.client, &s3.ListObjectsV2Input{Bucket: &f.at.bucket, Prefix: &marker, MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(f.ctx)
		if err != nil {
			return false, f.wrong("", err)
		}
		for i := range page.Contents {
			if aws.ToString(page.Contents[i].Key) != marker {
				return false, nil
			}
		}
	}
	return true, nil
}

// Read returns an object; nil if there is none.
func (f *Folder) Read(name string) ([]byte, error) {
	object, err := f.client.GetObject(f.ctx, &s3.GetObjectInput{Bucket: &f.at.bucket, Key: aws.String(f.at.key(name))})
	if hasCode(err, "NoSuchKey") {
		return nil, nil
	}
	if err != nil {
		return nil, f.wrong(name, err)
	}
	text, err := io.ReadAll(object.Body)
	if err = errors.Join(err, object.Body.Close()); err != nil {
		return nil, f.wrong(name, err)
	}
	return text, nil
}

// Write puts an object, in the place of one that is there.
func (f *Folder) Write(name string, text []byte) error {
	_, err := f.client.PutObject(f.ctx, f.put(name, text))
	return f.wrong(name, err)
}

// Create puts an object where there is none, and says whether it did: of several writers, at most one is told so.
//
// Note: an answer that was lost makes the next try of the same request find the object, so a writer that is told no may have
// been the one.
func (f *Folder) Create(name string, text []byte) (bool, error) {
	in := f.put(name, text)
	in.IfNoneMatch = aws.String("*")
	_, err := f.client.PutObject(f.ctx, in)
	if hasCode(err, "PreconditionFailed") {
		return false, nil
	}
	return err == nil, f.wrong(name, err)
}

func (f *Folder) put(name string, text []byte) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &f.at.bucket, Key: aws.String(f.at.key(name)), Body: bytes.NewReader(text),
		ContentLength: aws.Int64(int64(len(text)))}
}
