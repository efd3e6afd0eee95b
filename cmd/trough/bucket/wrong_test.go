package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func marker(bucket, key string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &bucket, Key: &key}
}

// answer is an error as S3 writes one.
func answer(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>a message\nof two lines</Message><AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId></Error>", code)
}

func TestAStoreSaysInOneLineWhatIsTheMatter(t *testing.T) {
	environment(t)
	for _, test := range []struct {
		status     int
		code, want string
	}{
		{403, "AccessDenied", "s3://there/p/x: denied (AccessDenied): expected a right to s3:ListBucket, s3:GetObject and s3:PutObject"},
		{403, "AllAccessDisabled", "s3://there/p/x: denied (AllAccessDisabled): expected a right to "},
		{403, "InvalidAccessKeyId", "s3://there/p/x: the store does not take the credentials (InvalidAccessKeyId): expected "},
		{403, "SignatureDoesNotMatch", "s3://there/p/x: the store does not take the credentials (SignatureDoesNotMatch): "},
		{404, "NoSuchBucket", "s3://there/p/x: there is no bucket there: expected one that exists"},
		{301, "PermanentRedirect", "s3://there/p/x: bucket there lies elsewhere (PermanentRedirect): expected ?region= with its region in the URL"},
		{400, "EntityTooLarge", "s3://there/p/x: EntityTooLarge: a message of two lines"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, test.status, test.code) }))
		f := open(t, at(server, "there/p"))
		_, read := f.Read("x")
		made, create := f.Create("x", nil)
		for _, err := range []error{read, f.Write("x", []byte("text")), create} {
			oneLine(t, err, test.want)
		}
		_, err := f.Empty()
		oneLine(t, err, strings.ReplaceAll(test.want, "p/x", "p"))
		if made {
			t.Errorf("%s: created", test.code)
		}
		server.Close()
		if test.code == "EntityTooLarge" {
			oneLine(t, f.Write("x", nil), "s3://there/p/x: dial tcp 127.0.0.1:")
		}
	}
}

// oneLine checks a message, and that it holds no credentials.
func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsAny(err.Error(), "\n") ||
		strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "AKIA") {
		t.Errorf("got %v, expected %s", err, want)
	}
}

func TestAMissingBucketIsNamed(t *testing.T) {
	server, _ := fake(t, nil)
	f := open(t, at(server, "not-there/p"))
	_, empty := f.Empty()
	_, read := f.Read("x")
	for _, err := range []error{empty, read, f.Write("x", nil)} {
		oneLine(t, err, "s3://not-there/p")
		if !strings.Contains(err.Error(), "there is no bucket not-there") {
			t.Error(err)
		}
	}
}

func TestWhatIsMissingIsSaidBeforeTheFirstRequest(t *testing.T) {
	environment(t)
	ctx := context.Background()
	_, err := Open(ctx, "s3://there/p")
	oneLine(t, err, "s3://there/p: no region is set: expected ?region=... in the URL, or AWS_REGION")
	t.Setenv("AWS_REGION", "eu-west-1")
	f := open(t, "s3://there/p")
	if f.client.Options().Region != "eu-west-1" || open(t, "s3://there/p?region=sa-east-1").client.Options().Region != "sa-east-1" {
		t.Error("the URL's region does not come before the environment's")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	_, err = Open(ctx, "s3://there/p")
	oneLine(t, err, "s3://there/p: no credentials that hold: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ")
	t.Setenv("AWS_PROFILE", "other")
	_, err = Open(ctx, "s3://there/p")
	oneLine(t, err, "s3://there/p: failed to get shared config profile, other")
}

func TestAnEndedCommandEndsItsRequests(t *testing.T) {
	environment(t)
	ctx, stop := context.WithCancel(context.Background())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop() // while the request waits for its answer, which never comes
		<-r.Context().Done()
	}))
	defer server.Close()
	f, err := Open(ctx, at(server, "there/p"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read("x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
