package report

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// A plot that was saved is drawn to the same bytes when it is loaded again.
func TestPlotsThatWereSavedAreDrawnAsBefore(t *testing.T) {
	named := handPlane()
	named.Marks[0].Names = []string{"point 1"}
	list := []Plot{named, handHeat(), &Plane{Name: "none", Empty: "nothing"}}
	var file bytes.Buffer
	if err := SavePlots(&file, list); err != nil {
		t.Fatal(err)
	}
	text := file.String()
	loaded, err := LoadPlots(&file)
	if err != nil || len(loaded) != len(list) {
		t.Fatalf("%d plots, %v", len(loaded), err)
	}
	for i := range list {
		if svgText(t, loaded[i]) != svgText(t, list[i]) || loaded[i].file() != list[i].file() {
			t.Errorf("plot %d is another one", i+1)
		}
	}
	if names := loaded[0].(*Plane).Marks[0].Names; len(names) != 1 || names[0] != "point 1" || !math.IsNaN(loaded[1].(*Heat).Fields[1][0].Value) {
		t.Errorf("names %v", names)
	}
	for _, p := range list {
		for i, f := range Files(p) {
			var out bytes.Buffer
			if err := f.Write(&out); err != nil || !strings.HasPrefix(out.String(), []string{"\x89PNG", "<?xml", "%PDF"}[i]) || !strings.HasPrefix(f.Name, p.file()+".") {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{"plots 1", "plots 9", "expected \"trough plots 1\""}, {"#332288", "#3322", "no colour like"}, {"#c1272d", "red", "no colour like"},
		{`"low":[-2,null,2]`, `"low":[-2]`, "ends of intervals"}, {`"rows":["0s",`, `"rows":[`, "names of rows"}, {`"columns":["0%",`, `"columns":[`, "columns"},
		{`{"heat":`, `{"heap":`, "neither plane nor heat"}, {`{`, `[`, "invalid character"},
	} {
		if _, err := LoadPlots(strings.NewReader(strings.Replace(text, c.old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as %s: %v", c.old, c.new, err)
		}
	}
}
