// One chart: a uPlot in place of its figure's static plot.

// makeChart returns what the others need of it: draw() for the view as it is, point(at) for the cursor, and so on.
function makeChart(figure, data, shared) {
	const live = make("div", "chart-live"), legend = makeLegend(figure, data), plot = make("div", "chart-plot")
	plot.tabIndex = 0
	plot.setAttribute("role", "group")
	plot.setAttribute("aria-roledescription", "interactive chart")
	plot.setAttribute("aria-label", data.title + ", " + data.unit)
	plot.setAttribute("aria-describedby", "chart-keys")
	live.append(...legend.head, plot, legend.list)
	figure.append(live)
	figure.classList.add("is-live") // from here on the static plot has no width to measure: report.css hides it

	const stacked = data.kind === "stacked"
	const shown = data.series.map(() => true)
	let columns = stacked ? stackUp(data.series, shown) : data.series.map(s => s.values)
	let u = null, stale = true, seen = true

	const chart = {
		figure, plot, data,
		get u() { return u },
		// toggle shows the series that pass and hides the others.
		toggle(passes) {
			data.series.forEach((s, k) => { shown[k] = passes(s.group) })
			columns = stacked ? stackUp(data.series, shown) : data.series.map((s, k) => shown[k] ? s.values : null)
			figure.dataset.shown = shown.filter(Boolean).length
			legend.toggle(shown)
			chart.draw()
		},
		// draw shows the shared view; a chart that is not on the screen waits until it is.
		draw() {
			stale = true
			if (!seen || !u) return
			stale = false
			const { from, to } = shared.view, reduced = chart.columns()
			u.batch(() => {
				shown.forEach((on, k) => { if (u.series[k + 1].show !== on) u.setSeries(k + 1, { show: on }, false) })
				u.setData(reduced, false)
				u.setScale("x", { min: from, max: to })
			})
			figure.dataset.from = Math.round(from)
			figure.dataset.to = Math.round(to)
			chart.point(shared.at)
		},
		columns() {
			const { from, to } = shared.view, time = data.time
			const out = reduce(time, columns, from, to, Math.max(1, plot.clientWidth))
			const last = time[time.length - 1]
			if (data.kind !== "lines" && last < to && out[0].length) { // a step holds until the end
				out[0].push(to)
				for (const c of out.slice(1)) if (c) c.push(c[c.length - 1])
			}
			const none = out[0].map(() => null)
			return out.map(c => c || none)
		},
		// point shows the values at a time, here and in the legend; null for none.
		point(at) {
			if (!seen || !u) return
			const left = at === null ? -10 : u.valToPos(at, "x")
			if (Math.abs(u.cursor.left - left) > 0.01) u.setCursor({ left, top: at === null ? -10 : 1 }, false)
			legend.point(at, at === null ? -1 : indexAt(data.time, at))
		},
		recolour() {
			legend.recolour(shared.theme, colourOf)
			if (u) u.redraw(false)
		},
		// remove gives the static plot back.
		remove() {
			sight.disconnect()
			size.disconnect()
			if (u) u.destroy()
			live.remove()
			figure.classList.remove("is-live")
		},
	}
	const colourOf = s => visible(s.color, shared.theme.paper, stacked ? 1.6 : 3)
	const sight = new IntersectionObserver(entries => {
		seen = entries[entries.length - 1].isIntersecting
		if (seen && stale) chart.draw()
	}, { rootMargin: "200px" })
	const size = new ResizeObserver(() => {
		if (u && plot.clientWidth && plot.clientWidth !== u.width) {
			u.setSize({ width: plot.clientWidth, height: heightOf(plot) })
			chart.draw()
		}
	})
	try {
		u = new uPlot(optionsOf(chart, shared, colourOf), chart.columns(), plot)
		bindGestures(chart, shared)
		legend.recolour(shared.theme, colourOf)
		figure.dataset.shown = shown.length
		chart.draw()
		sight.observe(figure)
		size.observe(plot)
	} catch (err) {
		chart.remove()
		throw err
	}
	return chart
}

function heightOf(plot) {
	return plot.clientWidth < 500 ? 230 : 300
}

function optionsOf(chart, shared, colourOf) {
	const { plot, data } = chart, stacked = data.kind === "stacked"
	const paths = data.kind === "lines" ? uPlot.paths.linear() : uPlot.paths.stepped({ align: 1 })
	const axis = { stroke: () => shared.theme.soft, font: "12px system-ui, sans-serif", ticks: { show: false }, grid: { stroke: () => shared.theme.grid, width: 1 } }
	return {
		width: plot.clientWidth, height: heightOf(plot), padding: [12, plot.clientWidth < 500 ? 8 : 32, 0, 0], // on the right, room for half a date
		tzDate: at => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
		legend: { show: false },
		scales: {
			x: { auto: false, min: shared.view.from, max: shared.view.to, range: (u, min, max) => [min, max] },
			y: { range: (u, min, max) => [Math.min(0, min ?? 0), Math.max(max ?? 0, 1) * 1.04] },
		},
		axes: [ // the one of values has room for 5 digits, so that the charts' times stand below each other
			{ ...axis, space: 70, size: 40, values: (u, splits, k, space, step) => splits.map((at, i) => tickText(at, step, i)) },
			{ ...axis, size: (u, values) => 18 + 7 * Math.max(5, ...(values || []).map(v => String(v).length)), values: (u, splits) => splits.map(v => numbers.format(v)) },
		],
		series: [{}].concat(data.series.map(s => ({
			label: s.name, paths, points: { show: false },
			stroke: () => colourOf(s), width: stacked ? 0 : 1.5,
			fill: stacked ? () => colourOf(s) : undefined,
		}))),
		cursor: {
			y: false, points: { show: false },
			drag: { x: true, y: false, setScale: false, dist: 4 },
			bind: gestureBindings(shared),
		},
		hooks: {
			draw: [u => drawMarks(u, data.marks, shared)],
			setSelect: [u => {
				if (u.select.width > 0) {
					const from = u.posToVal(u.select.left, "x"), to = u.posToVal(u.select.left + u.select.width, "x")
					u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
					shared.show(from, to)
				}
			}],
			setCursor: [u => shared.point(u.cursor.left < 0 ? null : u.posToVal(u.cursor.left, "x"))],
		},
	}
}

// tickText says the day where it begins and the time elsewhere; the first tick has the day in any case.
function tickText(at, step, i) {
	if (step >= 86400) return dayText(at)
	if (at % 86400 === 0) return dayText(at)
	return i === 0 ? clockText(at) + "\n" + dayText(at) : clockText(at)
}
