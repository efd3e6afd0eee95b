package traces

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// pageHead is what a page header of a column says about sizes.
type pageHead struct {
	length       int64 // of the header itself
	compressed   int64
	uncompressed int64
	values       int64
	levels       int64 // bytes of levels before the values, and nulls: none in a required column
	packed       bool
}

// checkPages walks the page headers of a file that does not carry our checksums: parquet-go and its codecs would
// allocate for whatever size a damaged one states.
func (p *parquetFile) checkPages(g, k int) error {
	m := &p.file.Metadata().RowGroups[g].Columns[k].MetaData
	at := m.DataPageOffset
	if m.DictionaryPageOffset > 0 {
		at = m.DictionaryPageOffset
	}
	end := at + m.TotalCompressedSize
	unpacked, values := int64(0), int64(0)
	for at < end {
		head, err := p.pageHead(at, end)
		if err != nil {
			return err
		}
		at += head.length
		if head.compressed < 0 || head.uncompressed < 0 || head.compressed > end-at || head.values < 0 || head.levels != 0 {
			return fmt.Errorf("a page of %d bytes at %d: expected at most %d, without levels and nulls", head.compressed, at, end-at)
		}
		if err := p.checkPacked(m.Codec, at, head); err != nil {
			return err
		}
		unpacked += head.length + head.uncompressed
		values += head.values
		at += head.compressed
	}
	if unpacked != m.TotalUncompressedSize || values != m.NumValues {
		return fmt.Errorf("pages of %d values and %d bytes: expected %d values and %d bytes, as the footer says", values, unpacked, m.NumValues, m.TotalUncompressedSize)
	}
	return nil
}

func (p *parquetFile) pageHead(at, end int64) (head pageHead, err error) {
	for size := int64(4096); ; size *= 4 {
		p.head = grow(p.head, int(min(size, end-at)))
		if n, err := p.body.ReadAt(p.head, at); n < len(p.head) {
			return head, fmt.Errorf("a page's header cannot be read: %v", err)
		}
		head = pageHead{packed: true}
		n, err := thriftStruct(p.head, head.field)
		if err == nil {
			head.length = int64(n)
			return head, nil
		}
		if size >= 1<<20 || size >= end-at { // only statistics are that large
			return head, fmt.Errorf("a page's header cannot be read: %v", err)
		}
	}
}

// field takes a field of a format.PageHeader: 5 is a DataPageHeader, 7 a DictionaryPageHeader, 8 a DataPageHeaderV2.
func (h *pageHead) field(parent, id int, value int64) {
	switch {
	case parent == 0 && id == 2:
		h.uncompressed = value
	case parent == 0 && id == 3:
		h.compressed = value
	case (parent == 5 || parent == 8) && id == 1:
		h.values += value
	case parent == 8 && (id == 2 || id == 5 || id == 6): // nulls, lengths of the levels
		h.levels |= value
	case parent == 8 && id == 7:
		h.packed = value != 0
	}
}

// checkPacked compares the size that a codec's own header states with the page's.
func (p *parquetFile) checkPacked(codec format.CompressionCodec, at int64, head pageHead) error {
	if !head.packed || head.compressed == 0 {
		return nil
	}
	begin := make([]byte, min(head.compressed, 18)) // the longest header of the two
	if _, err := p.body.ReadAt(begin, at); err != nil && err != io.EOF {
		return err
	}
	size := head.uncompressed
	switch codec {
	case format.Snappy:
		n, used := binary.Uvarint(begin)
		if used <= 0 {
			n = 1 << 62
		}
		size = int64(min(n, 1<<62))
	case format.Zstd:
		n, err := zstdSize(begin)
		if err != nil {
			return fmt.Errorf("a page at %d: %v", at, err)
		}
		if n >= 0 {
			size = n
		}
	}
	if size != head.uncompressed {
		return fmt.Errorf("a page at %d unpacks to %d bytes: expected %d", at, size, head.uncompressed)
	}
	return nil
}

// zstdSize returns the size that a Zstandard frame's header states (RFC 8878, 3.1.1.1), or -1 if it states none.
func zstdSize(b []byte) (int64, error) {
	const windowMost = 128 << 20 // what decoders must not be asked to hold
	b = append(b[:len(b):len(b)], make([]byte, 18)...)
	if binary.LittleEndian.Uint32(b) != 0xfd2fb528 {
		return 0, fmt.Errorf("begins with %x: expected a Zstandard frame", b[:4])
	}
	flags := b[4]
	b = b[5:]
	single := flags>>5&1 == 1
	if !single {
		base := int64(1) << (10 + b[0]>>3)
		if window := base + base/8*int64(b[0]&7); window > windowMost {
			return 0, fmt.Errorf("window of %d bytes: expected at most %d", window, windowMost)
		}
		b = b[1:]
	}
	b = b[[]int{0, 1, 2, 4}[flags&3]:]
	switch flags >> 6 {
	case 0:
		if single {
			return int64(b[0]), nil
		}
		return -1, nil
	case 1:
		return int64(binary.LittleEndian.Uint16(b)) + 256, nil
	case 2:
		return int64(binary.LittleEndian.Uint32(b)), nil
	}
	return int64(min(binary.LittleEndian.Uint64(b), 1<<62)), nil
}
