package measure

// builder collects figures in order.
type builder struct {
	group   Group
	figures []Figure
}

func (b *builder) in(g Group) { b.group = g }

func (b *builder) give(key, name string, value float64, unit Unit, definition, note string) {
	b.figures = append(b.figures, Figure{Key: key, Name: name, Group: b.group, Value: value, Known: true, Unit: unit,
		Definition: definition, Note: note})
}

// missing is a figure that cannot be given.
func (b *builder) missing(key, name string, unit Unit, definition, why string) {
	b.figures = append(b.figures, Figure{Key: key, Name: name, Group: b.group, Unit: unit, Definition: definition, Note: why})
}

// of is a figure of so many things: missing if there are none.
func (b *builder) of(n int64, key, name string, value float64, unit Unit, definition, why string) {
	if n == 0 {
		b.missing(key, name, unit, definition, why)
		return
	}
	b.give(key, name, value, unit, definition, "")
}

// quotient is missing if there is nothing to divide by.
func (b *builder) quotient(key, name string, above, below float64, unit Unit, definition, why string) {
	if below == 0 {
		b.missing(key, name, unit, definition, why)
		return
	}
	b.give(key, name, above/below, unit, definition, "")
}

// ratio is a quotient in percent.
func (b *builder) ratio(key, name string, above, below float64, definition, why string) {
	b.quotient(key, name, 100*above, below, UnitPercent, definition, why)
}

func (b *builder) spread(s Spread, key, name, definition, note, why string) {
	b.of(s.N, key+"_p50", name+", p50", float64(s.P50), UnitSeconds, definition, why)
	b.noted(note)
	b.of(s.N, key+"_p95", name+", p95", float64(s.P95), UnitSeconds, definition, why)
	b.noted(note)
	b.of(s.N, key+"_p99", name+", p99", float64(s.P99), UnitSeconds, definition, why)
	b.noted(note)
}

// noted adds a note to the last figure, if it has none.
func (b *builder) noted(note string) {
	if last := &b.figures[len(b.figures)-1]; last.Note == "" {
		last.Note = note
	}
}
