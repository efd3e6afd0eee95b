package traces

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// parquetScratch is memory that decoding uses again and again.
type parquetScratch struct {
	remap  []int32
	ids    []int32
	head   []byte
	held   []parquet.Page // by column of the schema: what its batch borrows
	values []parquet.Value
}

// next decodes the next row group that has rows. It returns io.EOF after the last.
func (p *parquetFile) next(b *batch) error {
	for p.group < len(p.file.RowGroups()) {
		g := p.group
		p.group++
		b.first, b.n = p.row+1, int(p.file.Metadata().RowGroups[g].NumRows)
		p.row += int64(b.n)
		if b.n == 0 {
			continue
		}
		return p.decode(g, b, nil)
	}
	return io.EOF
}

// decode decodes a row group's columns, all or those that want names by their index in the schema.
func (p *parquetFile) decode(g int, b *batch, want []int) (err error) {
	column := 0
	defer func() {
		if e := recover(); e != nil {
			err = fatal(p.path, "row group %d: column %s cannot be decoded: %v", g+1, p.schema.Columns[column].Name, e)
		}
	}()
	chunks := p.file.RowGroups()[g].ColumnChunks()
	for i, k := range p.chunk {
		if k < 0 || want != nil && !contains(want, i) {
			continue
		}
		column = i
		if err := p.decodeColumn(chunks[k].(*parquet.FileColumnChunk), g, b, i); err != nil {
			return fatal(p.path, "row group %d: column %s: %v", g+1, p.schema.Columns[i].Name, err)
		}
	}
	return nil
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func (p *parquetFile) decodeColumn(chunk *parquet.FileColumnChunk, g int, b *batch, i int) error {
	if !p.ours {
		if err := p.checkPages(g, p.chunk[i]); err != nil {
			return err
		}
	}
	p.letGo(b, i)
	pages := chunk.PagesFrom(p.body)
	defer pages.Close()
	at := 0
	for at < b.n {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return fmt.Errorf("%d values: expected %d", at, b.n)
		}
		if err != nil {
			return err
		}
		n := int(page.NumValues())
		if n > b.n-at || page.NumNulls() != 0 {
			return fmt.Errorf("at least %d values, %d of them null: expected %d", at+n, page.NumNulls(), b.n)
		}
		if n == b.n && p.keep(page, b, i) {
			at = n
			break
		}
		if at == 0 {
			b.room(i, p.schema.Columns[i].Type)
		}
		if err := p.decodePage(page, b, i, at, n); err != nil {
			return err
		}
		parquet.Release(page)
		at += n
	}
	if page, err := pages.ReadPage(); err == nil && page.NumValues() > 0 {
		return fmt.Errorf("more than %d values: expected as many as rows", b.n)
	} else if err != nil && err != io.EOF {
		return err
	}
	return nil
}

// room makes room for a column of the batch.
func (b *batch) room(i int, t Type) {
	switch {
	case t == Time || t == Long:
		b.longs[i] = grow(b.longs[i], b.n)
	case t == Float:
		b.floats[i] = grow(b.floats[i], b.n)
	case t == Text && b.runs != nil:
		b.runs[i] = b.runs[i][:0]
	default:
		b.counts[i] = grow(b.counts[i], b.n)
	}
}

// keep takes a page that holds a whole column as the column, without a copy, until the next row group.
func (p *parquetFile) keep(page parquet.Page, b *batch, i int) bool {
	if page.Dictionary() != nil {
		return false
	}
	data := page.Data()
	switch p.schema.Columns[i].Type {
	case Time, Long:
		values := data.Int64()
		if len(values) != b.n {
			return false
		}
		b.longs[i] = values
	case Count:
		values := data.Int32()
		if len(values) != b.n {
			return false
		}
		b.counts[i] = values
	default:
		return false
	}
	p.held[i] = page
	return true
}

