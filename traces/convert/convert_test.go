package convert

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trough.internal/models/catalog"
	"trough.internal/models/settings"
	"trough.internal/traces"
)

// folder makes a data set's folder of files by name; one whose name ends in .gz is packed.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		data := []byte(text)
		if strings.HasSuffix(name, ".gz") {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			w.Write(data)
			w.Close()
			data = b.Bytes()
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// options are a format's, with YAML over the defaults.
func options(t *testing.T, name, yaml string) any {
	t.Helper()
	f, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	if f.Options == nil {
		return nil
	}
	o := f.Options()
	if err := settings.Decode("test", []byte(yaml), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// rows converts files to CSV and returns its lines without remarks.
func rows(t *testing.T, name, yaml string, files map[string]string) []string {
	t.Helper()
	f, _ := Find(name)
	out := filepath.Join(t.TempDir(), "out.csv")
	if err := f.Convert([]string{folder(t, files)}, out, options(t, name, yaml), func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind == Catalog {
		if _, err := catalog.Parse("out.csv", text); err != nil {
			t.Error(err)
		}
	}
	var lines []string
	remarks := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			remarks++
			continue
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	if remarks < 3 {
		t.Errorf("%d remarks: expected source, recorded and assumed", remarks)
	}
	readBack(t, f, out)
	return lines
}

// readBack checks a trace as "trough trace check" does.
func readBack(t *testing.T, f Format, path string) {
	t.Helper()
	if f.Kind != Capacity && f.Kind != Jobs && f.Kind != Prices {
		return
	}
	report, err := traces.Check(path, traces.CheckLimits{})
	if err != nil || len(report.Errors) > 0 || report.Kind != string(f.Kind) {
		t.Errorf("a %s file: %v, %v", report.Kind, err, report.Errors)
	}
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEveryFormatSaysWhatItIs(t *testing.T) {
	formats := Formats()
	if len(formats) != 20 {
		t.Errorf("%d formats, want one for each of 20 sets", len(formats))
	}
	for _, f := range formats {
		if f.Source == "" || f.Columns == "" || f.Recorded == "" || f.Assumed == "" || f.Kind == "" || f.convert == nil {
			t.Errorf("%s: something is not said", f.Name)
		}
		doc := f.Doc()
		if f.Options != nil && !strings.Contains(doc, "Options:") || !strings.Contains(doc, f.Name) {
			t.Error(doc)
		}
		if f.Options != nil {
			if check, ok := f.Options().(interface{ Check() error }); ok && check.Check() != nil {
				t.Errorf("%s: the defaults are refused: %v", f.Name, check.Check())
			}
		}
	}
}

func TestAnUnknownFormatNamesTheNearest(t *testing.T) {
	if _, err := Find("azure-vm-2018"); err == nil || !strings.Contains(err.Error(), `did you mean "azure-vm-2017"?`) {
		t.Error(err)
	}
	if _, err := Find("x"); err == nil || !strings.Contains(err.Error(), "expected one of alibaba-dlrm-2025, ") {
		t.Error(err)
	}
}

func TestAnOutputOfTheWrongKindIsRefused(t *testing.T) {
	for name, out := range map[string]string{"nasa-http-1995": "x.parquet", "ec2-spot-2015": "x.txt", "ec2-catalog-2015": "x.parquet"} {
		f, _ := Find(name)
		if err := f.Convert(nil, out, nil, nil); err == nil || !strings.Contains(err.Error(), "expected a name that ends in") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const wagapHead = "job_number,submit_time,wait_time,run_time,allocated_processors,average_cpu_time_used,used_memory,requested_processors,requested_time,requested_memory," +
	"status,user_id,group_id,executable_number,queue_number,partition_number,preceding_job_number,think_time,queue_name,node_spec\n"

const dlrmHead = "instance_sn,role,app_name,cpu_request,cpu_limit,gpu_request,gpu_limit,rdma_request,rdma_limit,memory_request,memory_limit,disk_request,disk_limit,max_instance_per_node,creation_time,scheduled_time,deletion_time\n"

const spotHead = "Timestamp,ProductDescription,InstanceType,SpotPrice,AvailabilityZone\n"

const openbHead = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"

const genaiHead = "gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora\n"

func TestAMalformedRowIsOneLineThatSaysWhereAndWhat(t *testing.T) {
	for _, test := range []struct{ format, file, text, want string }{
		{"alibaba-dlrm-2025", "d.csv", "", "d.csv: empty: expected a line of column names"},
		{"alibaba-dlrm-2025", "d.csv", dlrmHead, "d.csv: no rows"},
		{"alibaba-dlrm-2025", "d.csv", "instance_sn,roll\n", `d.csv:1: column 2 is "roll": expected role`},
		{"alibaba-dlrm-2025", "d.csv", "instance_sn,role\n", `d.csv:1: column 3 is missing: expected app_name`},
		{"alibaba-dlrm-2025", "d.csv", dlrmHead + "i,CN,a,48,,,,,,,,,,,abc,,\n", `d.csv:2:21: creation_time is "abc": expected a number from 0`},
		{"alibaba-dlrm-2025", "d.csv", dlrmHead + "i,CN,a,48,,,,,,,,,,,9,,8\n", `d.csv:2:24: deletion_time is "8": expected no time before creation_time, 9`},
		{"alibaba-dlrm-2025", "d.csv", dlrmHead + "i,XX,a,48,,,,,,,,,,,9,,8\n", `d.csv:2:3: role is "XX": expected CN or HN`},
		{"alibaba-dlrm-2025", "d.csv", dlrmHead + "i,CN,a\n", `d.csv:2:1: wrong number of fields`},
		{"alibaba-dlrm-2025", "d.csv", dlrmHead + "i,CN,a,48,,,,,,,,,,,NaN,,\n", `creation_time is "NaN"`},
		{"ec2-spot-2015", "s.csv", spotHead + "2015-13-11 16:54:38+00:00,Linux,c3.xlarge,0.0324,us-east-1a\n", `s.csv:2:1: Timestamp is "2015-13-11 16:54:38+00:00": expected a time such as 2015-10-05 13:00:00+00:00`},
		{"ec2-spot-2016", "s.csv", spotHead + "2016-02-25T00:35:34.000Z,Windows,c3.xlarge,0.0324,us-east-1a\n", `s.csv:2:26: ProductDescription is "Windows": expected Linux or Linux/UNIX`},
		{"ec2-spot-2021", "s.csv", spotHead + "2021-03-02T14:45:01+00:00,Linux,c3.xlarge,-1,us-east-1a\n", `s.csv:2:43: SpotPrice is "-1": expected a number from 0`},
		{"ec2-spot-2021", "s.csv", spotHead + "2021-03-02T14:45:01+00:00,Linux,xlarge,1,us-east-1a\n", `InstanceType is "xlarge": expected family.size`},
		{"ec2-spot-2021", "s.csv", spotHead + "2021-03-02T14:45:01+00:00,Linux,c3.xlarge,1,us-east-1\n", `AvailabilityZone is "us-east-1": expected a zone`},
		{"wagap-2013-jobs", "wagap-2013.csv", wagapHead + "0,1356996147,0,5,1,1,1,1,1,1,1,1,1,1,1,1,1,1,q_9,x\n", `wagap-2013.csv:2:46: queue_name is "q_9": expected q_2h, `},
		{"nasa-http-1995", "requests_per_minute.csv", "minute_start,requests\n1995-07-01 00:01:00,1\n1995-07-01 00:00:00,1\n", `requests_per_minute.csv:3:1: minute_start is "1995-07-01 00:00:00": expected times in order: the row before has 1995-07-01 00:01:00`},
		{"nab-cloudwatch", "x.csv", "timestamp,value\n2014-04-10 00:04:00,\"a\nb\"\n", `x.csv:2:21: value is "a\nb": expected a number`},
		{"nab-cloudwatch", "x.csv", "timestamp,value\n2014-04-10 00:04:00,\"a\n", `x.csv:2:24: extraneous or missing " in quoted-field`},
		{"spot-availability-skypilot", "availability_2-node_aws-01-02-2023.csv", "seconds_from_start,us-east-1c_v100_1\n0,3\n", `availability_2-node_aws-01-02-2023.csv:2:3: us-east-1c_v100_1 is "3": expected a whole number from 0 to 2`},
		{"spot-availability-skypilot", "availability_2-node_aws-01-02-2023.csv", "seconds_from_start,us-east-1c_t4_1\n0,3\n", `column 2 is "us-east-1c_t4_1": expected a zone and intel_64, k80_1, k80_8, v100_1 or v100_8`},
		{"spot-availability-skypilot", "x.csv", "seconds_from_start,us-east-1c_v100_1\n0,3\n", "expected a name such as availability_16-node"},
		{"ec2-spot-advisor", "a.csv", strings.Join(advisorColumns, ",") + "\n2021-02-10,r,a1.large,2,4.0,5,x,3\n", `a.csv:2:29: r is "5": expected a whole number from 0 to 4`},
		{"ec2-catalog-2015", "instances_linux.csv", "region,type\n", "instances_linux.csv:1:1: no column for vcpus"},
		{"ec2-reserved-monthly", "ec2-conf.csv", "Instance-Type,Memory,CPUs,Physical Processor,Network Performance,Linux On Demand cost,Linux Reserved cost\na1.large,4 GB,2 vCPUs,x,y,$1 monthly,unavailable\n", `ec2-conf.csv:2:10: Memory is "4 GB": expected a number such as "8 GiB"`},
		{"video-transcode-times", "AWS-c52xlarge.csv", "x\n", "AWS-c52xlarge.csv:1:1: expected the columns sheet,"},
		{"video-transcode-times", "x.csv", "x\n", "no file AWS-c52xlarge.csv"},
		{"azure-vm-2017", "flavors.csv", "flavor,vcpu,memory_gb\nb,1,1\n", "no file lifetime_bins*.csv"},
		{"nasa-http-1995", "requests_per_minute.csv.gz", "", "requests_per_minute.csv.gz: empty"},
	} {
		f, _ := Find(test.format)
		dir := folder(t, map[string]string{test.file: test.text})
		ending := ".csv"
		out := filepath.Join(t.TempDir(), "out"+ending)
		err := f.Convert([]string{dir}, out, options(t, test.format, ""), nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", test.format, err, test.want)
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
			t.Errorf("%s: %v is left after %v", test.format, left, err)
		}
	}
}

func TestADamagedArchiveIsAnError(t *testing.T) {
	f, _ := Find("nasa-http-1995")
	dir := folder(t, map[string]string{"requests_per_minute.csv.gz": "minute_start,requests\n" + strings.Repeat("1995-07-01 00:00:00,42\n", 5000)})
	path := filepath.Join(dir, "requests_per_minute.csv.gz")
	data, _ := os.ReadFile(path)
	for _, bad := range [][]byte{data[:len(data)/2], []byte("minute_start,requests\n")} {
		os.WriteFile(path, bad, 0o644)
		if err := f.Convert([]string{dir}, filepath.Join(t.TempDir(), "o.csv"), nil, nil); err == nil || !strings.Contains(err.Error(), "requests_per_minute.csv.gz: ") {
			t.Error(err)
		}
	}
}

func TestSpotPricesAreChangesInOrderOfTime(t *testing.T) {
	got := rows(t, "ec2-spot-2021", "", map[string]string{
		"b.csv.gz": spotHead + "2021-03-02T01:00:00+00:00,Linux/UNIX,m9.large,0.05,us-east-1b\n2021-03-03T01:00:00+00:00,Linux/UNIX,m9.large,0.050000,us-east-1b\n2021-03-04T01:00:00+00:00,Linux/UNIX,m9.large,0.0512,us-east-1b\n",
		"a.csv":    spotHead + "2021-03-03T02:00:00+01:00,Linux/UNIX,m9.large,7,us-east-1a\n2021-03-03T01:00:00+00:00,Linux/UNIX,m9.large,8,us-east-1a\n",
	})
	same(t, got, "time,zone,instance_type,price",
		"2021-03-02T01:00:00Z,us-east-1b,m9.large,50000",
		"2021-03-03T01:00:00Z,us-east-1a,m9.large,8000000",
		"2021-03-04T01:00:00Z,us-east-1b,m9.large,51200")
}

func TestSpotAvailabilityIsReservedLessWhatCouldBeHad(t *testing.T) {
	got := rows(t, "spot-availability-skypilot", "", map[string]string{
		"availability_4-node_aws-03-04-2023.csv": "seconds_from_start,us-east-1c_v100_1,us-west-2a_k80_8\n0,4,0\n30,3,0\n90,3,1\n150,4,\n"})
	same(t, got, "time,region,zone,instance_type,reserved,in_use",
		"2023-03-04T00:00:00Z,us-east-1,us-east-1c,p3.2xlarge,4,1",
		"2023-03-04T00:00:00Z,us-west-2,us-west-2a,p2.8xlarge,4,4",
		"2023-03-04T00:01:00Z,us-west-2,us-west-2a,p2.8xlarge,4,3",
		"2023-03-04T00:02:00Z,us-east-1,us-east-1c,p3.2xlarge,4,0",
		"2023-03-04T00:02:00Z,us-west-2,us-west-2a,p2.8xlarge,4,?",
		"2023-03-04T00:03:00Z,us-east-1,us-east-1c,p3.2xlarge,4,?")
}

func TestTwoRecordingsOfOnePoolMayNotOverlap(t *testing.T) {
	f, _ := Find("spot-availability-skypilot")
	text := "seconds_from_start,us-east-1c_v100_1\n0,0\n600,1\n"
	dir := folder(t, map[string]string{"availability_1-node_aws-03-04-2023.csv": text, "preemption_4-node_aws-03-04-2023.csv": text})
	err := f.Convert([]string{dir}, filepath.Join(t.TempDir(), "o.csv"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "pool us-east-1c/p3.2xlarge is also in") {
		t.Error(err)
	}
}

func TestSeriesBecomeTimesInUTC(t *testing.T) {
	same(t, rows(t, "nasa-http-1995", "", map[string]string{"requests_per_minute.csv": "minute_start,requests\n1995-07-01 20:00:00,42\n1995-07-01 20:01:00,61\n"}),
		"time,series,value", "1995-07-02T00:00:00Z,nasa_requests_per_minute,42", "1995-07-02T00:01:00Z,nasa_requests_per_minute,61")
	same(t, rows(t, "nab-cloudwatch", "", map[string]string{"nyc_taxi.csv": "timestamp,value\n2014-07-01 00:00:00,5\n", "elb.csv": "timestamp,value\n2014-07-01 00:00:00,0.25\n"}),
		"time,series,value", "2014-07-01T00:00:00Z,elb,0.25", "2014-07-01T04:00:00Z,nyc_taxi,5")
	same(t, rows(t, "cloud-totals-2019", "", map[string]string{"azure_v2_x.csv": "timestamp,cpu_usage,assigned_mem\n0,250,7\n", "google_2019_x.csv": "avg_cpu,avg_mem,avg_assigned_mem,avg_cycles_per_instruction\n0.5,0.25,1,9\n0.5,0,1,9\n"}),
		"time,series,value", "2019-05-01T00:00:00Z,azure_busy_cores,2.5", "2019-05-01T00:00:00Z,azure_assigned_mem,7",
		"2019-05-01T00:00:00Z,google_avg_cpu,0.5", "2019-05-01T00:05:00Z,google_avg_cpu,0.5",
		"2019-05-01T00:00:00Z,google_avg_mem,0.25", "2019-05-01T00:05:00Z,google_avg_mem,0",
		"2019-05-01T00:00:00Z,google_avg_assigned_mem,1", "2019-05-01T00:05:00Z,google_avg_assigned_mem,1")
}

func TestCatalogsComeInOneLayout(t *testing.T) {
	same(t, rows(t, "ec2-catalog-2015", "", map[string]string{"instances_linux.csv": "region,instance_type,vCPU,memory,ECU,linux.ondemand,linux.reserved.yrTerm1.noUpfront,linux.reserved.yrTerm3.allUpfront\n" +
		"r-2,t9.small,1,0.613,variable,0.02,,\nr-1,t9.large,2,4,6.5,0.1,0.07,0.04\n"}),
		"region,type,vcpus,memory_mib,ecu,on_demand,1y_no_upfront,3y_all_upfront", "r-1,t9.large,2,4096,6.5,0.1,0.07,0.04", "r-2,t9.small,1,628,0,0.02,,")
	same(t, rows(t, "ec2-catalog-2017-2023", "list: 2023-08", map[string]string{"us-east-1_2023-08.csv": "Instance type,CPU,CPU cores,Memory(GB),Linux OD cost in r-1,Linux Standard RI 1y AllUpfront cost in r-1\nt9.large,\"a, b\",2,4,0.051,0.03\n"}),
		"region,type,vcpus,memory_mib,ecu,on_demand,1y_all_upfront", "r-1,t9.large,2,4096,0,0.051,0.03")
	same(t, rows(t, "ec2-ondemand-2026", "", map[string]string{"instance_specs.csv": "InstanceType,VCPU,MemoryMb,GPU,Architecture\nt9.large,2,4096,0,arm64\n",
		"ondemand_linux.csv": "region,instance_type,ondemand_usd_per_hour\nr-1,t9.new,1\nr-1,t9.large,0.051\n"}),
		"region,type,vcpus,memory_mib,ecu,on_demand", "r-1,t9.large,2,4096,0,0.051")
	same(t, rows(t, "ec2-reserved-monthly", "", map[string]string{"ec2-conf.csv": "Instance-Type,Memory,CPUs,Physical Processor,Network Performance,Linux On Demand cost,Linux Reserved cost\n" +
		"t9.large,16.0 GiB,8 vCPUs for a 4h burst,x,y,\"$1,460 monthly\",$73 monthly\nt9.big,1 GiB,1 vCPUs,x,y,$73 monthly,unavailable\n"}),
		"region,type,vcpus,memory_mib,ecu,on_demand,1y_no_upfront", "us-east-1,t9.big,1,1024,0,0.1,", "us-east-1,t9.large,8,16384,0,2,0.1")
}

func TestTheAdvisorsClassesAreUpperBounds(t *testing.T) {
	same(t, rows(t, "ec2-spot-advisor", "", map[string]string{"a.csv": strings.Join(advisorColumns, ",") + "\n2021-02-10,eu-west-1,a9.large,2,4.5,4,>20%,69\n"}),
		"snapshot,region,type,vcpus,memory_gib,interruption_class,interruptions_below_percent,saving_percent", "2021-02-10,eu-west-1,a9.large,2,4.5,4,100,69")
}

func TestTranscodeTimesAreFitted(t *testing.T) {
	head := "sheet,video,segment,duration,bitrate (kb/s),size (kb),des_codec,des_fr,des_res,run 1,run 2,run 3,run 4,run 5,run 6,run 7,run 8,run 9,run 10\n"
	same(t, rows(t, "video-transcode-times", "", map[string]string{"AWS-c52xlarge.csv": head + "360r-24f-hevc,1,26,2,5,1,hevc,24,360,1,1,1,1,1,1,1,1,1,1\n", "VideoInformation.csv": "x\n"}),
		"format,machine,n,dropped_runs,mu,sigma,ks", "hevc-360p24,c5.2xlarge,1,0,0.0000,0.0000,0.0000")
}
