package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trough.internal/cmd/trough-live/aws/owners"
	"trough.internal/cmd/trough-live/aws/queues"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/traces"
)

// telemetry opens what reports come from.
func (l *live) telemetry(t *Telemetry) (err error) {
	if t.Replay != nil {
		return l.replayCapacity(t.Replay)
	}
	if len(t.Chain) == 0 {
		l.setup.Telemetry, _, err = l.reports(&TelemetrySource{Spinnaker: t.Spinnaker, EC2: t.EC2})
		return err
	}
	chain := &source.Chain{Pools: l.setup.Pools, AgeMax: min(t.AgeMax, l.config.Safety.TelemetryAgeMax), Patience: l.chainPatience(), Apart: t.Apart}
	for i := range t.Chain {
		from, kind, err := l.reports(&t.Chain[i])
		if err != nil {
			return fmt.Errorf("telemetry.chain[%d]: %w", i, err)
		}
		chain.Sources = append(chain.Sources, source.NamedTelemetry{Name: fmt.Sprintf("%s[%d]", kind, i), From: from})
	}
	l.setup.Telemetry = chain
	return nil
}

// chainPatience leaves a chain the time to say what it has when one of its sources does not answer.
func (l *live) chainPatience() time.Duration { return l.setup.Patience / 2 }

// reports opens one source and says of which kind it is.
func (l *live) reports(t *TelemetrySource) (drive.Telemetry, string, error) {
	if t.EC2 != nil {
		return owners.New(*t.EC2, l.setup.Pools, l.clients.open), "ec2", nil
	}
	s := t.Spinnaker
	client, err := s.Connection.Client(l.config.path)
	if err != nil {
		return nil, "", fmt.Errorf("spinnaker: %w", err)
	}
	return &source.Spinnaker{Get: client.Getter(s.URL + source.Path(s.Report)),
		Asked: source.Asked{Pools: l.setup.Pools, OS: s.OS, Borrower: s.Account, Accounts: append(slices.Clone(s.Accounts), s.Account)}}, "spinnaker", nil
}

// sourceCalls says how many calls the sources take in an evaluation.
func (c *Config) sourceCalls() string {
	var b strings.Builder
	for _, t := range append(slices.Clone(c.Telemetry.Chain), TelemetrySource{EC2: c.Telemetry.EC2}) {
		if t.EC2 != nil {
			fmt.Fprintf(&b, "\n# calls of ec2 in each evaluation, by account and region\n# %s\n", t.EC2.Calls())
		}
	}
	for _, w := range append(slices.Clone(c.Workload.Chain), WorkloadSource{SQS: c.Workload.SQS}) {
		if w.SQS != nil {
			n := 0
			for _, list := range w.SQS.Borrowers {
				n += len(list)
			}
			fmt.Fprintf(&b, "\n# calls of sqs in each evaluation: %d\n", n)
		}
	}
	return b.String()
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
		l.setup.Work, _, err = l.work(&WorkloadSource{HTTP: w.HTTP, Prometheus: w.Prometheus, SQS: w.SQS})
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
	if w.SQS != nil {
		from, err := queues.New(*w.SQS, l.setup.Borrowers, l.clients.open)
		if err != nil {
			return nil, "", fmt.Errorf("sqs: %w", err)
		}
		return from, "sqs", nil
	}
	p := w.Prometheus
	figures, err := source.ByBorrower(p.Borrowers, l.setup.Borrowers)
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
