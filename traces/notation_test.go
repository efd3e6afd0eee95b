package traces

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

func ExampleParseNotation() {
	n, err := ParseNotation(`
		us-east-1a/r3.4xlarge reserved 10 in_use 4@0s 9@10m ?@20m 2@30m
		us-east-1b/m3.2xlarge reserved 6 8@1h in_use 1 # a value without @ is true from the start on
		job 20m high @0s x3; job 5m low @10m format hd deadline 1h
	`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(n.String())
	for _, c := range n.Capacity.Changes[:4] {
		fmt.Println(c.At, n.Capacity.Pools[c.Pool].Name(), c.Reserved, c.InUse)
	}
	// Output:
	// start 2015-10-01T00:00:00Z
	// until 2h
	// us-east-1a/r3.4xlarge reserved 10 in_use 4@0s 9@10m ?@20m 2@30m
	// us-east-1b/m3.2xlarge reserved 6@0s 8@1h in_use 1@0s
	// job 20m high @0s x3
	// job 5m low @10m format hd deadline 1h
	// 2015-10-01T00:00:00Z us-east-1a/r3.4xlarge 10 4
	// 2015-10-01T00:00:00Z us-east-1b/m3.2xlarge 6 1
	// 2015-10-01T00:10:00Z us-east-1a/r3.4xlarge 10 9
	// 2015-10-01T00:20:00Z us-east-1a/r3.4xlarge 10 -1
}

func TestNotationErrorsNameLineWordAndExpectation(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"x", `line 1, word 1: "x": expected a pool such as us-east-1a/r3.4xlarge, job, start or until`},
		{"\nz1a/t reserved", `line 2, word 3: the line ends: expected a count such as 4 or 4@10m`},
		{"z1a/t reserved 3 in_use -1", `line 1, word 5: "-1": expected a count such as 4, 4@10m or ?@10m`},
		{"z1a/t reserved ?", `line 1, word 3: "?": expected a count such as 4 or 4@10m`},
		{"z1a/t reserved 1 2", `line 1, word 4: "2": expected a later time than the value before`},
		{"z1a/t reserved 1@10m in_use 2", `line 1, word 5: "2": expected reserved from the first in_use on`},
		{"z1a/t in_use 2", `line 1, word 3: "2": expected reserved from the first in_use on`},
		{"z1a/t reserved 1 reserved 2", `line 1, word 4: "reserved": expected it once`},
		{"z1a/t reserved 1; z1a/t reserved 2", `line 1, word 4: "z1a/t": expected a pool that no line before has`},
		{"abc/t reserved 1", `line 1, word 3: "1": expected region NAME, as the zone's name begins with none`},
		{"job 20 high @0s", `line 1, word 2: "20": expected work such as 20m, at least 1s`},
		{"job 20m urgent @0s", `line 1, word 3: "urgent": expected high, medium or low`},
		{"job 20m high 0s", `line 1, word 4: "0s": expected an arrival such as @10m`},
		{"job 20m high @0s x0", `line 1, word 5: "x0": expected how many such as x3, at most 1048576 in all`},
		{"job 20m high @0s colour blue", `line 1, word 5: "colour": expected format, origin, title, group, after, deadline, vcpus or memory`},
		{"job 20m high @0s after 2", `jobs wait for group 2: expected a group that some job belongs to`},
		{"job 20m high @0s group 1 after 1", `group 1 waits for itself at 2015-10-01T00:00:00Z: expected no circle`},
		{"z1a/t reserved 1@1h\nuntil 1h", `until is 1h: expected later than the last change, 1h`},
		{"start yesterday", `line 1, word 2: "yesterday": expected one time such as 2015-10-01T00:00:00Z`},
		{"until 1h 2h", `line 1, word 3: "2h": expected the end of the line`},
		{"z1a/t reserved 1@1m2h", `line 1, word 3: "1@1m2h": expected a count such as 4 or 4@10m`},
	} {
		_, err := ParseNotation(test.text)
		if err == nil || err.Error() != "notation: "+test.want {
			t.Errorf("%q:\n got %v\nwant notation: %s", test.text, err, test.want)
		}
	}
}

func TestNotationIsReadAsItIsPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Notation{Capacity: *plainSteps(drawCapacity(t))}
		for i := range rapid.IntRange(0, 5).Draw(t, "jobs") {
			j := models.Job{ID: models.JobID(i), Arrival: n.Capacity.From + models.Instant(i/2*100), Work: int32(rapid.IntRange(1, 4000).Draw(t, "work")),
				Class: models.Class(rapid.IntRange(0, 2).Draw(t, "class")), Title: int32(rapid.IntRange(0, 2).Draw(t, "title")), Deadline: int32(rapid.IntRange(0, 100).Draw(t, "deadline"))}
			n.Jobs.Formats = []string{formatDefault}
			n.Jobs.Jobs = append(n.Jobs.Jobs, j)
		}
		got, err := ParseNotation(n.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, n.String())
		}
		if !reflect.DeepEqual(got, n) {
			t.Fatalf("%s\nread\n%+v\nwrote\n%+v", n.String(), got, n)
		}
	})
}

func FuzzNotation(f *testing.F) {
	f.Add("us-east-1a/r3.4xlarge reserved 10 in_use 4@0s 9@10m ?@20m 2@30m\njob 20m high @0s x3")
	f.Add("start 2015-10-05T00:00:00Z; until 2d; eu/x region eu-west-1 reserved 1 2@1d2h3m4s; job 1s low @1h group 3 after 2; job 1s medium @0s group 2 vcpus 4 memory 9 deadline 1h format q origin qa title 7")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNotation(text)
		if err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\n\r") || !strings.HasPrefix(s, "notation: ") {
				t.Fatalf("%q: expected one line", s)
			}
			return
		}
		again, err := ParseNotation(n.String())
		if err != nil {
			t.Fatalf("%v in what was printed:\n%s", err, n.String())
		}
		if again.String() != n.String() || len(n.Capacity.Changes) > 0 && !reflect.DeepEqual(again, n) {
			t.Fatalf("printed\n%s\nread and printed\n%s", n.String(), again.String())
		}
	})
}
