package traces

import "fmt"

// readSource reads a whole file of any kind that has been opened.
func readSource(path string, src rowSource, s *Schema, kv []pair, found *findings) (any, error) {
	setFindings(src, found)
	switch s.Kind {
	case CapacitySchema.Kind:
		r, err := newCapacityReader(path, src, kv, found)
		if err != nil {
			return nil, err
		}
		return r.all()
	case JobsSchema.Kind:
		r, err := newJobsReader(path, src, kv, found)
		if err != nil {
			return nil, err
		}
		return r.all()
	case PricesSchema.Kind:
		prices, _, err := readPrices(path, src, kv, found)
		return prices, err
	case SwitchesSchema.Kind:
		switches, _, err := readSwitches(path, src, kv, found)
		return switches, err
	}
	r, err := newRunReader(path, src, s, kv, found)
	if err != nil {
		return nil, err
	}
	switch s.Kind {
	case SeriesSchema.Kind:
		return gather((&SeriesReader{r: r}).Next)
	case DecisionsSchema.Kind:
		return gather((&DecisionsReader{r: r}).Next)
	case AttemptsSchema.Kind:
		return gather((&AttemptsReader{r: r}).Next)
	case LedgerSchema.Kind:
		return gather((&LedgerReader{r: r}).Next)
	}
	return nil, fmt.Errorf("traces: no reader for %s", s.Kind)
}
