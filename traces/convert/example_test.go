package convert_test

import (
	"fmt"
	"os"
	"path/filepath"

	"trough.internal/models/settings"
	"trough.internal/traces/convert"
)

// Spot prices of a file become a price trace, unchanged repeats dropped.
func ExampleFormat_Convert() {
	dir, _ := os.MkdirTemp("", "convert")
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "spot.csv"), filepath.Join(dir, "prices.csv")
	os.WriteFile(in, []byte("Timestamp,ProductDescription,InstanceType,SpotPrice,AvailabilityZone\n"+
		"2021-03-02T14:45:01+00:00,Linux/UNIX,m9.large,0.0671,us-east-1a\n"+
		"2021-03-03T14:45:13+00:00,Linux/UNIX,m9.large,0.0671,us-east-1a\n"), 0o644)

	format, _ := convert.Find("ec2-spot-2021")
	err := format.Convert([]string{in}, out, nil, func(line string) { fmt.Println(line[len(out)+2:]) })
	fmt.Println(err)
	// Output:
	// 1 prices of 1 pools, 2021-03-02T14:45:01Z to 2021-03-02T14:45:01Z
	// 1 of 2 rows were repeats of an unchanged price
	// <nil>
}

// A format's options are settings: read from YAML, or set by hand.
func ExampleFormat_options() {
	format, _ := convert.Find("wagap-2013-jobs")
	options := format.Options()
	err := settings.Decode("options", []byte("weeks: 140\nwork: {load: 2}"), options)
	fmt.Println(err, options.(*convert.WagapOptions).Weeks, options.(*convert.WagapOptions).Work.Load)
	// Output: <nil> 140 2
}
