package catalog

import (
	"embed"
	"slices"
	"time"

	"trough.internal/models"
)

// Note: prices changed more often than there are lists. What is used between two lists is the earlier one: a run in
// 2016 pays the prices of August 2015, though Amazon lowered some in January 2016.
var published = []struct {
	file string
	date time.Time
}{
	{"2015-08.csv", time.Date(2015, 8, 2, 0, 0, 0, 0, time.UTC)},
	{"2017-03.csv", time.Date(2017, 3, 1, 0, 0, 0, 0, time.UTC)},
	{"2019-04.csv", time.Date(2019, 4, 5, 0, 0, 0, 0, time.UTC)},
}

//go:embed *.csv
var files embed.FS

var builtin = mustLoad()

// Builtin are the lists that the program brings along. Its types are those that scenarios use, not all.
func Builtin() History { return slices.Clone(builtin) }

func mustLoad() History {
	var h History
	for _, p := range published {
		text, err := files.ReadFile(p.file)
		if err != nil {
			panic(err) // the lists are part of the program
		}
		c, err := Parse("catalog of "+p.date.Format(time.DateOnly), text)
		if err != nil {
			panic(err)
		}
		c.Since = models.InstantOf(p.date)
		h = append(h, c)
	}
	return h
}
