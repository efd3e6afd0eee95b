package fakecloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// FaultKind is what goes wrong with a call.
type FaultKind string

// The faults. What goes wrong with a group's launches, with zones and with instances is the world's (see Table, and package sim).
const (
	Throttled   FaultKind = "throttled"   // refused as one call too many
	Unavailable FaultKind = "unavailable" // refused with status 503
	Empty       FaultKind = "empty"       // answered, with nothing in its lists
	Partial     FaultKind = "partial"     // answered, with every other thing of its lists by luck
	Stale       FaultKind = "stale"       // answered as the same question was before
	Lost        FaultKind = "lost"        // done, and the answer does not arrive
	Doubled     FaultKind = "doubled"     // done twice
	Short       FaultKind = "short"       // RunInstances: half of what was asked for, rounded up
	NoCapacity  FaultKind = "no-capacity" // RunInstances: nothing
	Skewed      FaultKind = "skewed"      // answered with another time in its header Date
	Slow        FaultKind = "slow"        // answered late
)

// Fault is one kind of fault of some calls, now and then.
type Fault struct {
	Kind      FaultKind
	Operation string  // pattern such as ec2:Describe* or *; see Calls
	Share     float64 // of these calls: the luck of one is that of its number
	From      models.Instant
	Until     models.Instant // 0 is never
	By        time.Duration  // of Slow and Skewed
}

// Hit is a fault that a call met.
type Hit struct {
	At        models.Instant
	Kind      FaultKind
	Operation string
}

// Fail makes calls go wrong from now on, by the luck of a seed.
func (s *Server) Fail(seed uint64, faults ...Fault) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.seed, s.faults = seed, faults
}

// Hits are the faults that calls have met, in order.
func (s *Server) Hits() []Hit {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.hits)
}

// poor is how much of a list an answer has.
type poor uint8

const (
	whole poor = iota
	half
	nothing
)

// bad is what goes wrong with one call.
type bad struct {
	kinds map[FaultKind]*Fault
	stale *answer
}

func (s *Server) faultsOf(c *call) *bad {
	b := &bad{kinds: map[FaultKind]*Fault{}}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for n := range s.faults {
		f := &s.faults[n]
		if met, _ := path.Match(f.Operation, c.operation); !met && f.Operation != "*" || c.now < f.From || f.Until != 0 && c.now >= f.Until {
			continue
		}
		luck := random.New(s.seed, fmt.Sprintf("fault %d %s", n, c.operation))
		if luck.Float64(uint64(c.number), 0) >= f.Share {
			continue
		}
		b.kinds[f.Kind] = f
		s.hits = append(s.hits, Hit{c.now, f.Kind, c.operation})
	}
	switch {
	case b.kinds[Empty] != nil:
		c.poor = nothing
	case b.kinds[Partial] != nil:
		c.poor = half
	}
	c.luck = random.New(s.seed, "partial "+c.operation)
	c.short, c.none = b.kinds[Short] != nil, b.kinds[NoCapacity] != nil
	if last, ok := s.last[c.key()]; ok && b.kinds[Stale] != nil {
		b.stale = &last
	}
	return b
}

// key is what makes two questions the same.
func (c *call) key() string {
	return c.operation + " " + c.region + " " + c.URL.Path + " " + canonical(c.Form)
}

// answer handles a call with what goes wrong. It panics with http.ErrAbortHandler where the answer does not arrive.
func (b *bad) answer(s *Server, c *call, handle handler, no refusal) answer {
	if f := b.kinds[Slow]; f != nil {
		select {
		case <-time.After(f.By):
		case <-c.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	switch {
	case b.kinds[Throttled] != nil:
		return no.with(no.throttling, no.throttled, "Request limit exceeded.")
	case b.kinds[Unavailable] != nil:
		return no.with(http.StatusServiceUnavailable, "ServiceUnavailable", "The service is unavailable. Please try again shortly.")
	case b.stale != nil:
		return *b.stale
	}
	a := s.handle(c, handle, no)
	if b.kinds[Doubled] != nil {
		a = s.handle(c, handle, no)
	}
	if b.kinds[Lost] != nil {
		panic(http.ErrAbortHandler)
	}
	if strings.Contains(c.operation, ":Describe") || strings.HasPrefix(c.operation, "http:") {
		s.mutex.Lock()
		s.last[c.key()] = a
		s.mutex.Unlock()
	}
	return a
}

// date is what the answer says that it is.
func (b *bad) date(now models.Instant) models.Instant {
	if f := b.kinds[Skewed]; f != nil {
		return now.Add(f.By)
	}
	return now
}

// thin is what an answer shows of a list.
func thin[T any](c *call, all []T) []T {
	switch c.poor {
	case nothing:
		return nil
	case half:
		var left []T
		for n, one := range all {
			if c.luck.Float64(uint64(c.number), uint64(n)) < 0.5 {
				left = append(left, one)
			}
		}
		return left
	}
	return all
}

// Transport is a way to the servers within a process. It takes requests to any address.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ *Server }

// errReset is what a caller sees of an answer that does not arrive.
var errReset = errors.New("connection reset by peer")

// RoundTrip answers a request. One that is slower than its caller's patience ends with it.
func (t transport) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			err = errReset
			if cause := context.Cause(r.Context()); cause != nil {
				err = cause
			}
		}
	}()
	request := r.Clone(r.Context())
	if request.Body == nil {
		request.Body = http.NoBody
	}
	defer request.Body.Close()
	request.RequestURI = request.URL.RequestURI()
	recorder := httptest.NewRecorder()
	t.ServeHTTP(recorder, request)
	response := recorder.Result()
	response.Request = r
	response.ContentLength = int64(recorder.Body.Len())
	response.Body = io.NopCloser(recorder.Body)
	return response, nil
}
