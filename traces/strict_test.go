package traces

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

const goodTime = 1443657600

func foreign[T any](t testing.TB, codec compress.Codec, meta map[string]string, rows ...T) []byte {
	t.Helper()
	var buf bytes.Buffer
	options := []parquet.WriterOption{parquet.Compression(codec)}
	for k, v := range meta {
		options = append(options, parquet.KeyValueMetadata(k, v))
	}
	w := parquet.NewGenericWriter[T](&buf, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestParquetErrorsNameRowValueAndExpectation(t *testing.T) {
	hold := map[string]string{"hold_s": "600"}
	good := capacityRow{goodTime, "us-east-1", "us-east-1a", "m3.2xlarge", 10, 4}
	with := func(changes ...func(*capacityRow)) []capacityRow {
		rows := []capacityRow{good}
		for i, change := range changes {
			row := good
			row.Time += int64(i+1) * 60
			change(&row)
			rows = append(rows, row)
		}
		return rows
	}
	capacity := func(changes ...func(*capacityRow)) []byte {
		return foreign(t, &parquet.Snappy, hold, with(changes...)...)
	}
	type few struct {
		Time int64  `parquet:"time"`
		Zone string `parquet:"zone"`
	}
	type optionalTime struct {
		Time     *int64 `parquet:"time,optional"`
		Region   string `parquet:"region"`
		Zone     string `parquet:"zone"`
		Type     string `parquet:"instance_type"`
		Reserved int32  `parquet:"reserved"`
		InUse    int32  `parquet:"in_use"`
	}
	type wideCount struct {
		Time     int64  `parquet:"time"`
		Region   string `parquet:"region"`
		Zone     string `parquet:"zone"`
		Type     string `parquet:"instance_type"`
		Reserved int64  `parquet:"reserved"`
		InUse    int32  `parquet:"in_use"`
	}
	type stamped struct {
		Time     int64  `parquet:"time,timestamp(millisecond)"`
		Region   string `parquet:"region"`
		Zone     string `parquet:"zone"`
		Type     string `parquet:"instance_type"`
		Reserved int32  `parquet:"reserved"`
		InUse    int32  `parquet:"in_use"`
	}
	type extra struct {
		capacityRow
		Account string `parquet:"account"`
		Colour  string `parquet:"colour"`
	}
	type owned struct {
		capacityRow
		Account string `parquet:"account"`
	}
	type switchRow struct {
		Time   int64  `parquet:"time"`
		Region string `parquet:"region"`
		On     bool   `parquet:"on"`
		Note   string `parquet:"note"`
	}
	type jobRow struct {
		Arrival int64  `parquet:"arrival"`
		Class   string `parquet:"class"`
		Format  string `parquet:"format"`
		Work    int32  `parquet:"work"`
	}
	type priceRow struct {
		Time  int64  `parquet:"time"`
		Zone  string `parquet:"zone"`
		Type  string `parquet:"instance_type"`
		Price int64  `parquet:"price"`
	}
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"valid", capacity(), ""},
		{"unknown use", capacity(func(r *capacityRow) { r.InUse = -1 }), ""},
		{"not Parquet", []byte("time,region,zone"), `begins with "time" and ends with "zone": expected a Parquet file: PAR1`},
		{"empty", nil, "0 bytes: expected a Parquet file"},
		{"columns missing", foreign(t, &parquet.Snappy, hold, few{}), "column region, instance_type, reserved, in_use is missing: expected the columns of a capacity file: time, region, zone, instance_type, [account], [platform], reserved, in_use"},
		{"optional", foreign(t, &parquet.Snappy, hold, optionalTime{}), "column time is optional: expected required time (int64 seconds UTC)"},
		{"wrong type", foreign(t, &parquet.Snappy, hold, wideCount{}), "column reserved is INT(64,true): expected int32"},
		{"milliseconds", foreign(t, &parquet.Snappy, hold, stamped{}), "column time is TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS): expected time (int64 seconds UTC)"},
		{"unknown column", foreign(t, &parquet.Snappy, hold, extra{good, "x", "red"}), `column "colour" is unknown: expected the columns of a capacity file: time, region, zone, instance_type, [account], [platform], reserved, in_use`},
		{"codec", foreign(t, &parquet.Lz4Raw, hold, good), "row group 1: column 1 is compressed by LZ4_RAW: expected UNCOMPRESSED, SNAPPY, GZIP or ZSTD"},
		{"hold missing", foreign(t, &parquet.Zstd, nil, good), "metadata hold_s is missing: expected for how many seconds a row is trusted (in CSV a first line such as # hold_s: 600)"},
		{"hold wrong", foreign(t, &parquet.Zstd, map[string]string{"hold_s": "-5"}, good), `metadata hold_s is "-5": expected a number of seconds from 1 to 4294967296`},
		{"no rows", foreign[capacityRow](t, &parquet.Zstd, hold), "no rows: expected at least one"},
		{"negative", capacity(func(r *capacityRow) { r.Reserved = -3 }), "row 2: reserved is -3: expected 0 or more"},
		{"below unknown", capacity(func(r *capacityRow) {}, func(r *capacityRow) { r.InUse = -2 }), "row 3: in_use is -2: expected -1 or more"},
		{"milliseconds as seconds", capacity(func(r *capacityRow) { r.Time *= 1000 }), "row 2: time is 1443657660000: expected seconds from 1970 to 9999"},
		{"twice", capacity(func(r *capacityRow) { r.Time -= 60 }), "row 2: us-east-1a/m3.2xlarge has a second row at 2015-10-01T00:00:00Z: expected one row for a pool and time"},
		{"backwards", capacity(func(r *capacityRow) {}, func(r *capacityRow) { r.Time -= 90 }), "row 3: us-east-1a/m3.2xlarge goes back from 2015-10-01T00:01:00Z to 2015-10-01T00:00:30Z: expected rows sorted by region, zone, instance_type, time"},
		{"unsorted", capacity(func(r *capacityRow) { r.Type = "c3.large" }), "row 2: us-east-1 us-east-1a/c3.large follows us-east-1 us-east-1a/m3.2xlarge: expected rows sorted by region, zone, instance_type, time"},
		{"by time", capacity(func(r *capacityRow) { r.Type = "z" }, func(r *capacityRow) {}), "row 3: us-east-1 us-east-1a/m3.2xlarge follows us-east-1 us-east-1a/z: expected rows sorted by region, zone, instance_type, time"},
		{"account", foreign(t, &parquet.Snappy, hold, owned{good, "a"}), ""},
		{"two accounts", foreign(t, &parquet.Snappy, hold, owned{good, "a"}, owned{with(func(*capacityRow) {})[1], "b"}), `row 2: account of us-east-1a/m3.2xlarge is "b" and was "a": expected one for each pool: several must be summed first`},
		{"no name", capacity(func(r *capacityRow) { r.Zone = "" }), `pool "": expected a name of 1 to 100 letters`},
		{"until too early", foreign(t, &parquet.Zstd, map[string]string{"hold_s": "600", "until": "2015-10-01T00:00:00Z"}, good), "the last row is at 2015-10-01T00:00:00Z: expected before 2015-10-01T00:00:00Z, as metadata until says"},
		{"switches backwards", foreign(t, &parquet.Zstd, nil, switchRow{Time: goodTime}, switchRow{Time: goodTime - 1}), "row 2: time is 2015-09-30T23:59:59Z: expected 2015-10-01T00:00:00Z or later, as the row before"},
		{"a note of two lines", foreign(t, &parquet.Zstd, nil, switchRow{Time: goodTime, Note: "a\nb"}), `row 1: note is "a\nb": expected one line of UTF-8 text`},
		{"jobs without what is optional", foreign(t, &parquet.Zstd, nil, jobRow{goodTime, "low", "hd", 5}), ""},
		{"class", foreign(t, &parquet.Zstd, nil, jobRow{goodTime, "low", "hd", 5}, jobRow{goodTime, "urgent", "hd", 5}), `row 2: class is "urgent": expected high, medium or low`},
		{"no work", foreign(t, &parquet.Zstd, nil, jobRow{goodTime, "low", "hd", 0}), "row 1: work is 0: expected 1 or more"},
		{"jobs backwards", foreign(t, &parquet.Zstd, nil, jobRow{goodTime, "low", "hd", 1}, jobRow{goodTime - 1, "low", "hd", 1}), "row 2: arrival is 2015-09-30T23:59:59Z: expected 2015-10-01T00:00:00Z or later, as the row before"},
		{"price", foreign(t, &parquet.Zstd, nil, priceRow{goodTime, "us-east-1a", "x", -1}), "row 1: price is -1: expected 0 to 1000000000000"},
		{"prices backwards", foreign(t, &parquet.Zstd, nil, priceRow{goodTime, "us-east-1a", "x", 1}, priceRow{goodTime - 1, "us-east-1a", "x", 1}), "row 2: us-east-1a/x at 2015-09-30T23:59:59Z: time is before 2015-10-01T00:00:00Z: expected rows in order of time"},
		{"price twice", foreign(t, &parquet.Zstd, nil, priceRow{goodTime, "us-east-1a", "x", 1}, priceRow{goodTime, "us-east-1a", "x", 1}), "row 2: us-east-1a/x at 2015-10-01T00:00:00Z: a second price: expected one row for a pool and time"},
	} {
		_, err := readAny("week.parquet", test.data)
		checkError(t, test.name, err, "week.parquet: ", test.want)
	}
}

