package convert

import (
	"encoding/csv"
	"fmt"
	"strings"

	"trough.internal/models/encoding"
)

var transcode = Format{
	Name:     "video-transcode-times",
	Kind:     Table,
	Source:   "GitHub hpcclab/videostreamingBenchmark (Descriptive and Predictive Analysis of Aggregating Functions in Serverless Clouds, HPCC 2020); no licence stated, asks to cite",
	Columns:  "AWS-*, CC-*: sheet, video, segment, duration (s), bitrate (kb/s), size (kb), des_codec, des_fr, des_res, run 1 to run 10 (wall-clock seconds)",
	Recorded: "the time to transcode 30 two-second segments of 30 videos to each format, ten runs each, on c5.2xlarge, m5.2xlarge and two Chameleon machines",
	Assumed:  "times of a format are lognormal over segments: mu and sigma are of the logarithm of seconds for 2 s of video, by maximum likelihood over the medians of each segment's runs; runs beyond half or twice that median count as failed.",
	Oddities: "VideoInformation and single_parameter_chameleon_smallvm are not used: another measurement, without EC2 machines",
	convert:  convertTranscode,
}

// transcodeMachines are the machines by the files' names.
var transcodeMachines = map[string]string{"AWS-c52xlarge": "c5.2xlarge", "AWS-m52xlarge": "m5.2xlarge", "CC-medium": "cc.medium", "CC-xlarge": "cc.xlarge"}

func convertTranscode(c *conversion) error {
	var fits []encoding.Param
	for _, path := range c.in {
		machine, ok := transcodeMachines[stem(path)]
		if !ok {
			continue
		}
		text, err := readText(path)
		if err != nil {
			return err
		}
		times, err := encoding.ParseTimes(path, machine, text)
		if err != nil {
			return err
		}
		fits = append(fits, encoding.Fit(times)...)
	}
	if len(fits) == 0 {
		return fmt.Errorf("%s: no file AWS-c52xlarge.csv, AWS-m52xlarge.csv, CC-medium.csv or CC-xlarge.csv among the inputs", c.format.Name)
	}
	rows, err := csv.NewReader(strings.NewReader(string(encoding.WriteFit(fits)))).ReadAll()
	if err != nil {
		return err
	}
	if err := c.writeText(func(w *csv.Writer) error { return w.WriteAll(rows) }); err != nil {
		return err
	}
	c.report("%d fits", len(fits))
	return nil
}
