// Package object keeps the lease of several drivers as an object of S3, which is replaced only by who has read what it replaces.
package object

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	ours "trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/lease"
)

// Object is a lease.Store. Its versions are the object's ETags, which differ where the content does.
type Object struct {
	client *s3.Client
	at     lease.Object
}

// callsPerMinute is beyond what renewals need: S3's limit is per key and so high that none needs to be saved for others.
const callsPerMinute = 1000

// Open finds credentials where Amazon's tools do. It calls nobody.
func Open(ctx context.Context, at lease.Object, set lease.Settings) (*Object, error) {
	client, err := ours.Open(ctx, ours.Settings{Profile: at.Profile, Endpoint: at.Endpoint, CallsPerMinute: callsPerMinute, Attempts: 1, Timeout: set.Every})
	if err != nil {
		return nil, err
	}
	return &Object{at: at, client: s3.NewFromConfig(client.Config(at.Region), func(o *s3.Options) {
		o.UsePathStyle = at.Endpoint != ""
		// Checksums beyond the signature's are newer than many a store that speaks S3.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})}, nil
}

// sizeMax is far more than a lease needs.
const sizeMax = 1 << 16

// Read returns the object and its ETag.
func (o *Object) Read(ctx context.Context) ([]byte, string, error) {
	got, err := o.client.GetObject(ours.For(ctx, ours.ToHold), &s3.GetObjectInput{Bucket: &o.at.Bucket, Key: &o.at.Key})
	if ours.CodeOf(err) == "NoSuchKey" {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", ours.Wrong(err)
	}
	content, err := io.ReadAll(io.LimitReader(got.Body, sizeMax))
	if err = errors.Join(err, got.Body.Close()); err != nil {
		return nil, "", ours.Wrong(err)
	}
	if aws.ToString(got.ETag) == "" {
		return nil, "", errors.New("the store gives no ETag: expected one that knows conditional writes")
	}
	return content, *got.ETag, nil
}

// Write replaces the object if its ETag is still the same.
func (o *Object) Write(ctx context.Context, content []byte, version string) error {
	in := &s3.PutObjectInput{Bucket: &o.at.Bucket, Key: &o.at.Key, Body: bytes.NewReader(content), ContentLength: aws.Int64(int64(len(content)))}
	if version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &version
	}
	_, err := o.client.PutObject(ours.For(ctx, ours.ToHold), in)
	switch ours.CodeOf(err) {
	case "PreconditionFailed", "ConditionalRequestConflict":
		return lease.ErrChanged
	}
	return ours.Wrong(err)
}
