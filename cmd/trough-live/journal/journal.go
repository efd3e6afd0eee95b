// Package journal keeps what the driver knew and decided, durably: records that are appended one by one, each of them on the
// disk before anything is done about it.
//
// # Format
//
// A journal is a folder of segments, numbered files that are only appended to. A segment begins with eight bytes, "troughj1".
// A record is its length (four bytes, little endian), a checksum (CRC-32C of those four bytes and the content) and the content.
// The first record of a segment is its head: all that a reader needs to know to begin there, so that old segments can be deleted.
//
// # What a crash leaves
//
// Records are written and synced one at a time, so that a crash can tear none but the last: the end of a record is missing, or
// any part of it reads as zeros. Open cuts such a tail. What is damaged and has a whole record behind it was not torn by a crash,
// and is an error: nothing that was acknowledged is ever cut. The last record may be there though its writer was told of an error:
// whoever reads it may not take it for done.
package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// SizeMax is the largest record, in bytes. A length beyond it is damage.
const SizeMax = 1 << 28

const (
	magic    = "troughj1"
	ending   = ".journal"
	partial  = ".partial"
	envelope = 8 // bytes before a record's content
)

// Journal is a journal that is written to. It has one writer (see Dir).
type Journal struct {
	folder  Folder
	last    int    // number of the last segment, 0 if there is none
	name    string // of the segment that is open, empty if none is
	file    File
	whole   int64 // bytes of its whole records
	broken  bool  // whether what follows them may be anything
	scratch []byte
}

// Open opens a journal to write to, cuts a torn tail, and removes what was not begun in full. Nothing is open for Append: Begin
// opens a segment.
func Open(folder Folder) (*Journal, error) {
	names, err := folder.Names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, ending+partial) {
			if err := folder.Remove(name); err != nil {
				return nil, err
			}
		}
	}
	j := &Journal{folder: folder}
	segments, err := segmentsOf(names)
	if err != nil || len(segments) == 0 {
		return j, err
	}
	name := segments[len(segments)-1]
	j.last = numberOf(name)
	end, err := readSegment(folder, name, nil)
	if err == nil && end.torn {
		err = folder.Truncate(name, end.whole)
	}
	return j, err
}

// Begin opens a new segment, which begins with a head, and makes it durable. What a failed Append left in the segment before
// is cut first.
func (j *Journal) Begin(head []byte) error {
	if err := j.Close(); err != nil {
		return err
	}
	name := fmt.Sprintf("%012d%s", j.last+1, ending)
	file, err := j.folder.Create(name + partial)
	if err != nil {
		return err
	}
	whole := append([]byte(magic), j.seal(head)...)
	if err := writeDurably(file, whole); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(j.folder.Rename(name+partial, name), j.folder.Sync()); err != nil {
		return errors.Join(err, file.Close())
	}
	j.last, j.name, j.file, j.whole = j.last+1, name, file, int64(len(whole))
	return nil
}

// Append adds a record. It is durable, and stands in the file of that name, when there is no error. After one, nothing can be appended until Begin succeeds: what the
// disk holds of the record is not known.
func (j *Journal) Append(record []byte) error {
	switch {
	case j.file == nil:
		return errors.New("journal: no segment is open")
	case j.broken:
		return errors.New("journal: the last record could not be written")
	case len(record) > SizeMax:
		return fmt.Errorf("journal: a record has %d bytes: expected at most %d", len(record), SizeMax)
	}
	sealed := j.seal(record)
	if err := writeDurably(j.file, sealed); err != nil {
		j.broken = true
		return err
	}
	if err := j.stands(j.whole + int64(len(sealed))); err != nil {
		j.broken = true
		return err
	}
	j.whole += int64(len(sealed))
	return nil
}

// stands says that the segment's file has so many bytes. What is written to a file that was removed meanwhile, with its folder or by
// another disk that was mounted there, is written, and is gone with the process.
func (j *Journal) stands(whole int64) error {
	size, err := j.folder.Size(j.name)
	if err != nil {
		return fmt.Errorf("journal: segment %s is not there any more: %w", j.name, err)
	}
	if size != whole {
		return fmt.Errorf("journal: segment %s has %d bytes: expected %d: somebody else has changed it", j.name, size, whole)
	}
	return nil
}

// Close ends the segment. What a failed Append left of its record is cut.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	if j.broken {
		switch err := j.folder.Truncate(j.name, j.whole); {
		case errors.Is(err, fs.ErrNotExist):
			j.last-- // its number is the next one's, so that no number is missing
		case err != nil:
			return err
		}
	}
	err := j.file.Close()
	if j.broken {
		err = nil // what it may still complain about has been cut
	}
	j.file, j.name, j.broken = nil, "", false
	return err
}

// segmentsLeast stay in any case: the one that is written, and the one before it.
const segmentsLeast = 2

// Shed deletes segments, oldest first, until all files take at most so many bytes, and returns the names of those it deleted. What is
// left reads as a journal at every moment, also after a crash.
func (j *Journal) Shed(most int64) (deleted []string, err error) {
	names, err := j.folder.Names()
	if err != nil {
		return nil, err
	}
	segments, err := segmentsOf(names)
	if err != nil {
		return nil, err
	}
	total := int64(0)
	sizes := make([]int64, len(segments))
	for i, name := range segments {
		if sizes[i], err = j.folder.Size(name); err != nil {
			return nil, err
		}
		total += sizes[i]
	}
	for i := 0; total > most && i < len(segments)-segmentsLeast; i++ {
		// One by one: a crash that kept the first of two and lost the second would leave a gap.
		if err := errors.Join(j.folder.Remove(segments[i]), j.folder.Sync()); err != nil {
			return deleted, err
		}
		deleted = append(deleted, segments[i])
		total -= sizes[i]
	}
	return deleted, nil
}

// seal is a record as it is written. It is valid until the next call.
func (j *Journal) seal(content []byte) []byte {
	j.scratch = binary.LittleEndian.AppendUint32(j.scratch[:0], uint32(len(content)))
	j.scratch = binary.LittleEndian.AppendUint32(j.scratch, checksum(j.scratch[:4], content))
	j.scratch = append(j.scratch, content...)
	return j.scratch
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(length, content []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, length), castagnoli, content)
}

func writeDurably(file File, data []byte) error {
	n, err := file.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	return file.Sync()
}

// segmentsOf are the names of segments, in order; a gap between them is an error, since what stood there is missing.
func segmentsOf(names []string) ([]string, error) {
	var segments []string
	for _, name := range names {
		if numberOf(name) > 0 {
			segments = append(segments, name)
		}
	}
	slices.Sort(segments)
	for i := 1; i < len(segments); i++ {
		if numberOf(segments[i]) != numberOf(segments[i-1])+1 {
			return nil, fmt.Errorf("%s: the segment before it is missing: the one that is there is %s", segments[i], segments[i-1])
		}
	}
	return segments, nil
}

// numberOf is a segment's number, or 0 of a file that is none.
func numberOf(name string) int {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok || len(digits) != 12 {
		return 0
	}
	n := 0
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0
		}
		n = 10*n + int(r-'0')
	}
	return n
}
