// Colours and words that all charts share.

// readTheme takes the colours from the custom properties of report.css, in the theme that is on.
function readTheme() {
	const style = getComputedStyle(document.documentElement)
	const of = name => style.getPropertyValue("--chart-" + name).trim()
	return {
		paper: of("paper"), ink: of("ink"), soft: of("soft"), grid: of("grid"),
		mark: { overdraft: of("overdraft"), curfew: of("curfew"), evacuation: of("evacuation") },
	}
}

// visible mixes a colour with white or black, as little as it takes to stand out from the paper: 1.6 to 1 suffices for an
// area beside others, 3 to 1 is what WCAG 2.2 (1.4.11) wants of a line. Dark types on dark paper need it. Ink stays ink: a
// grey goes as far as text would, 4.5 to 1.
function visible(colour, paper, ratio) {
	const base = parts(colour), under = luminance(parts(paper))
	const goal = under < 0.5 ? 255 : 0
	if (Math.max(...base) - Math.min(...base) < 16) ratio = Math.max(ratio, 4.5)
	for (let share = 0; share < 1; share += 0.05) {
		const mixed = base.map(v => Math.round(v + (goal - v) * share))
		const light = luminance(mixed)
		if ((Math.max(light, under) + 0.05) / (Math.min(light, under) + 0.05) >= ratio) return "rgb(" + mixed.join(" ") + ")"
	}
	return colour
}

function parts(colour) {
	const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour)
	if (!hex) throw new Error(colour + " is no colour like #88ccee")
	return hex.slice(1).map(v => parseInt(v, 16))
}

// luminance is WCAG's relative luminance, from 0 for black to 1 for white.
function luminance(rgb) {
	const [r, g, b] = rgb.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
	return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

// Times are UTC throughout: a report has to read the same wherever it is opened.
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

function dayText(at) {
	const d = new Date(at * 1000)
	return days[d.getUTCDay()] + " " + d.getUTCDate() + " " + months[d.getUTCMonth()]
}

function clockText(at) {
	return new Date(at * 1000).toISOString().slice(11, at % 60 ? 19 : 16)
}

function timeText(at) {
	return dayText(at) + " " + new Date(at * 1000).getUTCFullYear() + " " + clockText(at)
}

const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 })

function valueText(v) {
	return Number.isNaN(v) ? "unknown" : numbers.format(v)
}

// make builds an element. Text is set as text, never as HTML: names come from whoever wrote the scenario.
function make(tag, className, text) {
	const e = document.createElement(tag)
	if (className) e.className = className
	if (text !== undefined) e.textContent = text
	return e
}
