// Mouse, touch and keys on a chart. A plain wheel scrolls the page, as everywhere else.

// gestureBindings replace those of uPlot: a double click shows all, and a drag with shift is ours.
function gestureBindings(shared) {
	return {
		dblclick: () => () => { shared.reset() },
		mousedown: (u, target, handler) => e => {
			if (e.button === 0 && e.shiftKey) dragPan(u, e, shared)
			else handler(e)
		},
	}
}

function bindGestures(chart, shared) {
	const { u, plot, data } = chart
	u.over.addEventListener("click", e => {
		const mark = nearestLink(u, data.marks, u.posToVal(e.offsetX, "x"))
		if (mark) follow(mark)
	})
	u.over.addEventListener("mousemove", e => {
		u.over.style.cursor = nearestLink(u, data.marks, u.posToVal(e.offsetX, "x")) ? "pointer" : "crosshair"
	})
	u.over.addEventListener("wheel", e => {
		const sideways = e.shiftKey ? e.deltaY || e.deltaX : e.deltaX
		if (e.ctrlKey || e.metaKey) shared.zoom(Math.exp(Math.max(-50, Math.min(50, e.deltaY)) / 100), u.posToVal(e.offsetX, "x"))
		else if (Math.abs(sideways) > Math.abs(e.shiftKey ? 0 : e.deltaY)) shared.pan(sideways / u.over.clientWidth)
		else return
		e.preventDefault()
	}, { passive: false })
	bindTouch(u, shared)
	plot.addEventListener("keydown", e => {
		if (e.ctrlKey || e.metaKey || e.altKey) return
		if (pressKey(e.key, e.shiftKey, chart, shared)) e.preventDefault()
	})
}

function dragPan(u, down, shared) {
	let x = down.clientX
	const move = e => {
		shared.pan((x - e.clientX) / u.over.clientWidth)
		x = e.clientX
	}
	const up = () => {
		document.removeEventListener("mousemove", move)
		document.removeEventListener("mouseup", up)
	}
	document.addEventListener("mousemove", move)
	document.addEventListener("mouseup", up)
}

// bindTouch: one finger pans sideways, two zoom; up and down scrolls the page (touch-action in report.css).
function bindTouch(u, shared) {
	const fingers = new Map()
	const spread = () => {
		const [a, b] = [...fingers.values()]
		return { middle: (a + b) / 2, width: Math.max(20, Math.abs(a - b)) }
	}
	u.over.addEventListener("pointerdown", e => { if (e.pointerType === "touch") fingers.set(e.pointerId, e.clientX) })
	u.over.addEventListener("pointermove", e => {
		if (!fingers.has(e.pointerId)) return
		const before = fingers.size === 2 ? spread() : null, x = fingers.get(e.pointerId)
		fingers.set(e.pointerId, e.clientX)
		if (before) {
			const now = spread(), left = now.middle - u.over.getBoundingClientRect().left
			shared.zoom(before.width / now.width, u.posToVal(left, "x"))
			shared.pan((before.middle - now.middle) / u.over.clientWidth)
		} else shared.pan((x - e.clientX) / u.over.clientWidth)
	})
	for (const end of ["pointerup", "pointercancel"]) u.over.addEventListener(end, e => fingers.delete(e.pointerId))
}

// pressKey does what chart-keys (controls.js) says, and reports whether the key meant anything.
function pressKey(key, shift, chart, shared) {
	const { from, to } = shared.view, { data } = chart
	const at = shared.at ?? (from + to) / 2
	switch (key) {
	case "ArrowLeft":
	case "ArrowRight": {
		const sign = key === "ArrowLeft" ? -1 : 1
		if (shift) shared.pan(sign * 0.1)
		else say(chart, shared, stepFrom(data.time, at, sign, (to - from) / chart.u.over.clientWidth))
		return true
	}
	case "+": case "=": shared.zoom(0.5, at); return true
	case "-": case "_": shared.zoom(2, at); return true
	case "0": case "Escape": shared.reset(); return true
	case "n": case "p": {
		const links = data.marks.filter(m => m.href).sort((a, b) => a.from - b.from)
		const next = key === "n" ? links.find(m => m.from > at) : links.findLast(m => m.from < at)
		if (next) {
			shared.reach(next.from)
			say(chart, shared, next.from)
		}
		return true
	}
	case "Enter": {
		const mark = shared.at !== null && nearestLink(chart.u, data.marks, shared.at)
		if (mark) follow(mark)
		return Boolean(mark)
	}
	}
	return false
}

// stepFrom is the next point of time that is at least a pixel away.
function stepFrom(time, at, sign, pixel) {
	let i = indexAt(time, at + sign * pixel)
	if (sign > 0 && i < time.length - 1 && time[i] < at + pixel) i++
	return time[Math.max(0, Math.min(time.length - 1, i))]
}

// say moves the cursor and reads the values out, the largest first: a screen reader has no use for sixty.
function say(chart, shared, at) {
	shared.reach(at)
	shared.point(at)
	const { data } = chart, i = indexAt(data.time, at)
	const told = data.series.map(s => [s.name, s.values[i]]).filter(([, v]) => v).sort((a, b) => b[1] - a[1])
	const words = marksAt(data.marks, at, 0).map(m => m.label)
	words.push(...told.slice(0, 5).map(([name, v]) => name + " " + valueText(v)))
	if (told.length > 5) words.push("and " + (told.length - 5) + " more")
	shared.voice.textContent = timeText(at) + ": " + (words.join(", ") || "nothing")
}
