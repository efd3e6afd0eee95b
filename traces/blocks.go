package traces

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// Parquet's own checksums cover the bodies of pages, but neither their headers nor the footer, where one flipped bit moves
// a column or changes hold_s. So our files carry two more, as file metadata: trough.blocks, the CRC-32C of every
// 256 KiB of what comes before the page index, and trough.footer, the CRC-32C of the footer, taken while its own value
// reads 00000000. Readers that do not know them ignore them.

const (
	blockSize  = 256 << 10
	createdBy  = "trough version 1(build 0)"
	footerZero = "00000000"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// blockWriter sums what it passes on, then holds back the file's tail until its sum can be put into it.
type blockWriter struct {
	to     io.Writer
	size   int64 // bytes summed
	sum    uint32
	sums   []uint32
	inTail bool
	tail   bytes.Buffer
}

func (w *blockWriter) Write(p []byte) (int, error) {
	if w.inTail {
		return w.tail.Write(p)
	}
	for rest := p; len(rest) > 0; {
		room := int(blockSize - w.size%blockSize)
		part := rest[:min(room, len(rest))]
		w.sum = crc32.Update(w.sum, castagnoli, part)
		w.size += int64(len(part))
		if w.size%blockSize == 0 {
			w.sums, w.sum = append(w.sums, w.sum), 0
		}
		rest = rest[len(part):]
	}
	return w.to.Write(p)
}

// blocks ends the summed part of the file and returns its sums as metadata: the length, then the sums.
func (w *blockWriter) blocks() string {
	w.inTail = true
	if w.size%blockSize != 0 {
		w.sums = append(w.sums, w.sum)
	}
	b := make([]byte, 0, 4*len(w.sums))
	for _, sum := range w.sums {
		b = binary.BigEndian.AppendUint32(b, sum)
	}
	return strconv.FormatInt(w.size, 10) + " " + hex.EncodeToString(b)
}

// finish writes the tail with the footer's sum in its place.
func (w *blockWriter) finish() error {
	tail := w.tail.Bytes()
	footer, err := footerOf(tail)
	if err != nil {
		return err
	}
	at := footerSumAt(footer)
	if at < 0 {
		return fmt.Errorf("no room for the footer's checksum")
	}
	copy(footer[at:], fmt.Sprintf("%08x", crc32.Checksum(footer, castagnoli)))
	_, err = w.to.Write(tail)
	return err
}

// footerOf returns the footer of a file's end.
func footerOf(tail []byte) ([]byte, error) {
	if len(tail) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	n := int64(binary.LittleEndian.Uint32(tail[len(tail)-8:]))
	if n > int64(len(tail)-8) {
		return nil, io.ErrUnexpectedEOF
	}
	return tail[int64(len(tail)-8)-n : len(tail)-8], nil
}

// footerSumAt returns where in a footer the eight digits of its own sum stand, or -1. In Thrift's compact protocol
// they follow their key, a field header and their length.
func footerSumAt(footer []byte) int {
	i := bytes.LastIndex(footer, []byte(keyFooter+"\x18\x08"))
	if i < 0 || i+len(keyFooter)+2+8 > len(footer) {
		return -1
	}
	return i + len(keyFooter) + 2
}

// checkFooter compares a footer of ours with its sum.
func checkFooter(footer []byte) error {
	at := footerSumAt(footer)
	if at < 0 {
		return fmt.Errorf("the footer's checksum is missing")
	}
	said := string(footer[at : at+8])
	zeroed := append([]byte(nil), footer...)
	copy(zeroed[at:], footerZero)
	if sum := fmt.Sprintf("%08x", crc32.Checksum(zeroed, castagnoli)); sum != said {
		return fmt.Errorf("the footer's checksum is %s: expected %s: the file is damaged", sum, quoted(said))
	}
	return nil
}

// checkedReader reads a file of ours block by block and compares every block with its sum before handing it on.
type checkedReader struct {
	from io.ReaderAt
	size int64 // of the summed part; nothing after it is read
	sums []uint32
	at   int64 // the block in memory, -1 is none
	data []byte
}

func newCheckedReader(from io.ReaderAt, fileSize int64, blocks string) (*checkedReader, error) {
	number, digits, _ := strings.Cut(blocks, " ")
	size, err := strconv.ParseInt(number, 10, 64)
	if err != nil || size < 0 || size > fileSize {
		return nil, fmt.Errorf("metadata %s begins with %s: expected a length of at most %d", keyBlocks, quoted(number), fileSize)
	}
	b, err := hex.DecodeString(digits)
	if err != nil || int64(len(b)) != (size+blockSize-1)/blockSize*4 {
		return nil, fmt.Errorf("metadata %s: expected %d checksums", keyBlocks, (size+blockSize-1)/blockSize)
	}
	r := &checkedReader{from: from, size: size, at: -1}
	for i := 0; i < len(b); i += 4 {
		r.sums = append(r.sums, binary.BigEndian.Uint32(b[i:]))
	}
	return r, nil
}

// ReadAt implements io.ReaderAt. It is not for several goroutines.
func (r *checkedReader) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		if off < 0 || off >= r.size {
			return n, io.EOF
		}
		if err := r.load(off / blockSize); err != nil {
			return n, err
		}
		k := copy(p[n:], r.data[off%blockSize:])
		n += k
		off += int64(k)
	}
	return n, nil
}

func (r *checkedReader) load(block int64) error {
	if block == r.at {
		return nil
	}
	r.at = -1
	r.data = grow(r.data, int(min(blockSize, r.size-block*blockSize)))
	if _, err := r.from.ReadAt(r.data, block*blockSize); err != nil && err != io.EOF {
		return err
	}
	if sum := crc32.Checksum(r.data, castagnoli); sum != r.sums[block] {
		return fmt.Errorf("bytes %d to %d have checksum %08x: expected %08x: the file is damaged",
			block*blockSize, block*blockSize+int64(len(r.data)), sum, r.sums[block])
	}
	r.at = block
	return nil
}
