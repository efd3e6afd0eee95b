// Package aws is the driver's way to Amazon: the only one that compiles the SDK's ec2 and autoscaling.
//
// # Calls are a shared good
//
// What an account may call in a region is divided among all who call there, and production needs it more than a borrower does.
// So every call, each try of it, takes a token of a Budget; what returns instances goes before what is read, and that before what
// launches (see For). Calls are counted by operation. A region that answers nothing but errors of its own is left alone but for a
// call now and then (see breaker).
//
// # Errors
//
// What follows from an error depends on its Class, which ClassOf tells by its code: only a lack of capacity is a reason to leave a
// pool alone for a while, and a call too many is a reason to call less, and none to believe that capacity is lacking.
//
// # Rights
//
// The fleet needs, in the borrower's account: ec2:DescribeInstances, ec2:CreateTags, ec2:DeleteTags, ec2:TerminateInstances,
// autoscaling:DescribeAutoScalingGroups, autoscaling:DescribeScalingActivities, autoscaling:SetDesiredCapacity and
// autoscaling:TerminateInstanceInAutoScalingGroup; for pools that EC2 launches also ec2:RunInstances, with what its launch template
// needs. Those that change something are best granted only for what has the tag trough:driver.
package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go/logging"

	"trough.internal/models/settings"
)

// Settings are an account's: where it is called, as whom, and how often.
type Settings struct {
	Profile         string         `set:"profile" doc:"Profile of the shared configuration files, for credentials and roles; not given: the environment's, or the machine's role."`
	Endpoint        string         `set:"endpoint" doc:"Address that is called in the place of Amazon's; not given: AWS_ENDPOINT_URL, or Amazon's."`
	CallsPerMinute  int32          `set:"calls_per_minute" default:"600" min:"1" max:"1000000" doc:"What the account may call in a region, production included."`
	ProductionShare settings.Share `set:"production_share" default:"50%" min:"0%" max:"99%" doc:"Part of it that is left for production."`
	Attempts        int32          `set:"attempts" default:"3" min:"1" max:"10" doc:"How often a call that fails for a while is tried, with pauses that grow."`
	Timeout         time.Duration  `set:"timeout" default:"30s" min:"1ms" max:"10m" doc:"After how long one try is given up."`

	Transport http.RoundTripper `set:"-"` // in the place of connections, for tests; nil: connections
	Clock     Clock             `set:"-"` // by which calls to a region that does not answer are left out, for tests of days; nil: the machine's
}

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Check refuses what is no address.
func (s *Settings) Check() error {
	if s.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("endpoint: expected an address such as https://ec2.example:8443, without credentials")
	}
	return nil
}

// Client calls one account, in any of its regions. Its methods may be called from several goroutines.
type Client struct {
	set    Settings
	common aws.Config // without a region

	mu      sync.Mutex
	regions map[string]*region
}

// region is what is kept of one region.
type region struct {
	config  aws.Config
	ec2     *ec2.Client
	scaling *autoscaling.Client
	budget  *Budget
	breaker breaker
	counts  counts
}

// connectTimeout is how long a connection may take; the time of all of a try is a setting.
const connectTimeout = 10 * time.Second

// Open finds credentials where Amazon's tools do. It calls nobody.
func Open(ctx context.Context, s Settings) (*Client, error) {
	client := awshttp.NewBuildableClient().WithTimeout(s.Timeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 })
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(client),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = int(s.Attempts) })
		}),
	}
	if s.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(s.Profile))
	}
	common, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("aws: %w", Wrong(err))
	}
	if _, err := common.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errors.New("aws: no credentials that hold: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of a machine or a container")
	}
	if s.Transport != nil {
		common.HTTPClient = &http.Client{Transport: s.Transport, Timeout: s.Timeout}
	}
	common.HTTPClient = whole{common.HTTPClient}
	if s.Endpoint != "" {
		common.BaseEndpoint = &s.Endpoint
	}
	return &Client{set: s, common: common, regions: map[string]*region{}}, nil
}

// whole sends a copy of a request's body. The SDK closes its own as soon as the answer begins; where that is quicker than the
// connection finds the body's end, the connection is closed, and the rest of the answer is lost.
type whole struct{ aws.HTTPClient }

func (w whole) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return w.HTTPClient.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	sent := r.WithContext(r.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return w.HTTPClient.Do(sent)
}

// EC2 calls EC2 in a region.
func (c *Client) EC2(region string) *ec2.Client { return c.in(region).ec2 }

// AutoScaling calls EC2 Auto Scaling in a region.
func (c *Client) AutoScaling(region string) *autoscaling.Client { return c.in(region).scaling }

// Config is for other services in a region: their calls count, too.
func (c *Client) Config(region string) aws.Config { return c.in(region).config }

// Budget is what may be called in a region.
func (c *Client) Budget(region string) *Budget { return c.in(region).budget }

func (c *Client) in(name string) *region {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.regions[name]; r != nil {
		return r
	}
	r := &region{config: c.common.Copy(), budget: NewBudget(c.set.PerSecond()), breaker: breaker{region: name, clock: c.set.Clock}, counts: counts{byOperation: map[string]Count{}}}
	r.config.Region = name
	r.config.APIOptions = append(slices.Clone(r.config.APIOptions), r.meter)
	r.ec2, r.scaling = ec2.NewFromConfig(r.config), autoscaling.NewFromConfig(r.config)
	c.regions[name] = r
	return r
}

// PerSecond is how many calls a second are the driver's.
func (s *Settings) PerSecond() float64 {
	return float64(s.CallsPerMinute) / 60 * (1 - float64(s.ProductionShare))
}

// OnlyThrottled is for calls of which a second try could do harm, such as to end an instance and lower its group's size: it is
// tried again where the answer was that there are too many calls, and never where the answer was lost.
func (c *Client) OnlyThrottled() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = int(c.set.Attempts)
		o.Retryables = []retry.IsErrorRetryable{retry.NoRetryCanceledError{}, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			return aws.BoolTernary(ClassOf(err) == Throttle)
		})}
	})
}
