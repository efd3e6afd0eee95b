// Package element reads the XML of Amazon's query protocols: elements and their text, from a document's beginning to its end, for
// whoever wants a small part of long answers.
//
// It is a subset of XML, read strictly: what is not understood is an error, and never left out in silence. Attributes are passed over; so
// are comments and processing instructions; a document with a type declaration is refused. Elements that nobody reads are passed over by
// counting tags; what stands in them is not looked at.
//
// Note: encoding/xml reads all of XML at some 20 MB/s, and makes a value of everything. An account with 12,000 instances says 60 MB
// about them.
package element

import (
	"bytes"
	"fmt"
	"iter"
)

// Document is XML that is read. Its text must not change meanwhile.
type Document struct {
	text  []byte
	at    int
	open  [][]byte // names of the elements that are open, as written
	empty bool     // the innermost one has a tag that ends itself, as <a/>
	err   error
}

// depthMost is how deep elements may stand in each other.
const depthMost = 100

// New begins to read.
func New(text []byte) *Document { return &Document{text: text} }

// Err is the first thing that was wrong, or nil. After it there are no more elements.
func (d *Document) Err() error { return d.err }

// Elements are the elements within the one that is being read, by name; at the beginning, the one that holds all. What a name's turn
// does not read of its element is passed over. A name is valid for its turn; a loop that is left early leaves an error.
func (d *Document) Elements() iter.Seq[[]byte] {
	return func(yield func(name []byte) bool) {
		depth := len(d.open)
		for d.next(depth) {
			name := d.open[depth]
			if at := bytes.LastIndexByte(name, ':'); at >= 0 {
				name = name[at+1:]
			}
			if !yield(name) {
				d.fail("not read to its end")
				return
			}
			d.skip(depth)
		}
	}
}

// skip passes over what is left of an element: of long answers, most.
func (d *Document) skip(depth int) {
	if d.err == nil && len(d.open) == depth+1 && !d.empty {
		if n := endOf(d.text[d.at:]); n >= 0 {
			d.at += n
			d.end(depth + 1)
			return
		}
	}
	for d.err == nil && len(d.open) > depth {
		d.next(len(d.open)) // into what is left of it, and out again
	}
}

// endOf is where the end tag stands of an element that is open; -1 where counting tags does not tell.
func endOf(text []byte) int {
	for at, open := 0, 1; ; {
		n := bytes.IndexByte(text[at:], '<')
		if at += n + 1; n < 0 || at == len(text) {
			return -1
		}
		switch text[at] {
		case '/':
			if open--; open == 0 {
				return at - 1
			}
			continue
		case '!', '?':
			return -1
		}
		begin := at
		for ; text[at] != '>'; at++ {
			if b := text[at]; at+1 == len(text) || b == '"' || b == '\'' {
				return -1
			}
		}
		if text[at-1] != '/' {
			open++
		} else if at-1 == begin {
			return -1
		}
	}
}

// Fail notes what a reader found wrong with what it read, if it is the first.
func (d *Document) Fail(err error) {
	if d.err == nil && err != nil {
		d.err = err
	}
}

func (d *Document) fail(format string, args ...any) {
	d.Fail(fmt.Errorf("XML: byte %d: %s", d.at, fmt.Sprintf(format, args...)))
}

// next goes to the next tag: true where it opens an element at a depth, false where the one that is open ends, or all does.
func (d *Document) next(depth int) bool {
	if d.err != nil || len(d.open) < depth { // the element has been read, to its end
		return false
	}
	if d.empty {
		d.close()
		return false
	}
	for {
		skipped := d.until('<')
		if d.err != nil {
			return false
		}
		if skipped == nil { // there is no other tag
			if depth > 0 {
				d.fail("it ends within %s", d.open[len(d.open)-1])
			} else if len(bytes.TrimSpace(d.text[d.at:])) > 0 {
				d.fail("text stands behind the last element")
			}
			return false
		}
		if depth == 0 && len(bytes.TrimSpace(skipped)) > 0 {
			d.fail("text stands in no element")
			return false
		}
		switch rest := d.text[d.at:]; {
		case bytes.HasPrefix(rest, []byte("</")):
			d.end(depth)
			return false
		case bytes.HasPrefix(rest, []byte("<!")) || bytes.HasPrefix(rest, []byte("<?")):
			d.passOver(rest)
		default:
			return d.start()
		}
	}
}

