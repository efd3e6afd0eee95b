package convert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fuzzed are the sets whose conversion is of one file, by the file's name.
var fuzzed = []struct{ format, file, head, row string }{
	{"alibaba-dlrm-2025", "d.csv", dlrmHead, "i,CN,a,48,,,,,,,,,,,60,,3600\n"},
	{"alibaba-genai-2026", "lora_request_trace.csv", genaiHead, "2024-11-18 00:00:05,TXT_2_IMG,SUCCEED,32.0,G,63.0,26.0,1.0,30.0,M,0\n"},
	{"alibaba-openb-2023", "openb_pod_list.csv", openbHead, "b,16000,1,0,0,,LS,Running,9676800,9680400,9676800\n"},
	{"ec2-reserved-monthly", "ec2-conf.csv", "Instance-Type,Memory,CPUs,Physical Processor,Network Performance,Linux On Demand cost,Linux Reserved cost\n", "t9.big,1 GiB,1 vCPUs,x,y,$73 monthly,unavailable\n"},
	{"ec2-spot-2015", "s.csv", spotHead, "2015-03-11 16:54:38+00:00,Linux,c3.xlarge,0.0324,us-east-1a\n"},
	{"ec2-spot-advisor", "a.csv", strings.Join(advisorColumns, ",") + "\n", "2021-02-10,eu-west-1,a9.large,2,4.5,4,>20%,69\n"},
	{"huawei-east-1-vm", "vm_lifetimes.csv", "vmid,cpu,mem,at,lt\n", "0,1,2,0.0,194.0\n1,1,2,90000.0,1940000.0\n"},
	{"nab-cloudwatch", "x.csv", "timestamp,value\n", "2014-04-10 00:04:00,94.0\n"},
	{"spot-availability-skypilot", "availability_4-node_aws-03-04-2023.csv", "", "seconds_from_start,us-east-1c_v100_1\n0,4\n30,3\n60,\n"},
	{"wagap-2013-jobs", "wagap-2013.csv", wagapHead, "0,1356996147,0,56011,64,1,1024,64,86400,68719476736,1,62,1,1,-1,1,1,1,q_1d,x\n"},
}

// What is accepted can be read again; what is refused is refused in one line and leaves nothing.
func FuzzConvert(f *testing.F) {
	for i, one := range fuzzed {
		f.Add(uint8(i), one.head+one.row)
		f.Add(uint8(i), one.head+one.row+one.row)
		f.Add(uint8(i), one.head+strings.Replace(one.row, "1", "-1e9", 1))
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		one := fuzzed[int(which)%len(fuzzed)]
		format, _ := Find(one.format)
		dir := t.TempDir()
		in := filepath.Join(dir, one.file)
		if err := os.WriteFile(in, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "out.csv")
		if err := format.Convert([]string{in}, out, small(format), nil); err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("%v is left", left)
			}
			return
		}
		readBack(t, format, out)
	})
}

// small are options that make few jobs of much work.
func small(f Format) any {
	if f.Options == nil {
		return nil
	}
	o := f.Options()
	switch o := o.(type) {
	case *WagapOptions:
		o.Work.Processors = 1e6
	case *OpenbOptions:
		o.Work.Processors = 1e6
	case *GenAIOptions:
		o.Work.Processors = 1e6
	}
	return o
}

func FuzzLifetime(f *testing.F) {
	for _, text := range []string{"U0", "C45", "U46", "X1", "U", "U01", "U-1", "U99999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\"\r\n,") {
			return
		}
		path := filepath.Join(t.TempDir(), "x.csv")
		os.WriteFile(path, []byte("a,lifetime\n1,"+text+"\n"), 0o644)
		table, err := openTable(path, "a", "lifetime")
		if err != nil {
			t.Fatal(err)
		}
		table.next()
		bin, cut := azureLifetime(table, 46)
		err = table.close()
		if bin < 0 || bin > 45 || err == nil && cut != (text[0] == 'C') {
			t.Errorf("%q: bin %d, cut %v, %v", text, bin, cut, err)
		}
	})
}

func FuzzRename(f *testing.F) {
	for _, text := range []string{"48=m4.large", "=", "a=b=c", "a=b c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r, again Rename
		if r.UnmarshalText([]byte(text)) != nil {
			return
		}
		back, _ := r.MarshalText()
		if err := again.UnmarshalText(back); err != nil || again != r {
			t.Errorf("%q reads as %+v, and what it writes as %+v, %v", text, r, again, err)
		}
	})
}
