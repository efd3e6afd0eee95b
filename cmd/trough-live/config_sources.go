package main

import (
	"errors"
	"time"

	"trough.internal/cmd/trough-live/aws/owners"
	"trough.internal/cmd/trough-live/aws/queues"
	"trough.internal/cmd/trough-live/source"
)

// Telemetry is where reports come from: one source, a chain of them, or a recorded trace.
type Telemetry struct {
	Spinnaker *Spinnaker        `set:"spinnaker" doc:"Clouddriver's reservation report."`
	EC2       *owners.Settings  `set:"ec2" doc:"EC2 itself: zonal reserved instances and capacity reservations less the owners' instances."`
	Chain     []TelemetrySource `set:"chain" doc:"In the place of one source several: each pool comes from the first that is good."`
	AgeMax    time.Duration     `set:"age_max" default:"3m" min:"1s" max:"24h" doc:"Of a chain: a report that is older gives way to the next source's."`
	Apart     source.Apart      `set:"disagreement" doc:"Of a chain: how far apart two good sources may be before it is told that they disagree."`
	Replay    *ReplayCapacity   `set:"replay" doc:"A recorded capacity trace, for drills. The clock is the trace's."`
}

// TelemetrySource is one of a chain.
type TelemetrySource struct {
	Spinnaker *Spinnaker       `set:"spinnaker" doc:"Clouddriver's reservation report."`
	EC2       *owners.Settings `set:"ec2" doc:"EC2 itself."`
}

// Check wants one way.
func (t *Telemetry) Check() error {
	if given(t.Spinnaker != nil, t.EC2 != nil, len(t.Chain) > 0, t.Replay != nil) != 1 {
		return errors.New("expected one of spinnaker, ec2, chain and replay")
	}
	return nil
}

// Check wants one source.
func (t *TelemetrySource) Check() error {
	if given(t.Spinnaker != nil, t.EC2 != nil) != 1 {
		return errors.New("expected one of spinnaker and ec2")
	}
	return nil
}

func given(sections ...bool) (n int) {
	for _, there := range sections {
		if there {
			n++
		}
	}
	return n
}

// Spinnaker is clouddriver's address and what is asked of it.
type Spinnaker struct {
	URL        string            `set:"url" required:"true" doc:"Address of clouddriver, such as http://clouddriver:7002."`
	Connection source.Connection `set:"connection" doc:"How it is asked."`
	Report     string            `set:"report" default:"v2" enum:"v1|v2|v2_5" doc:"Which report; v1 is that of 2015."`
	OS         string            `set:"os" default:"LINUX" enum:"LINUX|WINDOWS|RHEL|WINDOWS_SQL_SERVER" doc:"Operating system of the reservations."`
	Account    string            `set:"account" required:"true" doc:"Account in which borrowed instances run: its use is not the owners'."`
	Accounts   []string          `set:"accounts" doc:"Other accounts without which a report is not complete."`
}

// Check refuses what is no address.
func (s *Spinnaker) Check() error { return source.CheckAddress(s.URL) }

// ReplayCapacity is a recorded capacity trace.
type ReplayCapacity struct {
	File  string        `set:"file" required:"true" doc:"Capacity trace."`
	Every time.Duration `set:"every" default:"1m" min:"1s" max:"1d" doc:"Time between reports."`
	Lag   time.Duration `set:"lag" default:"1m" min:"0s" max:"1d" doc:"Time until a report is seen."`
	Speed float64       `set:"speed" default:"60" min:"0" max:"1000000" doc:"How much faster than time the clock goes; 0 waits for nothing."`
}

// Workload is where the queues' depths come from: one source, a chain of them, or a recorded trace.
type Workload struct {
	HTTP       *WorkloadHTTP       `set:"http" doc:"An endpoint of the encoding system."`
	Prometheus *WorkloadPrometheus `set:"prometheus" doc:"Queries of a Prometheus server."`
	SQS        *queues.Settings    `set:"sqs" doc:"Depths of SQS queues."`
	Chain      []WorkloadSource    `set:"chain" doc:"In the place of one source several: the first that is good counts."`
	AgeMax     time.Duration       `set:"age_max" default:"3m" min:"1s" max:"24h" doc:"Of a chain: an answer that is older gives way to the next source's."`
	Apart      source.Apart        `set:"disagreement" doc:"Of a chain: how far apart the demands of two good sources may be before it is told that they disagree."`
	Replay     *ReplayJobs         `set:"replay" doc:"A recorded jobs trace, for drills: a job counts from its arrival for as long as its work takes on the reference type."`
}

// WorkloadSource is one of a chain.
type WorkloadSource struct {
	HTTP       *WorkloadHTTP       `set:"http" doc:"An endpoint of the encoding system."`
	Prometheus *WorkloadPrometheus `set:"prometheus" doc:"Queries of a Prometheus server."`
	SQS        *queues.Settings    `set:"sqs" doc:"Depths of SQS queues."`
}

// Check wants one way.
func (w *Workload) Check() error {
	if given(w.HTTP != nil, w.Prometheus != nil, w.SQS != nil, len(w.Chain) > 0, w.Replay != nil) != 1 {
		return errors.New("expected one of http, prometheus, sqs, chain and replay")
	}
	return nil
}

// Check wants one source.
func (w *WorkloadSource) Check() error {
	if given(w.HTTP != nil, w.Prometheus != nil, w.SQS != nil) != 1 {
		return errors.New("expected one of http, prometheus and sqs")
	}
	return nil
}

// WorkloadHTTP is the encoding system's address.
type WorkloadHTTP struct {
	URL        string            `set:"url" required:"true" doc:"Address of the document."`
	Connection source.Connection `set:"connection" doc:"How it is asked."`
}

// Check refuses what is no address.
func (w *WorkloadHTTP) Check() error { return source.CheckAddress(w.URL) }

// WorkloadPrometheus is a Prometheus server's address and what it is asked.
type WorkloadPrometheus struct {
	URL        string                              `set:"url" required:"true" doc:"Address of the server, such as http://prometheus:9090."`
	Connection source.Connection                   `set:"connection" doc:"How it is asked."`
	Borrowers  map[string]source.PrometheusFigures `set:"borrowers" required:"true" doc:"Queries by borrower."`
}

// Check refuses what is no address.
func (w *WorkloadPrometheus) Check() error { return source.CheckAddress(w.URL) }

// ReplayJobs is a recorded jobs trace.
type ReplayJobs struct {
	File string `set:"file" required:"true" doc:"Jobs trace."`
}
