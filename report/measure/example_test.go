package measure_test

import (
	"fmt"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// A ledger goes in, event by event; figures come out.
func ExampleAccumulator() {
	pools := []models.Pool{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge", Speed: 1000, OnDemand: 1_400_000}}
	a := measure.New(measure.Setup{Pools: pools, Borrowers: []string{"encoding"}})
	for _, e := range []models.Event{
		{At: 0, Kind: models.OwnersChanged, N: 10, M: 4},
		{At: 0, Kind: models.Ordered, To: models.OnOrder},
		{At: 0, Kind: models.Launched, From: models.OnOrder, To: models.Booting},
		{At: 1800, Kind: models.OwnersChanged, N: 10, M: 10}, // the owners take all they reserved
		{At: 1920, Kind: models.Gone, From: models.Booting, Cause: models.ByOverdraft},
	} {
		a.Event(e)
	}
	result := a.Finish(3600)
	for _, key := range []string{"borrowed_hours", "overdraft_exposure", "instantaneous_overdraft_cost", "throughput_gain"} {
		f, _ := measure.Find(result.Figures(), key)
		if !f.Known {
			fmt.Printf("%s: %s\n", f.Name, f.Note)
			continue
		}
		fmt.Printf("%s: %.2f %s\n", f.Name, f.Value, f.Unit)
	}
	fmt.Println("the overdraft was ended by:", result.Episodes[0].Ended)
	// Output:
	// borrowed capacity: 0.53 instance-hours
	// overdraft exposure: 120.00 instance-seconds
	// instantaneous overdraft cost: 0.05 USD
	// throughput gain: needs the same run without borrowing
	// the overdraft was ended by: overdraft
}
