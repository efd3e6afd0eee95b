package zoneinfo

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// TestVersionIsThatOfTheData fails when the archive is renewed and Version is not looked at.
func TestVersionIsThatOfTheData(t *testing.T) {
	known := map[string]string{
		"2025c": "8f55634d05f8bca1f7bc7c69c5933428c69357e0bdf565e5ba224e3f88ff12e8",
	}
	sum := sha256.Sum256(archive)
	if got := hex.EncodeToString(sum[:]); got != known[Version] {
		t.Errorf("the archive has SHA-256 %s, version %s has %s", got, Version, known[Version])
	}
}

func TestDaysAreAsLongAsTheZoneSays(t *testing.T) {
	for _, machine := range []string{"", "/nowhere/zoneinfo.zip"} {
		t.Setenv("ZONEINFO", machine)
		t.Setenv("TZ", "Nowhere/Bogus")
		zone, err := Load("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			month time.Month
			day   int
			want  time.Duration
		}{{11, 1, 25 * time.Hour}, {3, 8, 23 * time.Hour}, {6, 1, 24 * time.Hour}} {
			start := time.Date(2015, c.month, c.day, 0, 0, 0, 0, zone)
			if got := time.Date(2015, c.month, c.day+1, 0, 0, 0, 0, zone).Sub(start); got != c.want {
				t.Errorf("2015-%02d-%02d lasts %v, not %v", c.month, c.day, got, c.want)
			}
		}
	}
}

func TestUTCIsTheUsualOne(t *testing.T) {
	if zone, err := Load("UTC"); err != nil || zone != time.UTC {
		t.Errorf("%v, %v", zone, err)
	}
}

func TestEveryZoneOfTheArchiveLoads(t *testing.T) {
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	if len(files.File) < 500 {
		t.Errorf("only %d zones", len(files.File))
	}
	for _, file := range files.File {
		if zone := read(file); zone.String() != file.Name {
			t.Errorf("%s is called %s", file.Name, zone)
		}
	}
}

func TestAnUnknownZoneIsOneLineWithTheNearest(t *testing.T) {
	for name, want := range map[string]string{
		"":                   `unknown time zone "": expected a name such as America/New_York or UTC`,
		"Local":              `unknown time zone "Local": expected a name such as America/New_York or UTC`,
		"America/NewYork":    `unknown time zone "America/NewYork": did you mean "America/New_York"?`,
		"america/new_york":   `unknown time zone "america/new_york": did you mean "America/New_York"?`,
		"New York":           `unknown time zone "New York": did you mean "America/New_York"?`,
		"Europe/Berlni":      `unknown time zone "Europe/Berlni": did you mean "Europe/Berlin"?`,
		"utc":                `unknown time zone "utc": did you mean "UTC"?`,
		"../../etc/passwd\n": `unknown time zone "../../etc/passwd\n": expected a name such as America/New_York or UTC`,
	} {
		zone, err := Load(name)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", name, zone, err, want)
		}
	}
	if _, err := Load(strings.Repeat("a", 1<<16)); err == nil {
		t.Error("a name of 64 KiB is accepted")
	}
}
