package convert

import (
	"time"

	"trough.internal/models"
)

var nasa = Format{
	Name:     "nasa-http-1995",
	Kind:     Series,
	Source:   "GitHub reconfigurable-ml-pipeline/web-service-datasets, from the Internet Traffic Archive's NASA-HTTP; no licence stated (the archive: freely redistributable, from memory)",
	Columns:  "minute_start (local time, UTC-4); requests (in that minute)",
	Recorded: "requests per minute at the NASA Kennedy Space Center web server, July 1995",
	Assumed:  "time stamps were rebuilt by the set's maker from the log's first second; they are written in UTC.",
	Oddities: "one hole of 22 minutes on 1995-07-13 reads as no requests there; the log ends on 07-28",
	convert: func(c *conversion) error {
		s, err := c.readNASA()
		if err != nil {
			return err
		}
		return c.writeSeries([]*series{s})
	},
}

// nasaZone is how far east of Greenwich the server was: eastern daylight time.
const nasaZone = -4 * time.Hour

func (c *conversion) readNASA() (*series, error) {
	path, err := c.file("requests_per_minute")
	if err != nil {
		return nil, err
	}
	s := &series{name: "nasa_requests_per_minute"}
	return s, readSeries(path, "minute_start", "requests", nasaZone, s)
}

var cloudwatch = Format{
	Name:     "nab-cloudwatch",
	Kind:     Series,
	Source:   "GitHub numenta/NAB, realAWSCloudwatch and realKnownCause; MIT (LICENSE.txt, Numenta Inc.)",
	Columns:  "timestamp (UTC or local is not stated); value: requests per 5 minutes (elb_request_count), CPU % (cpu_utilization, ec2_cpu_utilization), bytes (ec2_network_in), passengers per 30 minutes (nyc_taxi), unknown (grok_asg_anomaly)",
	Recorded: "the values of one series a file, every 5 minutes (nyc_taxi: every 30)",
	Assumed:  "timestamps are taken for UTC, those of nyc_taxi for New York in summer (UTC-4). None of the series is a count of instances.",
	Oddities: "elb_request_count has no row where nothing was asked for: those steps are missing, not 0; cpu_utilization_asg_misconfiguration and others may repeat a time, and both rows are kept",
	convert: func(c *conversion) error {
		var all []*series
		for _, path := range c.in {
			s, err := readCloudWatch(path)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return c.writeSeries(all)
	},
}

func readCloudWatch(path string) (*series, error) {
	s := &series{name: stem(path)}
	zone := time.Duration(0)
	if s.name == "nyc_taxi" {
		zone = nasaZone
	}
	return s, readSeries(path, "timestamp", "value", zone, s)
}

// readSeries reads a file of two columns, a time and a value, in order of time.
func readSeries(path, clock, value string, east time.Duration, s *series) error {
	t, err := openTable(path, clock, value)
	if err != nil {
		return err
	}
	for t.next() {
		at := t.clock(clock, "2006-01-02 15:04:05", east)
		if n := len(s.times); n > 0 && at < s.times[n-1] && t.err == nil {
			t.bad(clock, "times in order: the row before has %s", s.times[n-1].Add(east).UTC().Format(time.DateTime))
		}
		s.add(at, t.number(value, 0, 1e15))
	}
	return t.close()
}

var totals = Format{
	Name:     "cloud-totals-2019",
	Kind:     Series,
	Source:   "GitHub alejandrofdez-us/DataCenter-Traces-Datasets (DOI 10.5281/zenodo.14564847), from AzurePublicDatasetV2 and Google's 2019 traces; CC BY 4.0",
	Columns:  "azure_v2*: timestamp (seconds from the start), cpu_usage (CPU % x cores over all machines), assigned_mem (memory in use, GB inferred); google_2019*: avg_cpu, avg_mem, avg_assigned_mem (shares of the machines' capacity), avg_cycles_per_instruction; its row i is of i x 300 s",
	Recorded: "whole-cluster totals every 5 minutes over 21 days; assigned_mem holds the long-lived base",
	Assumed:  "the dates are made up, since neither has one: both begin on 2019-05-01 00:00 UTC.",
	Oddities: "avg_cycles_per_instruction is not plausible (150 to 200) and is left out",
	Options:  defaults[TotalsOptions],
	convert:  convertTotals,
}

// TotalsOptions are the options of cloud-totals-2019.
type TotalsOptions struct {
	Start models.Instant `set:"start" default:"2019-05-01T00:00:00Z" doc:"when both recordings begin"`
}

func convertTotals(c *conversion) error {
	start := c.options.(*TotalsOptions).Start
	azurePath, err := c.file("azure_v2")
	if err != nil {
		return err
	}
	googlePath, err := c.file("google_2019")
	if err != nil {
		return err
	}
	all, err := readAzureTotals(azurePath, start)
	if err != nil {
		return err
	}
	more, err := readGoogleTotals(googlePath, start)
	if err != nil {
		return err
	}
	all = append(all, more...)
	if err := c.writeSeries(all); err != nil {
		return err
	}
	c.report("azure_assigned_mem swings by %.1f %% of its mean a day", 100*dailySwing(all[1]))
	return nil
}

func readAzureTotals(path string, start models.Instant) ([]*series, error) {
	cpu, memory := &series{name: "azure_busy_cores"}, &series{name: "azure_assigned_mem"}
	t, err := openTable(path, "timestamp", "cpu_usage", "assigned_mem")
	if err != nil {
		return nil, err
	}
	for t.next() {
		at := start + models.Instant(t.whole("timestamp", 0, secondsMax))
		if n := len(cpu.times); n > 0 && at <= cpu.times[n-1] && t.err == nil {
			t.bad("timestamp", "times in order")
		}
		cpu.add(at, t.number("cpu_usage", 0, 1e12)/100)
		memory.add(at, t.number("assigned_mem", 0, 1e12))
	}
	return []*series{cpu, memory}, t.close()
}

func readGoogleTotals(path string, start models.Instant) ([]*series, error) {
	columns := []string{"avg_cpu", "avg_mem", "avg_assigned_mem"}
	var all []*series
	for _, column := range columns {
		all = append(all, &series{name: "google_" + column})
	}
	t, err := openTable(path, append(columns[:3:3], "avg_cycles_per_instruction")...)
	if err != nil {
		return nil, err
	}
	for t.next() {
		for i, column := range columns {
			all[i].add(start+models.Instant(t.rows-1)*300, t.number(column, 0, 1))
		}
	}
	return all, t.close()
}

// dailySwing is the mean over whole days (of 288 values) of the highest less the lowest, in parts of the mean.
func dailySwing(s *series) float64 {
	const day = 288
	sum, total, days := 0.0, 0.0, 0
	for begin := 0; begin+day <= len(s.values); begin += day {
		low, high := s.values[begin], s.values[begin]
		for _, v := range s.values[begin : begin+day] {
			low, high, total = min(low, v), max(high, v), total+v
		}
		sum, days = sum+high-low, days+1
	}
	if total == 0 {
		return 0
	}
	return sum / float64(days) / (total / float64(days*day))
}
