package report

import (
	"math"
	"strconv"
	"strings"

	"trough.internal/report/measure"
)

// Decimals writes a number with so many decimals and commas between thousands: 12,345.60.
func Decimals(v float64, places int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', places, 64)
	whole, fraction, _ := strings.Cut(s, ".")
	whole = measure.InThousands(whole)
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && strings.ContainsAny(whole, "123456789") {
		return "-" + whole
	}
	return whole
}

// Plain writes a number with so many decimals and nothing between thousands, as files have it: 12345.60.
func Plain(v float64, places int) string {
	return strings.ReplaceAll(Decimals(v, places), ",", "")
}

// percent writes a share with as many digits as it needs to differ from none.
func percent(share float64) string {
	if share > 0 && share < 0.005 {
		return "<1 %"
	}
	return Decimals(100*share, 0) + " %"
}
