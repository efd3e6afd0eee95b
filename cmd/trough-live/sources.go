package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/traces"
)

// Telemetry is where reports come from: one source, a chain of them, or a recorded trace.
type Telemetry struct {
	Spinnaker *Spinnaker        `set:"spinnaker" doc:"Clouddriver's reservation report."`
	Chain     []TelemetrySource `set:"chain" doc:"In the place of one source several: each pool comes from the first that is good."`
	AgeMax    time.Duration     `set:"age_max" default:"3m" min:"1s" max:"24h" doc:"Of a chain: a report that is older gives way to the next source's."`
	Apart     source.Apart      `set:"disagreement" doc:"Of a chain: how far apart two good sources may be before it is told that they disagree."`
	Replay    *ReplayCapacity   `set:"replay" doc:"A recorded capacity trace, for drills. The clock is the trace's."`
}

// TelemetrySource is one of a chain.
type TelemetrySource struct {
	Spinnaker *Spinnaker `set:"spinnaker" doc:"Clouddriver's reservation report."`
}

// Check wants one way.
func (t *Telemetry) Check() error {
	if given(t.Spinnaker != nil, len(t.Chain) > 0, t.Replay != nil) != 1 {
		return errors.New("expected one of spinnaker, chain and replay")
	}
	return nil
}

// Check wants one source.
func (t *TelemetrySource) Check() error {
	if given(t.Spinnaker != nil) != 1 {
		return errors.New("expected spinnaker")
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
	Chain      []WorkloadSource    `set:"chain" doc:"In the place of one source several: the first that is good counts."`
	AgeMax     time.Duration       `set:"age_max" default:"3m" min:"1s" max:"24h" doc:"Of a chain: an answer that is older gives way to the next source's."`
	Apart      source.Apart        `set:"disagreement" doc:"Of a chain: how far apart the demands of two good sources may be before it is told that they disagree."`
	Replay     *ReplayJobs         `set:"replay" doc:"A recorded jobs trace, for drills: a job counts from its arrival for as long as its work takes on the reference type."`
}

// WorkloadSource is one of a chain.
type WorkloadSource struct {
	HTTP       *WorkloadHTTP       `set:"http" doc:"An endpoint of the encoding system."`
	Prometheus *WorkloadPrometheus `set:"prometheus" doc:"Queries of a Prometheus server."`
}

// Check wants one way.
func (w *Workload) Check() error {
	if given(w.HTTP != nil, w.Prometheus != nil, len(w.Chain) > 0, w.Replay != nil) != 1 {
		return errors.New("expected one of http, prometheus, chain and replay")
	}
	return nil
}

// Check wants one source.
func (w *WorkloadSource) Check() error {
	if given(w.HTTP != nil, w.Prometheus != nil) != 1 {
		return errors.New("expected one of http and prometheus")
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

// telemetry opens what reports come from.
func (l *live) telemetry(t *Telemetry) (err error) {
	switch {
	case t.Replay != nil:
		return l.replayCapacity(t.Replay)
	case t.Spinnaker != nil:
		l.setup.Telemetry, err = l.spinnaker(t.Spinnaker)
		return err
	}
	chain := &source.Chain{Pools: l.setup.Pools, AgeMax: min(t.AgeMax, l.config.Safety.TelemetryAgeMax), Patience: l.chainPatience(), Apart: t.Apart}
	for i := range t.Chain {
		one := &t.Chain[i]
		var from drive.Telemetry
		switch {
		case one.Spinnaker != nil:
			from, err = l.spinnaker(one.Spinnaker)
		}
		if err != nil {
			return fmt.Errorf("telemetry.chain[%d]: %w", i, err)
		}
		chain.Sources = append(chain.Sources, source.NamedTelemetry{Name: one.name(i), From: from})
	}
	l.setup.Telemetry = chain
	return nil
}

// chainPatience leaves a chain the time to say what it has when one of its sources does not answer.
func (l *live) chainPatience() time.Duration { return l.setup.Patience / 2 }

// name is by kind and place, since a chain may have two of a kind.
func (t *TelemetrySource) name(i int) string {
	switch {
	case t.Spinnaker != nil:
		return fmt.Sprintf("spinnaker[%d]", i)
	}
	return ""
}

func (l *live) spinnaker(s *Spinnaker) (drive.Telemetry, error) {
	client, err := s.Connection.Client(l.config.path)
	if err != nil {
		return nil, fmt.Errorf("spinnaker: %w", err)
	}
	return &source.Spinnaker{Get: client.Getter(s.URL + source.Path(s.Report)),
		Asked: source.Asked{Pools: l.setup.Pools, OS: s.OS, Borrower: s.Account, Accounts: append(slices.Clone(s.Accounts), s.Account)}}, nil
}

func (l *live) replayCapacity(r *ReplayCapacity) error {
	trace, err := traces.OpenCapacity(l.config.path(r.File))
	if err != nil {
		return err
	}
	from, until := trace.Span()
	l.setup.Telemetry, err = source.NewReplay(trace, trace.Pools(), until, l.setup.Pools, from, r.Every, r.Lag)
	if err != nil {
		trace.Close()
		return fmt.Errorf("%s: %w", l.config.path(r.File), err)
	}
	l.close = func() { trace.Close() }
	l.until, l.clock = until, newDrillClock(from, r.Speed)
	return nil
}

// workload opens what says what there is to do.
func (l *live) workload(w *Workload) (err error) {
	if w.Replay != nil {
		return l.replayJobs(w.Replay)
	}
	if len(w.Chain) == 0 {
		l.setup.Work, _, err = l.work(&WorkloadSource{HTTP: w.HTTP, Prometheus: w.Prometheus})
		return err
	}
	chain := &source.WorkChain{Borrowers: l.setup.Borrowers, AgeMax: min(w.AgeMax, l.config.Safety.WorkAgeMax), Patience: l.chainPatience(),
		Agree: int(l.config.Safety.AgreeingReads), Apart: w.Apart}
	for i := range w.Chain {
		from, kind, err := l.work(&w.Chain[i])
		if err != nil {
			return fmt.Errorf("workload.chain[%d]: %w", i, err)
		}
		chain.Sources = append(chain.Sources, source.NamedWork{Name: fmt.Sprintf("%s[%d]", kind, i), From: from})
	}
	l.setup.Work = chain
	return nil
}

// work opens one source and says of which kind it is.
func (l *live) work(w *WorkloadSource) (drive.Work, string, error) {
	if h := w.HTTP; h != nil {
		client, err := h.Connection.Client(l.config.path)
		if err != nil {
			return nil, "", fmt.Errorf("http: %w", err)
		}
		return &source.Workload{Get: client.Getter(h.URL), Borrowers: l.setup.Borrowers}, "http", nil
	}
	p := w.Prometheus
	figures, err := source.Figures(p.Borrowers, l.setup.Borrowers)
	if err != nil {
		return nil, "", fmt.Errorf("prometheus: borrowers: %w", err)
	}
	client, err := p.Connection.Client(l.config.path)
	if err != nil {
		return nil, "", fmt.Errorf("prometheus: %w", err)
	}
	return &source.Prometheus{Query: source.PrometheusQuery(client, p.URL), Asked: figures}, "prometheus", nil
}

func (l *live) replayJobs(r *ReplayJobs) error {
	jobs, err := traces.OpenJobs(l.config.path(r.File))
	if err != nil {
		return err
	}
	before := l.close
	l.close = func() { jobs.Close(); before() }
	l.setup.Work = &source.Offered{Jobs: jobs}
	return nil
}
