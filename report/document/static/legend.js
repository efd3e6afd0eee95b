// The legend of a chart: what the colours mean and, under the cursor, the values.

function makeLegend(figure, data) {
	const head = [], titled = figure.querySelector("figcaption"), idle = titled ? "" : data.unit
	if (!titled) head.push(make("p", "chart-title", data.title))
	const line = make("p", "chart-line"), time = make("span", "chart-time", idle), note = make("span", "chart-note")
	line.append(time, note)
	head.push(line)
	const list = make("ul", "chart-legend")
	list.setAttribute("aria-label", "Legend of " + data.title)
	const items = data.series.map(s => {
		const li = make("li"), swatch = make("i"), value = make("b")
		li.append(swatch, make("span", "", s.name), value)
		list.append(li)
		return { li, swatch, value }
	})
	if (items.length > 16) list.tabIndex = 0 // report.css lets it scroll: keys must be able to, too
	let shown = items.map(() => true)
	return {
		head, list,
		toggle(now) {
			shown = now.slice()
			items.forEach((item, k) => { item.li.hidden = !shown[k] })
		},
		// point writes the values of the i-th time, or none.
		point(at, i) {
			const none = at === null || i < 0
			time.textContent = none ? idle : timeText(at) + " UTC"
			note.textContent = none ? "" : marksAt(data.marks, at, 0).map(m => m.label).slice(0, 3).join(", ")
			items.forEach((item, k) => { item.value.textContent = none || !shown[k] ? "" : valueText(data.series[k].values[i]) })
		},
		recolour(theme, colourOf) {
			items.forEach((item, k) => { item.swatch.style.background = colourOf(data.series[k]) })
		},
	}
}
