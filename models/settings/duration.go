package settings

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var days = regexp.MustCompile(`^([+-]?)([0-9]+)d(.*)$`)

// parseDuration reads what time.ParseDuration reads and, before it, whole days: 2d, 1d12h.
// A day is 24 hours here; a calendar day of a time zone may have 23 or 25.
func parseDuration(text string) (time.Duration, error) {
	part := days.FindStringSubmatch(text)
	if part == nil {
		d, err := time.ParseDuration(text)
		if err != nil && decimal.MatchString(text) {
			return 0, fmt.Errorf("expected a duration with its unit, such as %ss, %[1]sm or %[1]sh", text)
		}
		if err != nil {
			return 0, errors.New("expected " + wantOf(durationType))
		}
		return d, nil
	}
	whole, err := strconv.ParseInt(part[2], 10, 64)
	var rest time.Duration
	if err == nil && part[3] != "" && strings.Trim(part[3][:1], "0123456789.") == "" {
		rest, err = time.ParseDuration(part[3])
	} else if part[3] != "" {
		err = errors.New("a sign after the days")
	}
	if err != nil || whole > int64((math.MaxInt64-rest)/day) {
		return 0, errors.New("expected " + wantOf(durationType))
	}
	if part[1] == "-" {
		return -time.Duration(whole)*day - rest, nil
	}
	return time.Duration(whole)*day + rest, nil
}

// formatDuration writes 10m where time.Duration's own text is 10m0s, and whole days from two on as days.
func formatDuration(d time.Duration) string {
	if d%day == 0 && (d >= 2*day || d <= -2*day) {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if d%time.Minute == 0 && d != 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d%time.Hour == 0 && d != 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