// until goes to a byte and returns what stands before it, which is not nil; nil where there is no such byte.
func (d *Document) until(b byte) []byte {
	n := bytes.IndexByte(d.text[d.at:], b)
	if n < 0 {
		return nil
	}
	before := d.text[d.at : d.at+n]
	d.at += n
	return before
}

// start reads a start tag.
func (d *Document) start() bool {
	d.at++
	n := nameLength(d.text[d.at:])
	if n == 0 {
		d.fail("a tag has no name")
		return false
	}
	name := d.text[d.at : d.at+n]
	d.at += n
	rest := d.until('>')
	if bytes.ContainsAny(rest, `"'`) { // of values, in which > may stand, too
		d.at -= len(rest)
		rest = d.attributes()
	}
	switch {
	case d.err != nil:
		return false
	case rest == nil:
		d.fail("tag %s does not end", name)
		return false
	case len(d.open) == depthMost:
		d.fail("more than %d elements stand in each other", depthMost)
		return false
	}
	d.at++
	d.empty = len(rest) > 0 && rest[len(rest)-1] == '/'
	if d.empty {
		rest = rest[:len(rest)-1]
	}
	if len(rest) > 0 && !isSpace(rest[0]) || bytes.IndexByte(rest, '<') >= 0 && !bytes.ContainsAny(rest, `"'`) {
		d.fail("tag %s is followed by %q", name, rest[:min(len(rest), 20)])
		return false
	}
	d.open = append(d.open, name)
	return true
}

// attributes goes to the end of a tag with attributes.
func (d *Document) attributes() []byte {
	begin := d.at
	for ; d.at < len(d.text); d.at++ {
		switch b := d.text[d.at]; b {
		case '>':
			return d.text[begin:d.at]
		case '"', '\'':
			d.at++
			if d.until(b) == nil {
				return nil
			}
		case '<':
			d.fail("a tag stands in another")
			return nil
		}
	}
	return nil
}

// end reads an end tag.
func (d *Document) end(depth int) {
	if depth == 0 {
		d.fail("an element ends that has not begun")
		return
	}
	name := d.open[len(d.open)-1]
	d.at += 2
	if !bytes.HasPrefix(d.text[d.at:], name) {
		d.fail("%s does not end as it begins", name)
		return
	}
	d.at += len(name)
	if rest := d.until('>'); rest == nil || len(bytes.TrimSpace(rest)) > 0 {
		d.fail("%s does not end as it begins", name)
		return
	}
	d.at++
	d.close()
}

func (d *Document) close() {
	d.open, d.empty = d.open[:len(d.open)-1], false
}

// passOver passes over a comment, an instruction, or characters that are marked as such.
func (d *Document) passOver(rest []byte) {
	for _, p := range [...]struct{ begin, end string }{{"<!--", "-->"}, {cdata, "]]>"}, {"<?", "?>"}} {
		if !bytes.HasPrefix(rest, []byte(p.begin)) || p.begin == cdata && len(d.open) == 0 {
			continue
		}
		n := bytes.Index(rest[len(p.begin):], []byte(p.end))
		if n < 0 {
			d.fail("%s does not end", p.begin)
			return
		}
		d.at += len(p.begin) + n + len(p.end)
		return
	}
	d.fail("%q is not understood", rest[:min(len(rest), 20)])
}

const cdata = "<![CDATA["

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// nameLength is how many of the first bytes are a name.
func nameLength(text []byte) int {
	for n, b := range text {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z' || b == '_'
		if !letter && (n == 0 || b != '-' && b != '.' && b != ':' && (b < '0' || b > '9')) {
			return n
		}
	}
	return len(text)
}
