// Overdrafts, curfews and evacuations: bands across a chart.

// drawMarks draws them over the series, pale; an overdraft has a bar at the top as well, wide enough to be seen and
// clicked where it lasted a minute in a month.
function drawMarks(u, marks, shared) {
	const { left, top, width, height } = u.bbox, ratio = devicePixelRatio
	u.ctx.save()
	u.ctx.beginPath()
	u.ctx.rect(left, top - 8 * ratio, width, height + 8 * ratio)
	u.ctx.clip()
	const inView = marks.filter(m => m.kind === "overdraft" && m.to >= u.scales.x.min && m.from <= u.scales.x.max).length
	const pale = inView > 40 ? 0.12 : 0.3 // many together would hide the series that they are about
	for (const m of marks) {
		if (m.to < u.scales.x.min || m.from > u.scales.x.max) continue
		const a = u.valToPos(m.from, "x", true), b = Math.max(u.valToPos(m.to, "x", true), a + ratio)
		u.ctx.fillStyle = shared.theme.mark[m.kind] || shared.theme.soft
		u.ctx.globalAlpha = m.kind === "overdraft" ? pale : 0.22
		u.ctx.fillRect(a, top, b - a, height)
		if (m.kind !== "overdraft") continue
		const wide = Math.max(b - a, 4 * ratio)
		u.ctx.globalAlpha = 1
		u.ctx.fillRect((a + b - wide) / 2, top - 7 * ratio, wide, 5 * ratio)
	}
	u.ctx.restore()
}

// marksAt lists the marks that cover a time, or miss it by at most so many seconds.
function marksAt(marks, at, slack) {
	return marks.filter(m => m.from - slack <= at && at <= m.to + slack)
}

// nearestLink is the mark with a link that a click at a time means: the shortest of those within a few pixels.
function nearestLink(u, marks, at) {
	const slack = u.posToVal(5, "x") - u.posToVal(0, "x")
	const near = marksAt(marks, at, slack).filter(m => m.href)
	return near.sort((a, b) => (a.to - a.from) - (b.to - b.from) || a.from - b.from)[0]
}

// follow goes to what a mark links to.
function follow(mark) {
	if (location.hash === mark.href) reveal()
	else location.hash = mark.href // and hashchange reveals it
}

// reveal opens the row that the address names, with its decision trail, and moves the focus there.
function reveal() {
	const row = document.getElementById(decodeURIComponent(location.hash.slice(1)))
	if (!row) return
	for (let e = row; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true
	for (const d of row.querySelectorAll("details")) d.open = true
	row.tabIndex = -1
	row.focus({ preventScroll: true })
	row.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
}
