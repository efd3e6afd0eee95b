package queues

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/models"
)

// fauxqs is an SQS server that nobody here wrote, on a port of its own.
func fauxqs(t *testing.T) (address string) {
	t.Helper()
	folder := os.Getenv("FAUXQS")
	if folder == "" {
		folder = "testdata/fauxqs"
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(folder, "node_modules/fauxqs")); err != nil || missing != nil {
		t.Skip("SKIPPED: the SQS source was not tested on an independent server: there is no node, or no fauxqs: .ci/fauxqs installs it, or name a folder with FAUXQS=folder")
	}
	script, err := os.ReadFile("testdata/fauxqs/server.mjs")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(node, "--input-type=module", "-e", string(script))
	command.Dir, command.Stderr = folder, os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("fauxqs says %q: %v", line, err)
	}
	return strings.TrimSpace(line)
}

// TestAnIndependentServersQueuesAreUnderstood: an ordinary queue and a FIFO one, with messages that wait, are in flight, and are gone.
func TestAnIndependentServersQueuesAreUnderstood(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	address := fauxqs(t)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "never-shown", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none", "AWS_PROFILE": ""} {
		t.Setenv(name, value)
	}
	ctx := context.Background()
	set := Settings{Region: "us-east-1", SkewMax: time.Minute, Connection: aws.Settings{Endpoint: address, CallsPerMinute: 60_000, Attempts: 1, Timeout: 10 * time.Second}}
	client, err := aws.Open(ctx, set.Connection)
	if err != nil {
		t.Fatal(err)
	}
	api := sqs.NewFromConfig(client.Config(set.Region))
	create := func(name string, attributes map[string]string) string {
		made, err := api.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return *made.QueueUrl
	}
	low, fifo := create("encode-low", nil), create("encode-high.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
	set.Borrowers = map[string][]Queue{"encoding": {{URL: low, Class: "low", MeanWork: time.Minute, InFlight: "running"}, {URL: fifo, Class: "high", MeanWork: time.Second, InFlight: "base"}}}
	source, err := New(set, []string{"encoding"}, func(aws.Settings) (*aws.Client, error) { return client, nil })
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, want models.Workload) {
		t.Helper()
		now := models.InstantOf(time.Now())
		got := make([]models.Workload, 1)
		want.AsOf = now
		if err := source.Workload(ctx, now, got); err != nil || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: %+v, want %+v, %v", what, got[0], want, err)
		}
	}
	expect("nothing was sent", models.Workload{})
	for n := range 5 {
		for _, queue := range []string{low, fifo} {
			in := &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: awssdk.String(fmt.Sprint("chunk ", n))}
			if queue == fifo {
				in.MessageGroupId = awssdk.String(fmt.Sprint("title ", n))
			}
			if _, err := api.SendMessage(ctx, in); err != nil {
				t.Fatal(err)
			}
		}
	}
	expect("five wait in each", models.Workload{Queued: [models.Classes]int32{5, 0, 5}, Work: [models.Classes]int64{5, 0, 300}})
	for _, queue := range []string{low, fifo} {
		received, err := api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 3})
		if err != nil || len(received.Messages) != 3 {
			t.Fatalf("%d were received, %v", len(received.Messages), err)
		}
		if _, err := api.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: received.Messages[0].ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	expect("two are in flight in each, and one is done", models.Workload{Queued: [models.Classes]int32{2, 0, 2}, Work: [models.Classes]int64{2, 0, 120},
		Running: 2, RunningBy: [models.Classes]int32{0, 0, 2}, BaseBusy: 2})
	if _, err := api.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &fifo}); err != nil {
		t.Fatal(err)
	}
	got := make([]models.Workload, 1)
	if err := source.Workload(ctx, models.InstantOf(time.Now()), got); err == nil || aws.ClassOf(err) != aws.Validation || strings.Contains(err.Error(), "never-shown") {
		t.Errorf("a queue that is gone: %+v, %v", got, err)
	}
}
