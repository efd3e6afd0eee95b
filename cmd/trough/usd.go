package main

import (
	"fmt"

	"trough.internal/models"
)

// usd is money as machine-readable output has it: a string of dollars with six decimals, "12.340000".
type usd models.MicroUSD

func (u usd) String() string {
	sign, m := "", uint64(u)
	if u < 0 {
		sign, m = "-", -uint64(u)
	}
	return fmt.Sprintf("%s%d.%06d", sign, m/1e6, m%1e6)
}

// MarshalJSON writes a string: a decimal that no reader rounds.
func (u usd) MarshalJSON() ([]byte, error) { return []byte(`"` + u.String() + `"`), nil }
