package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Record is one record of a journal, valid during the call that gives it.
type Record struct {
	Segment string
	Index   int // in its segment; 0 is the segment's head
	Content []byte
}

// Place names the record in messages.
func (r *Record) Place() string { return fmt.Sprintf("%s: record %d", r.Segment, r.Index) }

// Read visits all records in order, and says how many bytes of a torn tail follow the last whole one. It changes nothing, and
// may be called while a driver writes. An error of visit ends it.
func Read(folder Folder, visit func(Record) error) (torn int64, err error) {
	return read(folder, 0, visit)
}

// ReadLast visits the records of the last segment only.
func ReadLast(folder Folder, visit func(Record) error) (torn int64, err error) {
	return read(folder, 1, visit)
}

func read(folder Folder, last int, visit func(Record) error) (torn int64, err error) {
	names, err := folder.Names()
	if err != nil {
		return 0, err
	}
	segments, err := segmentsOf(names)
	if err != nil {
		return 0, err
	}
	if last > 0 {
		segments = segments[max(0, len(segments)-last):]
	}
	for i, name := range segments {
		end, err := readSegment(folder, name, visit)
		switch {
		case err != nil:
			return 0, err
		case end.torn && i < len(segments)-1:
			return 0, fmt.Errorf("%s: damaged at byte %d, and segments follow: no crash leaves this", name, end.whole)
		case end.torn:
			return end.size - end.whole, nil
		}
	}
	return 0, nil
}

// segmentEnd is how a segment ends.
type segmentEnd struct {
	whole, size int64 // bytes up to the end of the last whole record, and of all
	torn        bool
}

func readSegment(folder Folder, name string, visit func(Record) error) (segmentEnd, error) {
	file, err := folder.Open(name)
	if err != nil {
		return segmentEnd{}, err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 1<<16)
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(in, start); err != nil || string(start) != magic {
		return segmentEnd{}, fmt.Errorf("%s: this is no segment of a journal: expected it to begin with %q", name, magic)
	}
	end := segmentEnd{whole: int64(len(magic)), size: int64(len(magic))}
	for index := 0; ; index++ {
		content, read, state := readRecord(in)
		end.size += read
		switch state {
		case ended:
			if index == 0 {
				return end, fmt.Errorf("%s: it has no head", name)
			}
			return end, nil
		case whole:
			end.whole = end.size
			if visit != nil {
				if err := visit(Record{Segment: name, Index: index, Content: content}); err != nil {
					return end, err
				}
			}
			continue
		}
		// A head is renamed into place when it is durable: no crash tears it.
		rest, err := from(folder, name, end.whole)
		if err != nil {
			return end, err
		}
		end.size = end.whole + int64(len(rest))
		if index == 0 || wholeRecordIn(rest[1:]) {
			return end, fmt.Errorf("%s: record %d is damaged, at byte %d: no crash leaves this", name, index, end.whole)
		}
		end.torn = true
		return end, nil
	}
}

// from is the content of a file from a byte on.
func from(folder Folder, name string, start int64) ([]byte, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := io.CopyN(io.Discard, file, start); err != nil {
		return nil, err
	}
	return io.ReadAll(file)
}

// wholeRecordIn says whether a whole record begins at any byte: then what stands before it was whole, too, when it was written.
func wholeRecordIn(data []byte) bool {
	for ; len(data) >= envelope; data = data[1:] {
		length := binary.LittleEndian.Uint32(data)
		if int64(length) > int64(len(data)-envelope) {
			continue
		}
		if checksum(data[:4], data[envelope:envelope+length]) == binary.LittleEndian.Uint32(data[4:]) {
			return true
		}
	}
	return false
}

// recordState is what was found where a record should be.
type recordState int

const (
	whole recordState = iota
	ended             // nothing
	bad               // its end is missing, or its checksum is wrong
)

// readRecord reads one record and says how many bytes it took.
func readRecord(in *bufio.Reader) (content []byte, read int64, state recordState) {
	var head [envelope]byte
	n, err := io.ReadFull(in, head[:])
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil, 0, ended
	case err != nil:
		return nil, int64(n), bad
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length > SizeMax {
		return nil, envelope, bad
	}
	content, err = io.ReadAll(io.LimitReader(in, int64(length))) // grows as it reads: a damaged length costs no memory
	read = envelope + int64(len(content))
	switch {
	case err != nil, len(content) < int(length), checksum(head[:4], content) != binary.LittleEndian.Uint32(head[4:]):
		return nil, read, bad
	}
	return content, read, whole
}
