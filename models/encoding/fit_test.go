package encoding

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A hand-checkable table: two segments, of which the second has a failed run.
const small = `sheet,video,segment,duration,bitrate (kb/s),size (kb),des_codec,des_fr,des_res,run 1,run 2,run 3,run 4,run 5,run 6,run 7,run 8,run 9,run 10
360r-24f-hevc,1,26,2,1,1,hevc,24,360,1,1,1,1,1,1,1,1,1,1
360r-24f-hevc,2,8,1,1,1,hevc,24,360,2,2,2,2,2,2,2,2,0.9,4.1
`

func TestFitByHand(t *testing.T) {
	times, err := ParseTimes("x.csv", "m", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	// Medians for two seconds of video are 1 and 4; their logarithms 0 and ln 4: mean ln 2, deviation ln 2. The fit puts
	// the two at Φ(-1) = 0.1587 and Φ(1) = 0.8413, the steps are at 0, 1/2 and 1: the largest gap is 0.3413.
	got := Fit(times)
	want := Param{Format: "hevc-360p24", Machine: "m", N: 2, Dropped: 2, Mu: math.Ln2, Sigma: math.Ln2, KS: 0.341344746}
	if len(got) != 1 || math.Abs(got[0].KS-want.KS) > 1e-9 || math.Abs(got[0].Mu-want.Mu) > 1e-12 || math.Abs(got[0].Sigma-want.Sigma) > 1e-12 ||
		got[0].N != want.N || got[0].Dropped != want.Dropped || got[0].Format != want.Format {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestSpeedOfAMachineAgainstItself(t *testing.T) {
	times, _ := ParseTimes("x.csv", "m", []byte(small))
	slow, _ := ParseTimes("x.csv", "slow", []byte(strings.ReplaceAll(strings.ReplaceAll(small, ",1,1,1,1,1,1,1,1,1,1\n", ",2,2,2,2,2,2,2,2,2,2\n"),
		",2,2,2,2,2,2,2,2,0.9,4.1", ",4,4,4,4,4,4,4,4,4,4")))
	for _, test := range []struct {
		a, b *Times
		want float64
	}{{times, times, 1}, {slow, times, 0.5}, {times, slow, 2}} {
		got := Compare(test.a, test.b)
		if len(got) != 2 || got[0].Format != "hevc-360p24" || got[1].Format != "hevc" {
			t.Fatalf("%+v", got)
		}
		for _, r := range got {
			if r.N != 2 || math.Abs(r.Speed-test.want) > 1e-12 || math.Abs(r.Low-test.want) > 1e-9 || math.Abs(r.High-test.want) > 1e-9 {
				t.Errorf("%+v, want a speed of %v without spread", r, test.want)
			}
		}
	}
}

func TestParseTimesRefusesWithFileLineAndColumn(t *testing.T) {
	for _, test := range []struct{ from, to, want string }{
		{"sheet,video", "sheet,vido", "x.csv:1:1: expected the columns sheet,"},
		{"360r-24f-hevc,1", "360r-25f-hevc,1", `x.csv:2:1: sheet is "360r-25f-hevc": expected 360r-24f-hevc`},
		{"hevc,1,26,2", "hevc,1,26,0", `x.csv:2:20: duration is "0": expected seconds`},
		{"hevc,1,26,2", "hevc,a,26,2", `x.csv:2:15: video is "a"`},
		{"hevc,2,8,1", "hevc,2,,1", `x.csv:3:17: segment is ""`},
		{"0.9,4.1", "NaN,4.1", `x.csv:3:53: run 9 is "NaN"`},
		{"0.9,4.1", "-1,4.1", `x.csv:3:53: run 9 is "-1"`},
		{"0.9,4.1", "0.9", `x.csv:3:1: wrong number of fields`},
		{small[strings.Index(small, "\n")+1:], "", "x.csv: no rows"},
	} {
		_, err := ParseTimes("x.csv", "m", []byte(strings.Replace(small, test.from, test.to, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q for %q gives %v, want %q", test.to, test.from, err, test.want)
		}
	}
}

func FuzzParseTimes(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, text []byte) {
		times, err := ParseTimes("x", "m", text)
		if err != nil {
			return
		}
		for _, p := range Fit(times) {
			if math.IsNaN(p.Mu) || math.IsNaN(p.Sigma) || p.KS < 0 || p.KS > 1 {
				t.Errorf("%+v", p)
			}
		}
	})
}

func TestEmbeddedFitIsTheFitToTheMeasuredTimes(t *testing.T) {
	dir := filepath.Join(sharedData(t), "video-transcode-times")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("skipped: the measured times are missing: video-transcode-times in the folder of recorded data")
	}
	c5, m5 := measured(t, dir, "AWS-c52xlarge.csv", "c5.2xlarge"), measured(t, dir, "AWS-m52xlarge.csv", "m5.2xlarge")
	equal(t, "fit.csv", fitTable, WriteFit(append(Fit(c5), Fit(m5)...)))
	equal(t, "speed.csv", speedTable, WriteSpeeds(Compare(m5, c5)))
}

func measured(t *testing.T, dir, file, machine string) *Times {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	times, err := ParseTimes(file, machine, text)
	if err != nil {
		t.Fatal(err)
	}
	return times
}

// equal writes the fresh table instead if TROUGH_UPDATE is set.
func equal(t *testing.T, file string, have, want []byte) {
	t.Helper()
	if bytes.Equal(have, want) {
		return
	}
	if os.Getenv("TROUGH_UPDATE") != "" {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is not the fit to the measured times; TROUGH_UPDATE=1 renews it. It should be\n%s", file, want)
}

// sharedData is the folder of recorded data, TROUGH_SHARED_DATA or shared/data beside or above the module.
func sharedData(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("TROUGH_SHARED_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		data := filepath.Join(dir, "shared", "data")
		if info, err := os.Stat(data); err == nil && info.IsDir() {
			return data
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("skipped: no recorded data: set TROUGH_SHARED_DATA to the folder that holds video-transcode-times")
	return ""
}
