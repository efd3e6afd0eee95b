package encoding

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// SegmentSeconds is the length of video that the fitted times are for.
const SegmentSeconds = 2

// Param is a lognormal distribution of the seconds that one machine takes for two seconds of video.
type Param struct {
	Format  string
	Machine string
	N       int     // segments, one of each of so many videos
	Dropped int     // runs left out as failed
	Mu      float64 // mean of the logarithm of seconds
	Sigma   float64 // its standard deviation
	KS      float64 // Kolmogorov-Smirnov distance between the fit and the medians; 0.16 is the 5 % point for 30 (Lilliefors)
}

// Median is the median in seconds.
func (p Param) Median() float64 { return math.Exp(p.Mu) }

// Ratio is how fast a machine is relative to another, over the same segments.
type Ratio struct {
	Format    string // or a codec: all its formats
	Machine   string
	Reference string
	N         int // segments
	Speed     float64
	Low, High float64 // 95 % interval of the geometric mean (Student's t over segments)
}

// Fit returns the maximum-likelihood lognormal of each format, in the order of the file. A segment counts once, with
// the median of its runs, scaled to two seconds of video. Left out first are runs that look failed: shorter than half
// the median of the segment's runs, or longer than twice it. (On
// c5.2xlarge none is: its runs are 0.6 to 1.7 times theirs. On m5.2xlarge 89 of 5,400 are, at 0.07 to 0.5 and 2 to 8 times.)
func Fit(t *Times) []Param {
	var params []Param
	for _, format := range t.formats() {
		p := Param{Format: format, Machine: t.Machine}
		var logs []float64
		for i := range t.Rows {
			if t.Rows[i].Format == format {
				median, dropped := t.Rows[i].median()
				logs = append(logs, math.Log(median))
				p.Dropped += dropped
			}
		}
		p.N = len(logs)
		p.Mu, p.Sigma = normal(logs)
		p.KS = distance(logs, distuv.Normal{Mu: p.Mu, Sigma: p.Sigma})
		params = append(params, p)
	}
	return params
}

func (t *Times) formats() []string {
	var names []string
	for i := range t.Rows {
		if !slices.Contains(names, t.Rows[i].Format) {
			names = append(names, t.Rows[i].Format)
		}
	}
	return names
}

// median is of the sound runs, in seconds for SegmentSeconds of video, and says how many runs were left out.
func (r *TimesRow) median() (float64, int) {
	all := middle(r.Runs)
	var sound []float64
	for _, run := range r.Runs {
		if run >= all/2 && run <= all*2 {
			sound = append(sound, run)
		}
	}
	return middle(sound) * SegmentSeconds / r.Length, len(r.Runs) - len(sound)
}

func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// normal is the maximum-likelihood fit: the deviation divides by n, not n-1.
func normal(values []float64) (mu, sigma float64) {
	mu = stat.Mean(values, nil)
	for _, x := range values {
		sigma += (x - mu) * (x - mu)
	}
	return mu, math.Sqrt(sigma / float64(len(values)))
}

// distance is the largest gap between the empirical and the fitted distribution function.
func distance(values []float64, fitted distuv.Normal) float64 {
	if fitted.Sigma == 0 {
		return 0 // all values are one, and so is the fit
	}
	sorted := slices.Sorted(slices.Values(values))
	n, gap := float64(len(sorted)), 0.0
	for i, x := range sorted {
		f := fitted.CDF(x)
		gap = max(gap, f-float64(i)/n, float64(i+1)/n-f)
	}
	return gap
}

// Compare returns the speed of t's machine relative to base's for every format, then for every codec. A codec's formats of one segment
// are no independent evidence, so a segment counts once there too, with the mean over its formats.
func Compare(t, base *Times) []Ratio {
	var ratios []Ratio
	var codecs []string
	for _, format := range t.formats() {
		ratios = append(ratios, ratio(t, base, format))
		if c := codec(format); !slices.Contains(codecs, c) {
			codecs = append(codecs, c)
		}
	}
	for _, c := range codecs {
		ratios = append(ratios, ratio(t, base, c))
	}
	return ratios
}