func checkError(t *testing.T, name string, err error, prefix, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", name, err)
	case want != "" && (err == nil || err.Error() != prefix+want):
		t.Errorf("%s:\n got %v\nwant %s%s", name, err, prefix, want)
	}
}

func TestCSVErrorsNameLineColumnValueAndExpectation(t *testing.T) {
	const capHead = "# hold_s: 600\ntime,region,zone,instance_type,reserved,in_use\n"
	const capLine = "2015-10-01T00:00:00Z,us-east-1,us-east-1a,m3.2xlarge,10,4\n"
	const jobHead = "arrival,class,format,work,group,after\n"
	for _, test := range []struct{ name, text, want string }{
		{"valid", capHead + capLine, ""},
		{"a mark of Excel, other order, an account", "\xef\xbb\xbf# hold_s: 600\nin_use,time,region,zone,account,instance_type,reserved\n4,2015-10-01T00:00:00Z,us-east-1,us-east-1a,123,m3.2xlarge,10\n", ""},
		{"empty", "", "line 1: the file ends: expected a header such as time, region, zone, instance_type, [account], [platform], reserved, in_use"},
		{"no hold", capHead[len("# hold_s: 600\n"):] + capLine, "metadata hold_s is missing: expected for how many seconds a row is trusted (in CSV a first line such as # hold_s: 600)"},
		{"no colon", "# hold\n", `line 1: "# hold\n": expected # key: value`},
		{"column missing", "time,region,zone,instance_type,reserved\n", "line 1: column in_use is missing: expected the columns of a capacity file: time, region, zone, instance_type, [account], [platform], reserved, in_use"},
		{"column twice", "time,time\n", `line 1: column "time" is there twice: expected once`},
		{"unknown column", "# a: b\ntime,region,zone,instance_type,reserved,in_use,colour\n", `line 2: column "colour" is unknown: expected the columns of a capacity file: time, region, zone, instance_type, [account], [platform], reserved, in_use`},
		{"field missing", capHead + "2015-10-01T00:00:00Z,us-east-1\n", "line 3: expected 6 fields"},
		{"quote", capHead + capLine + "\"2015\"x,\n", `line 4, column 6: extraneous or missing " in quoted-field`},
		{"seconds", capHead + "1443657600,us-east-1,us-east-1a,m3.2xlarge,10,4\n", `line 3, column 1: time is "1443657600": expected a time such as 2015-10-05T00:00:00Z`},
		{"fractions", capHead + "2015-10-01T00:00:00.5Z,us-east-1,us-east-1a,m3.2xlarge,10,4\n", `line 3, column 1: time is "2015-10-01T00:00:00.5Z": expected whole seconds`},
		{"negative", capHead + capLine + strings.Replace(capLine, ",10,", ",-3,", 1), `line 4, column 54: reserved is "-3": expected a whole number: 0 or more`},
		{"-1 for unknown", capHead + strings.Replace(capLine, ",4", ",-1", 1), `line 3, column 57: in_use is "-1": expected 0 or more, or ? for unknown`},
		{"empty field", capHead + strings.Replace(capLine, ",4", ",", 1), `line 3, column 57: in_use is "": expected 0 or more, or ? for unknown`},
		{"NaN", capHead + strings.Replace(capLine, ",4", ",NaN", 1), `line 3, column 57: in_use is "NaN": expected 0 or more, or ? for unknown`},
		{"too large", capHead + strings.Replace(capLine, ",4", ",3000000000", 1), `line 3, column 57: in_use is "3000000000": expected 0 or more, or ? for unknown`},
		{"twice", capHead + capLine + capLine, "line 4: us-east-1a/m3.2xlarge has a second row at 2015-10-01T00:00:00Z: expected one row for a pool and time"},
		{"two platforms", strings.Replace(capHead, "time,", "platform,time,", 1) + "Linux," + capLine + "Windows," + strings.Replace(capLine, "00:00Z", "01:00Z", 1), `line 4: platform of us-east-1a/m3.2xlarge is "Windows" and was "Linux": expected one for each pool: several must be summed first`},
		{"name", capHead + strings.Replace(capLine, "m3.2xlarge", "m3 2xlarge", 1), `line 3, column 43: instance_type is "m3 2xlarge": expected a name without blanks, commas, quotes and slashes`},
		{"class", jobHead + "2015-10-01T00:00:00Z,urgent,hd,60,0,0\n", `line 2, column 22: class is "urgent": expected high, medium or low`},
		{"a group too late", jobHead + "2015-10-01T00:00:00Z,low,hd,60,1,0\n2015-10-01T00:01:00Z,low,hd,60,0,1\n2015-10-01T00:02:00Z,low,hd,60,1,0\n", "line 4: it belongs to group 1 and arrives at 2015-10-01T00:02:00Z: expected at 2015-10-01T00:01:00Z or before, when the first job that waits for the group arrives"},
		{"a circle", jobHead + "2015-10-01T00:00:00Z,low,hd,60,1,2\n2015-10-01T00:00:00Z,low,hd,60,2,1\n", "group 1 waits for itself at 2015-10-01T00:00:00Z: expected no circle"},
		{"a group of nobody", jobHead + "2015-10-01T00:00:00Z,low,hd,60,0,9\n", "jobs wait for group 9: expected a group that some job belongs to"},
		{"price", "time,zone,instance_type,price\n2015-10-01T00:00:00Z,us-east-1a,x,Inf\n", `line 2, column 35: price is "Inf": expected a whole number: 0 to 1000000000000`},
		{"switch", "time,region,on,note\n2015-10-01T00:00:00Z,,yes,\n", `line 2, column 23: on is "yes": expected true or false`},
	} {
		_, err := readText("week.csv", test.text)
		checkError(t, test.name, err, "week.csv: ", test.want)
	}
}

