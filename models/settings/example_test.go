package settings_test

import (
	"fmt"
	"time"

	"trough.internal/models/settings"
)

func ExampleDecode() {
	type Margin struct {
		Share settings.Share `set:"share" default:"5%" min:"0%" max:"100%" doc:"part of a pool's reserved instances that is left unused"`
		Least int32          `set:"least" default:"2" min:"0" unit:"instances" doc:"at least so many are left unused"`
		After time.Duration  `set:"after" default:"10m" max:"24h" doc:"age of the telemetry from which the margin doubles"`
	}
	var margin Margin
	err := settings.Decode("margin.yaml", []byte("share: 7.5%\nafter: 1h30m\n"), &margin)
	fmt.Println(margin, err)

	resolved, _ := settings.Encode(margin)
	fmt.Print(string(resolved))
	for _, f := range settings.Describe(margin)[:2] {
		fmt.Printf("%s: %s, default %s, %s\n", f.Path, f.Doc, f.Default, f.Range)
	}

	fmt.Println(settings.Decode("margin.yaml", []byte("least: 4\nshare: 5\n"), &margin))
	fmt.Println(settings.Decode("margin.yaml", []byte("laest: 4\n"), &margin))
	// Output:
	// {7.5% 2 1h30m0s} <nil>
	// share: 7.5%
	// least: 2
	// after: 1h30m
	// share: part of a pool's reserved instances that is left unused, default 5%, 0% to 100%
	// least: at least so many are left unused, default 2, at least 0
	// margin.yaml:2:8: share is "5": expected a percentage such as "5%"
	// margin.yaml:1:1: unknown key "laest": did you mean "least"?
}

// A policy may be given by its name or with its settings.
func ExampleRaw() {
	type Scenario struct {
		Policy settings.Raw `set:"policy" default:"follow"`
	}
	type Follow struct {
		Step int `set:"step" default:"3" min:"1"`
	}
	for _, text := range []string{"policy: follow", "policy: {step: 5}", "policy: {step: 0}", "policy: folow"} {
		var scenario Scenario
		if err := settings.Decode("week.yaml", []byte(text), &scenario); err != nil {
			fmt.Println(err)
			continue
		}
		var follow Follow
		switch p := scenario.Policy; {
		case p.Kind() == "map":
			err := p.Decode(&follow)
			fmt.Println(follow, err)
		case p.String() == "follow":
			settings.Defaults(&follow)
			fmt.Println(follow)
		default:
			fmt.Println(p.Wrong("follow or its settings"))
		}
	}
	// Output:
	// {3}
	// {5} <nil>
	// {0} week.yaml:1:16: policy.step is "0": expected at least 1
	// week.yaml:1:9: policy is "folow": expected follow or its settings
}
