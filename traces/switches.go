package traces

import (
	"io"

	"trough.internal/models"
)

// The columns of SwitchesSchema.
const (
	switchTime = iota
	switchRegion
	switchOn
	switchNote
)

// WriteSwitches writes switches, which are in order of time.
func WriteSwitches(path string, switches []models.Switch, meta Meta) error {
	pairs, err := meta.pairs()
	if err != nil {
		return fatal(path, "%v", err)
	}
	r, err := createRows(path, &SwitchesSchema, pairs)
	if err != nil {
		return err
	}
	last := models.Instant(0)
	for i, s := range switches {
		if s.At < last {
			r.fail(fatal(path, "switch %d is at %s: expected %s or later, as the one before", i+1, s.At, last))
			break
		}
		last = s.At
		r.long(switchTime, int64(s.At))
		r.word(switchRegion, s.Region)
		r.flag(switchOn, s.On)
		r.word(switchNote, s.Note)
		if r.end() != nil {
			break
		}
	}
	return r.close()
}

// ReadSwitches reads a whole list of switches.
func ReadSwitches(path string) ([]models.Switch, Meta, error) {
	src, _, kv, err := openSource(path, &SwitchesSchema)
	if err != nil {
		return nil, Meta{}, err
	}
	defer src.close()
	return readSwitches(path, src, kv, &findings{path: path})
}

func readSwitches(path string, src rowSource, kv []pair, found *findings) ([]models.Switch, Meta, error) {
	var meta Meta
	for _, p := range kv {
		if err := meta.set(p.key, p.value); err != nil {
			return nil, meta, fatal(path, "%v", err)
		}
	}
	setFindings(src, found)
	var switches []models.Switch
	last := models.Instant(0)
	b := newBatch(&SwitchesSchema)
	for {
		err := src.next(b)
		if err == io.EOF {
			return switches, meta, nil
		}
		if err == nil {
			err = checkRanges(b, &SwitchesSchema, found)
		}
		if err != nil {
			return nil, meta, err
		}
		for row := range b.n {
			s := models.Switch{At: models.Instant(b.longs[switchTime][row]), Region: b.text(switchRegion, row),
				On: b.counts[switchOn][row] != 0, Note: b.text(switchNote, row)}
			if s.At < last {
				if err := found.add("%s: time is %s: expected %s or later, as the row before", b.place(row), s.At, last); err != nil {
					return nil, meta, err
				}
			}
			last = max(last, s.At)
			switches = append(switches, s)
		}
	}
}
