package main

import (
	"strconv"

	"trough.internal/models"
	"trough.internal/report"
)

// grouped writes a number with so many decimals and commas between thousands.
func grouped(v float64, places int) string { return report.Decimals(v, places) }

// count writes a whole number likewise.
func count[N int32 | int64 | int](n N) string { return report.Decimals(float64(n), 0) }

// money writes dollars and cents.
func money(u usd) string { return grouped(models.MicroUSD(u).USD(), 2) }

// shareText is a share in percent, with as many digits as it takes to differ from all.
func shareText(share *float64) string {
	if share == nil {
		return "-"
	}
	text := strconv.FormatFloat(100**share, 'f', 1, 64)
	if text == "100.0" && *share != 1 {
		text = strconv.FormatFloat(100**share, 'f', 3, 64)
	}
	return text + " %"
}

func hoursOf(seconds int64) float64 { return float64(seconds) / 3600 }
