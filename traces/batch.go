package traces

// batch is rows of a schema as columns, decoded but not yet checked against each other. It is reused from batch to batch.
type batch struct {
	first int64 // the number of the first row in its file, from 1
	n     int
	lines []int32 // of CSV: by row, the line that it begins on

	// By column of the schema; nil where the column has another type or the file does not have it.
	longs  [][]int64   // Time, Long
	counts [][]int32   // Count; Text as the number of its word in texts; Flag as 0 or 1
	floats [][]float64 // Float

	// By column: a Text column as runs of equal words instead of counts, where whoever reads wants that.
	runs [][]textRun

	// By column: the words of a Text column, numbered as they came. They only grow while a file is read.
	// Of a column with fixed words they are those.
	texts []*vocabulary
}

func newBatch(s *Schema) *batch {
	n := len(s.Columns)
	b := &batch{longs: make([][]int64, n), counts: make([][]int32, n), floats: make([][]float64, n), texts: make([]*vocabulary, n)}
	for i := range s.Columns {
		if s.Columns[i].Type == Text {
			b.texts[i] = newVocabulary(s.Columns[i].Words)
		}
	}
	return b
}

// vocabulary numbers words in the order in which they came.
type vocabulary struct {
	words   []string
	ids     map[string]int32
	allowed int     // if not 0: only so many first words are allowed
	checked int     // so many words have been looked at
	bad     []int32 // those that are not allowed
}

func newVocabulary(words []string) *vocabulary {
	v := &vocabulary{ids: make(map[string]int32), allowed: len(words)}
	for _, w := range words {
		v.id(w)
	}
	return v
}

// id returns a word's number.
func (v *vocabulary) id(word string) int32 {
	if id, ok := v.ids[word]; ok {
		return id
	}
	id := int32(len(v.words))
	v.words = append(v.words, word)
	v.ids[word] = id
	return id
}

// text returns the word of a Text column in a row.
func (b *batch) text(column, row int) string {
	if b.counts[column] == nil {
		return ""
	}
	return b.texts[column].words[b.counts[column][row]]
}

// grow returns a slice of n values, the old memory if it suffices.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
