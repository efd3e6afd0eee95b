// The bar above the charts: what span they show, and which regions, zones and types.

const dimensions = [["region", "Regions"], ["zone", "Zones"], ["type", "Types"]]

// makeControls puts the bar before what holds the first chart, in what holds all of them, so that it can stay in sight.
function makeControls(figures, charts, shared) {
	const bar = make("div", "chart-controls")
	bar.setAttribute("role", "region")
	bar.setAttribute("aria-label", "Controls of the charts")
	const span = make("output", "chart-span")
	const button = (text, name, act) => {
		const b = make("button", "", text)
		b.type = "button"
		b.setAttribute("aria-label", name)
		b.title = name
		b.addEventListener("click", act)
		return b
	}
	const all = button("Show all", "Show all", () => shared.reset())
	bar.append(
		button("−", "Zoom out", () => shared.zoom(2)), button("+", "Zoom in", () => shared.zoom(0.5)),
		button("‹", "Earlier", () => shared.pan(-0.5)), button("›", "Later", () => shared.pan(0.5)), all, span)

	const off = {}
	for (const [key, title] of dimensions) {
		const names = [...new Set(charts.flatMap(c => c.data.series.map(s => s.group[key]).filter(Boolean)))].sort()
		if (names.length < 2) continue
		off[key] = new Set()
		bar.append(makeChoice(title, names, off[key], () => {
			for (const c of charts) c.toggle(group => Object.keys(off).every(k => !off[k].has(group[k])))
		}))
	}
	const keys = make("p", "chart-keys", "Drag to zoom, shift-drag to pan, double-click to show all. Keys on a chart: arrows read values, " +
		"with shift they pan, + and − zoom, 0 shows all, n and p find overdrafts, Enter opens one.")
	keys.id = "chart-keys"
	bar.append(keys, shared.voice)

	let holder = figures[0].parentElement, before = figures[0]
	while (!figures.every(f => holder.contains(f))) {
		before = holder
		holder = holder.parentElement
	}
	holder.insertBefore(bar, before)

	// One panel at a time, and none once the reader is elsewhere.
	const close = but => { for (const d of bar.querySelectorAll("details")) if (d !== but) d.open = false }
	document.addEventListener("click", e => close(e.target.closest(".chart-controls details")))
	bar.addEventListener("keydown", e => {
		const open = e.target.closest("details[open]")
		if (e.key === "Escape" && open) {
			open.open = false
			open.querySelector("summary").focus()
		}
	})
	return {
		update(view, full) {
			span.textContent = timeText(view.from) + " – " + timeText(view.to) + " UTC"
			all.disabled = view.from <= full.from && view.to >= full.to
		},
	}
}

// makeChoice is a panel of checkboxes that keeps the unchecked names in off.
function makeChoice(title, names, off, changed) {
	const details = make("details", "chart-choice"), summary = make("summary"), panel = make("fieldset")
	panel.append(make("legend", "", title))
	const boxes = names.map(name => {
		const label = make("label"), box = make("input")
		box.type = "checkbox"
		box.checked = true
		box.name = title.toLowerCase()
		box.value = name
		label.append(box, name)
		panel.append(label)
		return box
	})
	const apply = () => {
		off.clear()
		for (const b of boxes) if (!b.checked) off.add(b.value)
		summary.textContent = title + ": " + (off.size ? names.length - off.size + " of " + names.length : "all " + names.length)
		changed()
	}
	panel.addEventListener("change", apply)
	for (const [text, on] of [["All", true], ["None", false]]) {
		const b = make("button", "", text)
		b.type = "button"
		b.addEventListener("click", () => {
			for (const box of boxes) box.checked = on
			apply()
		})
		panel.append(b)
	}
	summary.textContent = title + ": all " + names.length
	details.append(summary, panel)
	return details
}
