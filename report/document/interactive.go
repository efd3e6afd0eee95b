package document

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"
)

// interactive is what makes the charts of a page live: styles and a script, inline, for the end of its body. A page that
// has none of the charts described here is left as it is; so is one without JavaScript.
//
// A chart is a figure with its static plot, and the numbers behind it:
//
//	<figure class="chart" id="chart-borrowed" data-chart="borrowed"><svg>...</svg></figure>
//	<script type="application/json" id="data-borrowed">{
//	  "title": "Borrowed instances by type", "unit": "instances", "kind": "stacked",
//	  "time": [1443657600, ...], "until": 1446336000,
//	  "series": [{"name": "r3.4xlarge", "color": "#332288", "values": [12, null, ...],
//	              "group": {"region": "us-east-1", "zone": "us-east-1a", "type": "r3.4xlarge"}}],
//	  "marks": [{"from": 1443700000, "to": 1443700300, "label": "overdraft of 3", "kind": "overdraft", "href": "#episode-12"}]
//	}</script>
//
// Times are Unix seconds, rising, at least two, the same for all series of a chart, and the last value holds until the end, which
// is the last time where none is given; a value that is not known is null.
// Kind is "step" for what holds until the next time, "stacked" for steps that add up, the first series at the top as in
// the legend, and "lines" for what lies between its points. Whatever a group leaves out is not filtered by. A mark's kind is
// overdraft, curfew or evacuation; a click on one with a link goes there and opens every details element in it and around it. Where a figure has
// a figcaption the chart has no title of its own. Where anything is wrong with the data, the static plot stays.
func interactive() template.HTML {
	return template.HTML("<style>" + style + "</style>\n<script>" + script + "</script>\n")
}

// scriptSource names that one script in a Content-Security-Policy ('sha256-...'): a page whose policy is
// "default-src 'none'; style-src 'unsafe-inline'; script-src" and this runs no other script and asks no network.
func scriptSource() string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var (
	//go:embed static/uplot/uPlot.min.css
	uPlotStyle string
	//go:embed static/uplot/uPlot.iife.min.js
	uPlotScript string
	//go:embed static/report.css
	reportStyle string
	//go:embed static/reduce.js
	reduceScript string
	//go:embed static/theme.js
	themeScript string
	//go:embed static/marks.js
	marksScript string
	//go:embed static/legend.js
	legendScript string
	//go:embed static/gestures.js
	gesturesScript string
	//go:embed static/chart.js
	chartScript string
	//go:embed static/controls.js
	controlsScript string
	//go:embed static/report.js
	reportScript string
)

// One function holds all of the script, so that none of its names can meet one of the page.
var (
	style  = uPlotStyle + reportStyle
	script = strings.Join([]string{"(() => {\n\"use strict\"", uPlotScript, reduceScript, themeScript, marksScript, legendScript,
		gesturesScript, chartScript, controlsScript, reportScript, "})()\n"}, "\n")
)