// letGo ends what keep began.
func (p *parquetFile) letGo(b *batch, i int) {
	if p.held == nil {
		p.held = make([]parquet.Page, len(p.schema.Columns))
	}
	if p.held[i] != nil {
		parquet.Release(p.held[i])
		p.held[i], b.longs[i], b.counts[i] = nil, nil, nil
	}
}

// decodePage copies a page's n values to rows at, at+1, ... of the batch.
func (p *parquetFile) decodePage(page parquet.Page, b *batch, i, at, n int) error {
	dictionary := page.Dictionary()
	switch p.schema.Columns[i].Type {
	case Time, Long:
		to := b.longs[i][at : at+n]
		if dictionary == nil {
			data := page.Data()
			return copied(to, data.Int64())
		}
		indexes, table := page.Data(), dictionary.Page().Data()
		return looked(to, indexes.Int32(), table.Int64())
	case Count:
		to := b.counts[i][at : at+n]
		if dictionary == nil {
			data := page.Data()
			return copied(to, data.Int32())
		}
		indexes, table := page.Data(), dictionary.Page().Data()
		return lookedRuns(to, indexes.Int32(), table.Int32())
	case Text:
		if dictionary == nil {
			return p.decodeTexts(page, b, i, at, n)
		}
		p.remap = p.remap[:0]
		for k := range dictionary.Len() {
			p.remap = append(p.remap, b.texts[i].id(string(dictionary.Index(int32(k)).ByteArray())))
		}
		indexes := page.Data()
		if b.runs != nil {
			return b.addRuns(i, at, indexes.Int32(), n, p.remap)
		}
		return looked(b.counts[i][at:at+n], indexes.Int32(), p.remap)
	case Float:
		if dictionary == nil {
			data := page.Data()
			return copied(b.floats[i][at:at+n], data.Double())
		}
		indexes, table := page.Data(), dictionary.Page().Data()
		return looked(b.floats[i][at:at+n], indexes.Int32(), table.Double())
	}
	return p.eachValue(page, n, func(k int, v parquet.Value) {
		b.counts[i][at+k] = 0
		if v.Boolean() {
			b.counts[i][at+k] = 1
		}
	})
}

func copied[T any](to, from []T) error {
	if len(from) < len(to) {
		return fmt.Errorf("a page of %d values: expected %d", len(from), len(to))
	}
	copy(to, from)
	return nil
}

// looked puts table[indexes[k]] at k. An index outside the table panics, which decode turns into an error.
func looked[T any](to []T, indexes []int32, table []T) error {
	if len(indexes) < len(to) {
		return fmt.Errorf("a page of %d values: expected %d", len(indexes), len(to))
	}
	for k, index := range indexes[:len(to)] {
		to[k] = table[index]
	}
	return nil
}

func (p *parquetFile) decodeTexts(page parquet.Page, b *batch, i, at, n int) error {
	to := b.counts[i]
	if b.runs != nil {
		p.ids = grow(p.ids, n)
		to = p.ids[:0]
	} else {
		to = to[at:at]
	}
	v, last, id := b.texts[i], "", int32(-1)
	if err := p.eachValue(page, n, func(k int, value parquet.Value) {
		if word := value.ByteArray(); k == 0 || string(word) != last {
			last = string(word)
			id = v.id(last)
		}
		to = append(to, id)
	}); err != nil {
		return err
	}
	if b.runs != nil {
		return b.addRuns(i, at, to, n, nil)
	}
	return nil
}

// eachValue is the slow way, for what is rare.
func (p *parquetFile) eachValue(page parquet.Page, n int, do func(k int, v parquet.Value)) error {
	p.values = grow(p.values, 1024)
	reader := page.Values()
	for at := 0; at < n; {
		k, err := reader.ReadValues(p.values)
		for j, v := range p.values[:min(k, n-at)] {
			do(at+j, v)
		}
		at += k
		if err != nil && err != io.EOF || k == 0 && at < n {
			return fmt.Errorf("%d values in a page: expected %d: %v", at, n, err)
		}
	}
	return nil
}
