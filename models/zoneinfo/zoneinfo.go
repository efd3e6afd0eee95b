// Package zoneinfo is the one source of time zones: the IANA database as Go 1.26 ships it, embedded. The machine's own database is
// never asked, because another version of it could move a curfew, and with it every figure of a run.
//
// The data are in the public domain, says the IANA. To renew them, copy lib/time/zoneinfo.zip of a newer Go here and set
// Version to what lib/time/update.bash beside it says.
package zoneinfo

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"time"

	"trough.internal/models/settings"
)

// Version is the release of the IANA database. The compiled data do not say it themselves; a test ties it to their checksum.
const Version = "2025c"

//go:embed zoneinfo.zip
var archive []byte

// Load returns the zone of an IANA name such as America/New_York, or UTC. An empty name and Local, which mean whatever the
// machine is set to, are refused like unknown ones; the error is one line and names the nearest zone if one is near.
func Load(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil // the same pointer as in every time that never had another zone
	}
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		panic(err) // the archive is part of the program
	}
	var names []string
	for _, file := range files.File {
		if file.Name == name {
			return read(file), nil
		}
		names = append(names, file.Name)
	}
	return nil, fmt.Errorf("unknown time zone %q%s", name, hint(name, names))
}

func read(file *zip.File) *time.Location {
	data, err := contents(file)
	if err != nil {
		panic(err)
	}
	zone, err := time.LoadLocationFromTZData(file.Name, data)
	if err != nil {
		panic(err)
	}
	return zone
}

func contents(file *zip.File) ([]byte, error) {
	r, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// hint names the nearest zone, by its whole name or by its city alone.
func hint(name string, names []string) string {
	const example = ": expected a name such as America/New_York or UTC"
	if name == "Local" {
		return example // it was meant, but it is not to be had
	}
	if near, ok := settings.Nearest(name, names); ok {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	var cities []string
	for _, n := range names {
		cities = append(cities, n[strings.LastIndexByte(n, '/')+1:])
	}
	city, ok := settings.Nearest(strings.ReplaceAll(name, " ", "_"), cities)
	if !ok {
		return example
	}
	for i, c := range cities {
		if c == city {
			return fmt.Sprintf(": did you mean %q?", names[i])
		}
	}
	return ""
}
