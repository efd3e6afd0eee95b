package traces

import "fmt"

// textRun says that from row start on, up to the next run, a column holds one word.
type textRun struct {
	start int32
	word  int32
}

// addRuns appends the runs of a page: n words at rows at, at+1, ..., given by their numbers or by indexes to be mapped.
func (b *batch) addRuns(column, at int, words []int32, n int, remap []int32) error {
	if len(words) < n {
		return fmt.Errorf("a page of %d values: expected %d", len(words), n)
	}
	words = words[:n]
	runs := b.runs[column]
	for i := 0; i < n; {
		word := words[i]
		if remap != nil {
			word = remap[word]
		}
		if len(runs) == 0 || runs[len(runs)-1].word != word {
			runs = append(runs, textRun{int32(at + i), word})
		}
		i = equalUntil(words, i)
	}
	b.runs[column] = runs
	return nil
}

// equalBlock is how many values are compared at once: comparing arrays is the fastest way to find where a run ends.
const equalBlock = 64

// equalUntil returns the end of the run of equal values that begins at i.
func equalUntil(values []int32, i int) int {
	for i+equalBlock < len(values) && *(*[equalBlock]int32)(values[i:]) == *(*[equalBlock]int32)(values[i+1:]) {
		i += equalBlock
	}
	for i++; i < len(values) && values[i] == values[i-1]; i++ {
	}
	return i
}

// lookedRuns is looked for columns that mostly repeat the value before.
func lookedRuns(to, indexes, table []int32) error {
	if len(indexes) < len(to) {
		return fmt.Errorf("a page of %d values: expected %d", len(indexes), len(to))
	}
	indexes = indexes[:len(to)]
	i := 0
	for i+equalBlock < len(to) {
		if *(*[equalBlock]int32)(indexes[i:]) == *(*[equalBlock]int32)(indexes[i+1:]) {
			value, block := table[indexes[i]], to[i:i+equalBlock]
			for k := range block {
				block[k] = value
			}
		} else {
			for k, index := range indexes[i : i+equalBlock] {
				to[i+k] = table[index]
			}
		}
		i += equalBlock
	}
	for ; i < len(to); i++ {
		to[i] = table[indexes[i]]
	}
	return nil
}
