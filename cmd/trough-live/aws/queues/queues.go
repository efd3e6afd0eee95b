// Package queues is the workload from SQS: how many messages wait in a queue and how many are being worked on, by borrower and class.
//
// One message is one slot's job. What SQS says is approximate: its counts "may not achieve consistency until at least 1 minute after
// the producers stop sending messages" (API reference, GetQueueAttributes), and a queue that many servers keep may show fewer than it
// has. Delayed messages do not count before they are due. Of a FIFO queue, messages of one group are worked on one after the other,
// so that what waits is more than could run at once; policies that smooth the demand, and the rule that idle instances are released,
// are what makes up for it. The counts are said to be as of when the first queue was asked.
package queues

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
)

// Settings say which queues are whose.
type Settings struct {
	Region     string             `set:"region" required:"true" doc:"Region of the queues."`
	Connection aws.Settings       `set:"aws" doc:"How the account is called."`
	Borrowers  map[string][]Queue `set:"borrowers" required:"true" doc:"Queues by borrower."`
	SkewMax    time.Duration      `set:"skew_max" default:"1m" min:"1s" max:"24h" doc:"How far Amazon's clock may be from ours. Beyond it the answer is not known."`
}

// Queue is one queue and what its messages mean.
type Queue struct {
	URL      string        `set:"url" required:"true" doc:"The queue's address, such as https://sqs.us-east-1.amazonaws.com/111111111111/encode-low."`
	Class    string        `set:"class" required:"true" enum:"high|medium|low" doc:"Class of its jobs."`
	MeanWork time.Duration `set:"mean_work" required:"true" min:"1s" max:"7d" doc:"Work of a message on the reference type, in the mean: the queue does not tell."`
	InFlight string        `set:"in_flight" default:"running" enum:"running|base|nobody" doc:"Where messages are worked on that were received and not deleted yet: running on borrowed instances, or in the base fleet; nobody: they do not count."`
}

// Check refuses what is no address.
func (q *Queue) Check() error {
	if u, err := url.Parse(q.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return errors.New("url: expected a queue's address such as https://sqs.us-east-1.amazonaws.com/111111111111/encode-low, without credentials")
	}
	return nil
}

// Source is the workload from SQS. It is a drive.Work.
type Source struct {
	Queues  [][]Queue // by borrower
	API     func() (API, error)
	Now     func() time.Time // what Amazon's clock is compared with
	SkewMax time.Duration

	off string // a rule that is switched off; only tests do
}

// API is what is asked of SQS; *sqs.Client has it.
type API interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// New makes a source that calls Amazon, for borrowers in their order. Open opens a client, or gives one that is open already, since
// calls of one account share a budget. It is asked with the first question.
func New(s Settings, borrowers []string, open func(aws.Settings) (*aws.Client, error)) (*Source, error) {
	list, err := source.ByBorrower(s.Borrowers, borrowers)
	if err != nil {
		return nil, fmt.Errorf("borrowers: %w", err)
	}
	return &Source{Queues: list, Now: time.Now, SkewMax: s.SkewMax, API: func() (API, error) {
		client, err := open(s.Connection)
		if err != nil {
			return nil, err
		}
		return sqs.NewFromConfig(client.Config(s.Region)), nil
	}}, nil
}

var attributes = []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}

// Workload fills a column by borrower. Where one queue is not known, none is.
func (s *Source) Workload(ctx context.Context, now models.Instant, into []models.Workload) error {
	api, err := s.API()
	if err != nil {
		return fmt.Errorf("sqs: %w", err)
	}
	read := make([]models.Workload, len(s.Queues))
	for b, list := range s.Queues {
		read[b].AsOf = now
		for _, q := range list {
			got, err := s.ask(ctx, api, q.URL)
			if err == nil {
				err = q.add(got, &read[b])
			}
			if err != nil {
				return fmt.Errorf("sqs: %s: %w", q.URL, err)
			}
		}
	}
	copy(into, read)
	return nil
}

func (s *Source) ask(ctx context.Context, api API, address string) (map[string]string, error) {
	sent := s.Now()
	out, err := api.GetQueueAttributes(aws.For(ctx, aws.ToRead), &sqs.GetQueueAttributesInput{QueueUrl: &address, AttributeNames: slices.Clone(attributes)})
	if err != nil {
		return nil, aws.Wrong(err)
	}
	date := ""
	if at, ok := middleware.GetServerTime(out.ResultMetadata); ok {
		date = at.UTC().Format(http.TimeFormat)
	}
	if s.off == "clock" {
		return out.Attributes, nil
	}
	return out.Attributes, source.CheckClock(date, sent, s.Now(), s.SkewMax)
}

// slotsMost keeps sums of slots within 32 bits.
const slotsMost = 100_000_000

// add adds what a queue's attributes say. What is missing or no count makes the queue unknown.
func (q *Queue) add(got map[string]string, w *models.Workload) error {
	waiting, err := count(got, types.QueueAttributeNameApproximateNumberOfMessages)
	if err != nil {
		return err
	}
	inFlight, err := count(got, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
	if err != nil {
		return err
	}
	class := slices.Index(models.ClassNames(), q.Class)
	if class < 0 {
		return fmt.Errorf("class is %q: expected one of %q", q.Class, models.ClassNames())
	}
	if int64(w.Queued[class])+waiting > slotsMost || int64(w.Running)+int64(w.BaseBusy)+inFlight > slotsMost {
		return fmt.Errorf("there are %d messages, and %d in flight: expected %d at most", waiting, inFlight, slotsMost)
	}
	w.Queued[class] += int32(waiting)
	w.Work[class] += waiting * int64(math.Ceil(q.MeanWork.Seconds()))
	switch q.InFlight {
	case "running":
		w.RunningBy[class] += int32(inFlight)
		w.Running += int32(inFlight)
	case "base":
		w.BaseBusy += int32(inFlight)
	}
	return nil
}

func count(got map[string]string, name types.QueueAttributeName) (int64, error) {
	text, ok := got[string(name)]
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || n < 0 || n > slotsMost {
		return 0, fmt.Errorf("%s is %q: expected 0 to %d", name, source.Shortened(text), slotsMost)
	}
	return n, nil
}