// readText reads a whole CSV file of any kind from memory.
func readText(path, text string) (any, error) {
	var open func() (*csvFile, error)
	open = func() (*csvFile, error) {
		c, err := newCSVFile(path, strings.NewReader(text), Schemas...)
		if c != nil {
			c.reopen = open
		}
		return c, err
	}
	c, err := open()
	if err != nil {
		return nil, err
	}
	return readSource(path, c, c.schema, c.kv, &findings{path: path})
}

func TestAFileOfAnotherKindIsRefused(t *testing.T) {
	dir := t.TempDir()
	smallFiles(t, dir)
	path := filepath.Join(dir, "jobs.parquet")
	_, err := OpenCapacity(path)
	if err == nil || !strings.HasPrefix(err.Error(), path+": column time, region, zone, instance_type, reserved, in_use is missing: expected the columns of a capacity file") {
		t.Errorf("%v", err)
	}
	if _, err := OpenCapacity(filepath.Join(dir, "week.txt")); err == nil || err.Error() != filepath.Join(dir, "week.txt")+": expected a name that ends in .parquet, .csv or .csv.gz" {
		t.Errorf("%v", err)
	}
	if _, err := OpenJobs(filepath.Join(dir, "none.parquet")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("# hold_s: 600\n# until: 2015-10-02T00:00:00Z\ntime,region,zone,instance_type,reserved,in_use\n2015-10-01T00:00:00Z,us-east-1,us-east-1a,m3.2xlarge,10,4\n2015-10-01T00:30:00Z,us-east-1,us-east-1a,m3.2xlarge,10,?\n")
	f.Add("arrival,job,title,class,origin,format,work,vcpus,memory,deadline,group,after\n2015-10-01T00:00:00Z,0,1,high,production,\"h,d\",60,4,512,0,1,0\n2015-10-01T00:00:00Z,1,1,low,qa,x,60,4,512,90,2,1\n")
	f.Add("time,zone,instance_type,price\n2015-10-01T00:00:00Z,us-east-1a,m3.2xlarge,70000\n")
	f.Add("time,region,on,note\n2015-10-01T00:00:00Z,,true,\"a \"\"note\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		value, err := readText("x.csv", text)
		if err != nil {
			oneLineError(t, "x.csv", err)
			return
		}
		writeAgain(t, value)
	})
}

func FuzzParquet(f *testing.F) {
	for _, path := range smallFiles(f, f.TempDir()) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := readMeasured(t, "x.parquet", data)
		if err != nil {
			oneLineError(t, "x.parquet", err)
			return
		}
		writeAgain(t, value)
	})
}
