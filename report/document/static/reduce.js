// What a view of a chart shows, as few points as its pixels can tell apart.

// parseData checks a chart's data and makes columns of numbers of it; what is unknown is NaN.
function parseData(text) {
	const data = JSON.parse(text)
	data.time = Float64Array.from(data.time)
	if (data.time.length < 2) throw new Error("fewer than two points of time")
	for (let i = 1; i < data.time.length; i++) {
		if (!(data.time[i] > data.time[i - 1])) throw new Error("time " + i + " is not after the one before it")
	}
	for (const s of data.series) {
		if (s.values.length !== data.time.length) throw new Error(s.name + " has " + s.values.length + " values for " + data.time.length + " times")
		s.values = Float64Array.from(s.values, v => v === null ? NaN : v)
		s.group ||= {}
	}
	data.until = Math.max(data.until || 0, data.time[data.time.length - 1])
	data.marks ||= []
	return data
}

// indexAt is the last point at or before a time; -1 where there is none.
function indexAt(time, at) {
	let low = -1, high = time.length
	while (high - low > 1) {
		const mid = (low + high) >> 1
		if (time[mid] <= at) low = mid
		else high = mid
	}
	return low
}

// reduce returns the columns of [from, to] for a chart so many pixels wide: time, then the values of every series that
// is not null. Of each pixel with more than three points it keeps the smallest, the largest and the last value, so that
// no peak is lost, however short. All series get their smallest value first: boundaries of a stack then never cross.
function reduce(time, series, from, to, pixels) {
	const first = Math.max(0, indexAt(time, from)), end = Math.min(time.length, indexAt(time, to) + 2)
	const cuts = cutColumns(time, first, end, (to - from) / pixels)
	return [timesOf(time, cuts)].concat(series.map(values => values && extremesOf(values, cuts)))
}

// cutColumns lists where each pixel's points begin. Pixels are counted from time 0, so that panning moves no boundary.
function cutColumns(time, first, end, width) {
	const cuts = []
	let last = NaN
	for (let i = first; i < end; i++) {
		const column = Math.floor(time[i] / width)
		if (column !== last) cuts.push(i)
		last = column
	}
	cuts.push(end)
	return cuts
}

function timesOf(time, cuts) {
	const out = []
	for (let c = 0; c + 1 < cuts.length; c++) {
		const from = cuts[c], n = cuts[c + 1] - from
		if (n > 3) out.push(time[from], time[from + (n >> 1)], time[from + n - 1])
		else for (let i = 0; i < n; i++) out.push(time[from + i])
	}
	return out
}

function extremesOf(values, cuts) {
	const out = []
	for (let c = 0; c + 1 < cuts.length; c++) {
		const from = cuts[c], end = cuts[c + 1]
		if (end - from <= 3) {
			for (let i = from; i < end; i++) out.push(known(values[i]))
			continue
		}
		let low = Infinity, high = -Infinity
		for (let i = from; i < end; i++) {
			const v = values[i]
			if (v < low) low = v
			if (v > high) high = v
		}
		if (high < low) out.push(null, null, null) // all unknown
		else out.push(low, high, known(values[end - 1]))
	}
	return out
}

function known(v) {
	return Number.isNaN(v) ? null : v
}

// stackUp adds the shown series up from the last, the lowest, to the first, the top one; hidden ones are null.
// What is unknown adds nothing.
function stackUp(series, shown) {
	const out = new Array(series.length).fill(null)
	let below = null
	for (let k = series.length - 1; k >= 0; k--) {
		if (!shown[k]) continue
		const sum = below ? below.slice() : new Float64Array(series[k].values.length)
		const values = series[k].values
		for (let i = 0; i < sum.length; i++) {
			const v = values[i]
			if (v === v) sum[i] += v // NaN is the only value that differs from itself
		}
		out[k] = below = sum
	}
	return out
}
