package element

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Text is what stands in the element that is being read, which has no other in it. It is valid until the document's text changes.
func (d *Document) Text() []byte {
	if d.err != nil || d.empty {
		return nil // Note: Elements closes it
	}
	raw := d.until('<')
	if raw == nil {
		d.fail("it ends within %s", d.open[len(d.open)-1])
		return nil
	}
	plain := raw
	if bytes.IndexByte(raw, '&') >= 0 || bytes.IndexByte(raw, '\r') >= 0 || !bytes.HasPrefix(d.text[d.at:], []byte("</")) {
		plain = d.mixed(raw)
	}
	if d.err == nil && !isText(plain) {
		d.fail("%q is no text", plain[:min(len(plain), 20)])
	}
	if d.err != nil {
		return nil
	}
	return plain
}

// mixed is text with references, comments and marked characters in it, which goes on behind the first piece.
func (d *Document) mixed(raw []byte) []byte {
	plain := d.plain(nil, raw)
	for d.err == nil && !bytes.HasPrefix(d.text[d.at:], []byte("</")) {
		rest := d.text[d.at:]
		if !bytes.HasPrefix(rest, []byte("<!")) && !bytes.HasPrefix(rest, []byte("<?")) {
			d.fail("an element stands where text was expected")
			return nil
		}
		d.passOver(rest)
		if bytes.HasPrefix(rest, []byte(cdata)) && d.err == nil {
			n := len(rest) - len(d.text[d.at:]) - len("]]>")
			plain = lines(plain, rest[len(cdata):n])
		}
		if raw = d.until('<'); raw == nil {
			d.fail("it ends within %s", d.open[len(d.open)-1])
			return nil
		}
		plain = d.plain(plain, raw)
	}
	return plain
}

var references = map[string]string{"amp": "&", "lt": "<", "gt": ">", "apos": "'", "quot": `"`}

// plain appends text, with what references stand for.
func (d *Document) plain(to, raw []byte) []byte {
	for {
		n := bytes.IndexByte(raw, '&')
		if n < 0 {
			return lines(to, raw)
		}
		to = lines(to, raw[:n])
		name, rest, ok := bytes.Cut(raw[n+1:], []byte(";"))
		if !ok {
			d.fail("a reference does not end")
			return nil
		}
		raw = rest
		if known := references[string(name)]; known != "" {
			to = append(to, known...)
			continue
		}
		r, err := character(string(name))
		if err != nil {
			d.fail("%v", err)
			return nil
		}
		to = utf8.AppendRune(to, r)
	}
}

// character is what a reference by number stands for.
func character(name string) (rune, error) {
	digits, base := name, 10
	if len(digits) > 0 && digits[0] == '#' {
		if digits = digits[1:]; len(digits) > 0 && digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err == nil && n <= utf8.MaxRune {
			return rune(n), nil
		}
	}
	return 0, fmt.Errorf("a reference &%.20s; that nobody knows", name)
}

// lines appends text with its lines' ends as XML has them, which are \n.
func lines(to, raw []byte) []byte {
	for n := range raw {
		switch {
		case raw[n] != '\r':
			to = append(to, raw[n])
		case n+1 == len(raw) || raw[n+1] != '\n':
			to = append(to, '\n')
		}
	}
	return to
}

// isText says whether all are characters that XML may have.
func isText(text []byte) bool {
	for n := 0; n < len(text); {
		if b := text[n]; b < utf8.RuneSelf {
			if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
				return false
			}
			n++
			continue
		}
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
			return false
		}
		n += size
	}
	return true
}