func codec(format string) string {
	c, _, _ := strings.Cut(format, "-")
	return c
}

// ratio pairs the segments that both machines did.
func ratio(t, base *Times, format string) Ratio {
	type segment struct{ video, segment int }
	var order []segment
	logs := map[segment][]float64{}
	for i := range t.Rows {
		a := &t.Rows[i]
		if a.Format != format && codec(a.Format) != format {
			continue
		}
		j := slices.IndexFunc(base.Rows, func(b TimesRow) bool {
			return b.Format == a.Format && b.Video == a.Video && b.Segment == a.Segment
		})
		if j < 0 {
			continue
		}
		key := segment{a.Video, a.Segment}
		if logs[key] == nil {
			order = append(order, key)
		}
		mine, _ := a.median()
		other, _ := base.Rows[j].median()
		logs[key] = append(logs[key], math.Log(other/mine))
	}
	var means []float64
	for _, key := range order {
		means = append(means, stat.Mean(logs[key], nil))
	}
	r := Ratio{Format: format, Machine: t.Machine, Reference: base.Machine, N: len(means)}
	mean, half := stat.Mean(means, nil), math.Inf(1)
	if r.N > 1 {
		half = distuv.StudentsT{Sigma: 1, Nu: float64(r.N - 1)}.Quantile(0.975) * stat.StdErr(stat.StdDev(means, nil), float64(r.N))
	}
	r.Speed, r.Low, r.High = math.Exp(mean), math.Exp(mean-half), math.Exp(mean+half)
	return r
}

// The embedded tables are our own fits to the times measured by hpcclab/videostreamingBenchmark (see its README for how:
// 30 two-second segments of 30 videos, 720p H.264, ten runs each with ffmpeg) on c5.2xlarge and m5.2xlarge. A test fits again where
// the measured times are at hand.
var (
	//go:embed fit.csv
	fitTable []byte
	//go:embed speed.csv
	speedTable []byte

	fitted = mustReadFit(fitTable)
	speeds = mustReadSpeeds(speedTable)
)

// Fitted is the embedded fit: by machine, then format.
func Fitted() []Param { return slices.Clone(fitted) }

// Speeds are the embedded ratios between machines: by format, then by codec.
func Speeds() []Ratio { return slices.Clone(speeds) }

// WriteFit writes a table as fit.csv holds it.
func WriteFit(params []Param) []byte {
	var b bytes.Buffer
	b.WriteString("format,machine,n,dropped_runs,mu,sigma,ks\n")
	for _, p := range params {
		fmt.Fprintf(&b, "%s,%s,%d,%d,%.4f,%.4f,%.4f\n", p.Format, p.Machine, p.N, p.Dropped, p.Mu, p.Sigma, p.KS)
	}
	return b.Bytes()
}

// WriteSpeeds writes a table as speed.csv holds it.
func WriteSpeeds(ratios []Ratio) []byte {
	var b bytes.Buffer
	b.WriteString("format,machine,reference,n,speed,low,high\n")
	for _, r := range ratios {
		fmt.Fprintf(&b, "%s,%s,%s,%d,%.4f,%.4f,%.4f\n", r.Format, r.Machine, r.Reference, r.N, r.Speed, r.Low, r.High)
	}
	return b.Bytes()
}

func mustReadFit(table []byte) []Param {
	var params []Param
	for _, row := range mustRead(table, 7) {
		params = append(params, Param{Format: row[0], Machine: row[1], N: int(number(row[2])), Dropped: int(number(row[3])),
			Mu: number(row[4]), Sigma: number(row[5]), KS: number(row[6])})
	}
	return params
}

func mustReadSpeeds(table []byte) []Ratio {
	var ratios []Ratio
	for _, row := range mustRead(table, 7) {
		ratios = append(ratios, Ratio{Format: row[0], Machine: row[1], Reference: row[2], N: int(number(row[3])),
			Speed: number(row[4]), Low: number(row[5]), High: number(row[6])})
	}
	return ratios
}

// mustRead panics: the tables are part of the program.
func mustRead(table []byte, columns int) [][]string {
	r := csv.NewReader(bytes.NewReader(table))
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	return rows[1:]
}

func number(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return x
}
