// The report's charts, live: all of them share one view of time and one cursor. Where anything fails, the static plot
// of that chart stays, and the page says why on the console.

function start() {
	const figures = [...document.querySelectorAll("figure.chart[data-chart]")]
		.filter(f => document.getElementById("data-" + f.dataset.chart))
	const parsed = []
	for (const figure of figures) {
		try {
			parsed.push([figure, parseData(document.getElementById("data-" + figure.dataset.chart).textContent)])
		} catch (err) {
			console.error("chart " + figure.dataset.chart + " stays as it is: " + err.message)
		}
	}
	if (!parsed.length) return

	const shared = makeShared(parsed.map(([, data]) => data))
	for (const [figure, data] of parsed) {
		try {
			shared.charts.push(makeChart(figure, data, shared))
		} catch (err) {
			console.error("chart " + figure.dataset.chart + " stays as it is: " + err.message)
		}
	}
	if (!shared.charts.length) return
	shared.controls = makeControls(shared.charts.map(c => c.figure), shared.charts, shared)
	shared.reset()
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
		shared.theme = readTheme()
		for (const c of shared.charts) c.recolour()
	})
	addEventListener("hashchange", reveal)
	if (location.hash) reveal()
}

// makeShared is what the charts have in common: the view, the cursor, the theme.
function makeShared(all) {
	const full = { from: Math.min(...all.map(d => d.time[0])), to: Math.max(...all.map(d => d.until)) }
	const least = Math.min(300, full.to - full.from) // seconds; a closer look shows nothing more
	let queued = false
	const voice = make("p", "chart-voice")
	voice.setAttribute("aria-live", "polite")

	const shared = {
		view: { ...full }, at: null, theme: readTheme(), charts: [], controls: null, voice,
		// show sets the view, moved and narrowed so that it lies within the whole span. Several calls within a frame are drawn once.
		show(from, to) {
			const width = Math.min(full.to - full.from, Math.max(least, to - from))
			const middle = (from + to) / 2
			const begin = Math.max(full.from, Math.min(full.to - width, middle - width / 2))
			shared.view = { from: begin, to: begin + width }
			if (queued) return
			queued = true
			requestAnimationFrame(() => {
				queued = false
				performance.mark("charts-begin")
				for (const c of shared.charts) c.draw()
				shared.controls.update(shared.view, full)
				performance.measure("charts", "charts-begin")
			})
		},
		reset() { shared.show(full.from, full.to) },
		// zoom makes the view so many times as wide, around a time that stays where it is.
		zoom(factor, at) {
			const { from, to } = shared.view
			if (at === undefined) at = (from + to) / 2
			const width = Math.min(full.to - full.from, Math.max(least, (to - from) * factor))
			const begin = at - (at - from) * width / (to - from)
			shared.show(begin, begin + width)
		},
		// pan moves the view by a share of its width.
		pan(share) {
			const { from, to } = shared.view, by = share * (to - from)
			shared.show(from + by, to + by)
		},
		// reach moves the view only if a time is not in it.
		reach(at) {
			const { from, to } = shared.view
			if (at < from || at > to) shared.show(at - (to - from) / 2, at + (to - from) / 2)
		},
		point(at) {
			shared.at = at
			for (const c of shared.charts) c.point(at)
		},
	}
	return shared
}

start()
