package queues

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"trough.internal/models"
)

const noon models.Instant = 1_444_046_400

// said is what queues say, by address.
type said struct {
	by    map[string]map[string]string
	asked []string
}

func (s *said) GetQueueAttributes(_ context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	s.asked = append(s.asked, *in.QueueUrl)
	got, ok := s.by[*in.QueueUrl]
	if !ok {
		return nil, errors.New("down")
	}
	return &sqs.GetQueueAttributesOutput{Attributes: got}, nil
}

func depth(waiting, inFlight int) map[string]string {
	return map[string]string{"ApproximateNumberOfMessages": fmt.Sprint(waiting), "ApproximateNumberOfMessagesNotVisible": fmt.Sprint(inFlight)}
}

func fixture() (*Source, *said) {
	api := &said{by: map[string]map[string]string{"http://a": depth(10, 4), "http://b": depth(5, 3), "http://c": depth(2, 1), "http://d": depth(0, 0)}}
	s := &Source{API: func() (API, error) { return api, nil }, Now: func() time.Time { return noon.UTC() }, Queues: [][]Queue{
		{{URL: "http://a", Class: "low", MeanWork: 90 * time.Second, InFlight: "running"}, {URL: "http://b", Class: "low", MeanWork: time.Minute, InFlight: "base"},
			{URL: "http://c", Class: "high", MeanWork: time.Minute, InFlight: "nobody"}},
		{{URL: "http://d", Class: "medium", MeanWork: time.Minute, InFlight: "running"}}}}
	return s, api
}

// told is what a source says without the rule of the clock: the answers of these tests have no header. With the rule, see below.
func told(s *Source) ([]models.Workload, error) {
	s.off = "clock"
	got := []models.Workload{{BaseBusy: 7}, {BaseBusy: 7}}
	return got, s.Workload(context.Background(), noon, got)
}

func TestQueuesAreTheWorkloadByBorrowerAndClass(t *testing.T) {
	s, api := fixture()
	got, err := told(s)
	if err != nil {
		t.Fatal(err)
	}
	want := []models.Workload{{AsOf: noon, Queued: [models.Classes]int32{2, 0, 15}, Work: [models.Classes]int64{120, 0, 1200}, Running: 4,
		RunningBy: [models.Classes]int32{0, 0, 4}, BaseBusy: 3}, {AsOf: noon}}
	if !reflect.DeepEqual(got, want) || !slices.Equal(api.asked, []string{"http://a", "http://b", "http://c", "http://d"}) {
		t.Errorf("%+v, asked %q", got, api.asked)
	}
}

// TestAQueueThatSaysNoCountIsUnknownAndNotEmpty: nor is anything of the others known then.
func TestAQueueThatSaysNoCountIsUnknownAndNotEmpty(t *testing.T) {
	for what, got := range map[string]map[string]string{
		"nothing": {}, "only one": {"ApproximateNumberOfMessages": "3"}, "only the other": {"ApproximateNumberOfMessagesNotVisible": "3"},
		"an empty text": {"ApproximateNumberOfMessages": "", "ApproximateNumberOfMessagesNotVisible": "3"}, "a negative one": depth(-1, 0), "one of a part": {"ApproximateNumberOfMessages": "1.5", "ApproximateNumberOfMessagesNotVisible": "3"},
		"more than there can be": depth(slotsMost+1, 0), "more in all than there can be": depth(slotsMost-9, 0), "and in flight": depth(0, slotsMost-3), "words": {"ApproximateNumberOfMessages": "some\nthree", "ApproximateNumberOfMessagesNotVisible": "3"},
	} {
		s, api := fixture()
		api.by["http://b"] = got
		if got, err := told(s); err == nil || got[0].BaseBusy != 7 || got[1].BaseBusy != 7 || strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	s, api := fixture()
	delete(api.by, "http://d")
	if got, err := told(s); err == nil || err.Error() != "sqs: http://d: down" || got[0].BaseBusy != 7 {
		t.Errorf("the last is down: %+v, %v", got, err)
	}
}

func TestAClockThatIsNotOursMakesTheQueuesUnknown(t *testing.T) {
	s, _ := fixture()
	got := make([]models.Workload, 2)
	if err := s.Workload(context.Background(), noon, got); err == nil || !strings.Contains(err.Error(), "its ages are not trusted") {
		t.Errorf("without a time: %v", err)
	}
}

func TestAQueueHasAnAddressWithoutCredentials(t *testing.T) {
	for address, good := range map[string]bool{"https://sqs.us-east-1.amazonaws.com/111111111111/encode-low": true, "encode-low": false, "": false, "https://me:secret-secret@sqs": false,
		"https://sqs/?X-Amz-Signature=secret-secret": false} {
		if err := (&Queue{URL: address}).Check(); (err == nil) != good || err != nil && strings.Contains(err.Error(), "secret-secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// FuzzAttributes: whatever a queue says, what is taken for a depth is one.
func FuzzAttributes(f *testing.F) {
	f.Add("12", "3", int64(1200), "running")
	f.Add("0", "0", int64(1), "base")
	f.Add("-1", "1e3", int64(604800), "nobody")
	f.Fuzz(func(t *testing.T, waiting, inFlight string, work int64, where string) {
		q := Queue{Class: "low", MeanWork: time.Duration(min(max(1, work), 604800)) * time.Second, InFlight: where}
		var w models.Workload
		got := map[string]string{"ApproximateNumberOfMessages": waiting, "ApproximateNumberOfMessagesNotVisible": inFlight}
		for range 2 {
			before := w
			if err := q.add(maps.Clone(got), &w); err != nil {
				if w != before || strings.ContainsAny(err.Error(), "\n\r\x1b") {
					t.Errorf("%+v, %q", w, err)
				}
				return
			}
		}
		if w.Demand() < 0 || w.BaseBusy < 0 || w.Queued[2] > slotsMost || w.Work[2] < 0 {
			t.Errorf("%+v", w)
		}
	})
}
