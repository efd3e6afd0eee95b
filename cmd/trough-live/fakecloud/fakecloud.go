// Package fakecloud is the cloud that tests drive: servers that speak as EC2, EC2 Auto Scaling, SQS, Spinnaker's clouddriver and an
// encoding system do, over accounts that a world moves: Table by a clock that its test sets, Backtest by the simulator.
//
// # What it speaks
//
// One address for all of it. A form with Action and Version 2016-11-15 is EC2, with 2011-01-01 Auto Scaling; a JSON document with
// the header X-Amz-Target is SQS; /reports/reservation is clouddriver's and /workload the encoding system's. Signatures are not
// verified, but whose key and which region a request was signed for says which account and region it sees. Element names, error codes and
// statuses are those of Amazon's API references; what a caller asks for that is not here is refused, never ignored.
//
// # What it is not
//
// It answers from one table, so that what a call did is seen by the next one, where Amazon's answers are consistent only in the end.
// Faults (see Fault) stand in for that and for what else goes wrong.
package fakecloud

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// World is what moves accounts: it says what time it is, what becomes of launches, and what others than the cloud itself report. The
// server holds its lock during a request, and whoever moves it does so meanwhile.
type World interface {
	sync.Locker
	Now() models.Instant
	// Accounts are those that keys can be of. What calls change is changed in them; the world reads it there.
	Accounts() []*Account
	// Room is how many of n instances of a pool can be launched now by RunInstances. Launches of groups are the world's own.
	Room(zone, instanceType string, n int) int
	// Usage is what clouddriver's latest report says; false where it has none yet.
	Usage() (Usage, bool)
	// Workload is the encoding system's document.
	Workload() Workload
}

// Server is all the servers of one world.
type Server struct {
	world World

	mutex  sync.Mutex
	faults []Fault
	seed   uint64
	hits   []Hit
	calls  map[string]int    // by operation, those that failed included
	last   map[string]answer // by question: see Stale
}

// New makes the servers of a world.
func New(w World) *Server {
	return &Server{world: w, calls: map[string]int{}, last: map[string]answer{}}
}

// Calls is how often every operation was called, such as ec2:DescribeInstances; clouddriver's and the encoding system's documents
// count as http:reservations and http:workload.
func (s *Server) Calls() map[string]int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	calls := make(map[string]int, len(s.calls))
	for operation, n := range s.calls {
		calls[operation] = n
	}
	return calls
}

// call is one request on its way.
type call struct {
	*http.Request
	operation string // as Calls has it
	number    int    // of this operation, from 1 on
	account   *Account
	region    string
	now       models.Instant

	// What goes wrong with it.
	poor        poor
	luck        random.Stream
	short, none bool
}

// answer is what a server says.
type answer struct {
	status int
	mime   string
	body   []byte
}

// handler answers one operation, the world's lock being held.
type handler func(s *Server, c *call) answer

// bodyMost is the longest request that is read.
const bodyMost = 1 << 20

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	c := &call{Request: r}
	handle, refuse := c.route()
	s.mutex.Lock()
	s.calls[c.operation]++
	c.number = s.calls[c.operation]
	s.mutex.Unlock()
	s.world.Lock()
	c.now = s.world.Now()
	s.world.Unlock()
	bad := s.faultsOf(c)
	a := bad.answer(s, c, handle, refuse)
	w.Header().Set("Content-Type", a.mime)
	w.Header().Set("Date", bad.date(c.now).UTC().Format(http.TimeFormat))
	w.WriteHeader(a.status)
	w.Write(a.body)
}

func (s *Server) handle(c *call, handle handler, refuse refusal) answer {
	s.world.Lock()
	defer s.world.Unlock()
	if refuse.needsAccount {
		if c.account = s.signer(c.Request); c.account == nil {
			return refuse.with(http.StatusUnauthorized, refuse.auth, "AWS was not able to validate the provided access credentials")
		}
	}
	if handle == nil {
		return refuse.with(http.StatusBadRequest, "InvalidAction", fmt.Sprintf("The action %s is not valid for this web service.", c.operation))
	}
	return handle(s, c)
}

// route says who answers a request, and how that refuses one.
func (c *call) route() (handler, refusal) {
	if target := c.Header.Get("X-Amz-Target"); target != "" {
		name := strings.TrimPrefix(target, "AmazonSQS.")
		c.operation, c.region = "sqs:"+name, c.credential(3)
		return sqsActions[name], sqsRefusal
	}
	if c.Method == http.MethodGet {
		switch path := c.URL.Path; {
		case path == "/workload":
			c.operation = "http:workload"
			return (*Server).workload, plainRefusal
		case path == "/reports/reservation" || strings.HasPrefix(path, "/reports/reservation/"):
			c.operation = "http:reservations"
			return (*Server).reservations, plainRefusal
		}
	}
	if err := c.ParseForm(); err != nil {
		c.operation = "http:unknown"
		return nil, plainRefusal
	}
	name := c.Form.Get("Action")
	c.region = c.credential(3)
	switch c.Form.Get("Version") {
	case ec2Version:
		c.operation = "ec2:" + name
		return ec2Actions[name], ec2Refusal
	case scalingVersion:
		c.operation = "autoscaling:" + name
		return scalingActions[name], scalingRefusal
	}
	c.operation = "http:unknown"
	return nil, plainRefusal
}

var credentialOf = regexp.MustCompile(`Credential=([^,/\s]+)/([0-9]+)/([^,/\s]+)/([^,/\s]+)/aws4_request`)

// credential is a part of what a request was signed with: 1 is the key's id, 3 the region, 4 the service.
func (c *call) credential(part int) string {
	if found := credentialOf.FindStringSubmatch(c.Header.Get("Authorization")); found != nil {
		return found[part]
	}
	return ""
}

// signer is the account of a request's key; nil where there is none.
func (s *Server) signer(r *http.Request) *Account {
	found := credentialOf.FindStringSubmatch(r.Header.Get("Authorization"))
	if found == nil {
		return nil
	}
	for _, a := range s.world.Accounts() {
		if a.Key == found[1] {
			return a
		}
	}
	return nil
}

// awsTime is a time as Amazon's XML has it.
func awsTime(t models.Instant) string { return t.UTC().Format(time.RFC3339) }
