package measure

import "strconv"

// Thousands writes a whole number with commas between thousands: 12,345.
func Thousands(n int64) string { return InThousands(strconv.FormatInt(n, 10)) }

// InThousands puts the commas between the digits of a whole number.
func InThousands(digits string) string {
	first := 0
	if digits != "" && digits[0] == '-' {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
