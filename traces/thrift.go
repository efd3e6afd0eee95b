package traces

import "errors"

// parquet-go believes every length in a footer or a page header and allocates for it. thriftStruct walks such a structure
// first, in Thrift's compact protocol, and refuses lengths that the bytes at hand cannot hold.

var errThrift = errors.New("a length or type in it does not fit: the file is damaged")

type thriftWalker struct {
	b     []byte
	at    int
	depth int
	// field is called for every integer and boolean of the outer two levels with the field's id, within the field parent (0: outermost).
	field func(parent, id int, value int64)
}

// thriftStruct returns the length of the structure at the beginning of b.
func thriftStruct(b []byte, field func(parent, id int, value int64)) (n int, err error) {
	w := &thriftWalker{b: b, field: field}
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, errThrift
		}
	}()
	w.structure(0)
	return w.at, nil
}

func (w *thriftWalker) byte() byte {
	w.at++
	return w.b[w.at-1]
}

func (w *thriftWalker) uvarint() uint64 {
	x := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		c := w.byte()
		x |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return x
		}
	}
	panic(errThrift)
}

// length reads a length that at least so many bytes must follow.
func (w *thriftWalker) length() int {
	n := w.uvarint()
	if n > uint64(len(w.b)-w.at) {
		panic(errThrift)
	}
	return int(n)
}

func (w *thriftWalker) structure(parent int) {
	w.depth++
	if w.depth > 32 {
		panic(errThrift)
	}
	id := 0
	for {
		head := w.byte()
		if head == 0 {
			break
		}
		if step := int(head >> 4); step != 0 {
			id += step
		} else {
			x := w.uvarint()
			id = int(int64(x>>1) ^ -int64(x&1))
		}
		w.value(head&0xf, parent, id)
	}
	w.depth--
}

func (w *thriftWalker) value(kind byte, parent, id int) {
	switch kind {
	case 1, 2: // true, false: no bytes
		if w.field != nil && w.depth <= 2 {
			w.field(parent, id, int64(2-kind))
		}
	case 3:
		w.byte()
	case 4, 5, 6:
		x := w.uvarint()
		if w.field != nil && w.depth <= 2 {
			w.field(parent, id, int64(x>>1)^-int64(x&1))
		}
	case 7:
		w.skip(8)
	case 8:
		w.skip(w.length())
	case 9, 10:
		w.list()
	case 12:
		w.structure(id)
	default: // maps do not occur in Parquet
		panic(errThrift)
	}
}

func (w *thriftWalker) list() {
	head := w.byte()
	n := int(head >> 4)
	if n == 15 {
		n = w.length()
	}
	if n > len(w.b)-w.at {
		panic(errThrift)
	}
	w.depth++
	for range n {
		if kind := head & 0xf; kind == 1 || kind == 2 {
			w.byte()
		} else {
			w.value(kind, 0, 0)
		}
	}
	w.depth--
}

func (w *thriftWalker) skip(n int) {
	if n > len(w.b)-w.at {
		panic(errThrift)
	}
	w.at += n
}
