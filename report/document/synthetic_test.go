package document_test

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trough.internal/report/document"
)

// chart is the data of one chart, as package document describes it.
type chart struct {
	Title  string   `json:"title"`
	Unit   string   `json:"unit"`
	Kind   string   `json:"kind"`
	Time   []int64  `json:"time"`
	Series []series `json:"series"`
	Marks  []mark   `json:"marks"`
	name   string
}

type series struct {
	Name   string `json:"name"`
	Color  string `json:"color"`
	Values []any  `json:"values"` // int64, or nil where it is unknown
	Group  *group `json:"group,omitempty"`
}

type group struct {
	Region string `json:"region"`
	Zone   string `json:"zone"`
	Type   string `json:"type"`
}

type mark struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Label string `json:"label"`
	Kind  string `json:"kind"`
	Href  string `json:"href,omitempty"`
}

// monday is where the synthetic market begins: 2015-10-05 00:00 UTC.
const monday = 1444003200

var (
	someTypes = []string{"c4.8xlarge", "m4.10xlarge", "r3.2xlarge", "r3.4xlarge", "r3.8xlarge"}
	colours   = []string{"#332288", "#88ccee", "#117733", "#ddcc77", "#882255"}
	someZones = []string{"eu-west-1a", "eu-west-1b", "us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d", "us-west-2e"}
)

// market makes the charts of so many pools over so many steps: what was borrowed by pool, the sums, and the queue.
func market(pools int, steps int, step int64) []chart {
	borrowed := chart{name: "borrowed", Title: "Borrowed instances by pool", Unit: "instances", Kind: "stacked"}
	surplus := chart{name: "surplus", Title: "What could be borrowed, and what was", Unit: "instances", Kind: "step"}
	queue := chart{name: "queue", Title: "Jobs waiting, by priority", Unit: "jobs", Kind: "lines"}
	for i := range steps {
		borrowed.Time = append(borrowed.Time, monday+int64(i)*step)
	}
	surplus.Time, queue.Time = borrowed.Time, borrowed.Time
	for p := range pools {
		zone, kind := someZones[p/len(someTypes)%len(someZones)], p%len(someTypes)
		s := series{Name: zone + "/" + someTypes[kind], Color: colours[kind],
			Group: &group{Region: zone[:len(zone)-1], Zone: zone, Type: someTypes[kind]}}
		for i := range steps {
			s.Values = append(s.Values, wave(p, int64(i)*step))
		}
		borrowed.Series = append(borrowed.Series, s)
	}
	held, free := series{Name: "borrowed", Color: "#88ccee"}, series{Name: "reserved - in use", Color: "#222222"}
	high, rest := series{Name: "high", Color: "#c1272d"}, series{Name: "medium + low", Color: "#e9c46a"}
	for i := range steps {
		at := int64(i) * step
		held.Values = append(held.Values, 20*wave(1, at))
		free.Values = append(free.Values, 25*wave(1, at)+40)
		high.Values = append(high.Values, wave(7, at)/3)
		rest.Values = append(rest.Values, 4*wave(9, at))
	}
	surplus.Series, queue.Series = []series{free, held}, []series{rest, high}
	last := borrowed.Time[steps-1]
	for day := int64(0); monday+day*86400 < last; day++ {
		at := monday + day*86400
		surplus.Marks = append(surplus.Marks, mark{at + 10*3600, at + 12*3600, "curfew", "curfew", ""})
		surplus.Marks = append(surplus.Marks, mark{at + 11*3600, at + 11*3600 + 240, fmt.Sprintf("overdraft of %d in us-east-1a/r3.4xlarge", day+1), "overdraft", fmt.Sprintf("#episode-%d", day)})
	}
	surplus.Marks = append(surplus.Marks, mark{monday + 20*3600, monday + 22*3600, "evacuation of us-east-1", "evacuation", ""})
	return []chart{borrowed, surplus, queue}
}

// wave is a day's tide of a pool, with ripples: about what a trough looks like, and the same every time.
func wave(pool int, at int64) int64 {
	hour := float64(at) / 3600
	tide := 1 - math.Cos((hour-float64(pool%5))*math.Pi/12)
	return int64((8+float64(pool%7))*tide) + (at/600*7919+int64(pool)*104729)%4
}

// pageOf is a page as trough writes it, as far as the charts are concerned.
func pageOf(t testing.TB, charts []chart) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A week</title><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src %s">
<style>body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:80rem;padding:1rem;background:var(--chart-paper,#fff);color:var(--chart-ink,#222)}
figure{margin:0 0 2rem}svg{max-width:100%%;height:auto}table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:left}</style></head>
<body><main><h1>A week</h1><section><h2>Charts</h2>`, document.ScriptSource())
	for _, c := range charts {
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "<figure class=\"chart\" id=\"chart-%s\" data-chart=\"%[1]s\"><svg role=\"img\" aria-label=\"%s\" width=\"1000\" height=\"420\" viewBox=\"0 0 1000 420\"><path fill=\"#88ccee\" d=\"M0 420L500 20L1000 420z\"/></svg></figure>\n"+
			"<script type=\"application/json\" id=\"data-%[1]s\">%[3]s</script>\n", c.name, html.EscapeString(c.Title), data)
	}
	b.WriteString("</section><section><h2>Overdrafts</h2><table><thead><tr><th scope=col>when</th><th scope=col>why</th></tr></thead><tbody>")
	for i := range 40 {
		fmt.Fprintf(&b, "<tr id=episode-%d><td>Day %[1]d</td><td><details><summary>trail</summary><p>the margin was binding</p></details></td></tr>\n", i)
	}
	b.WriteString("</tbody></table></section></main>" + string(document.Interactive()) + "</body></html>\n")
	path := filepath.Join(t.TempDir(), "index.html")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
