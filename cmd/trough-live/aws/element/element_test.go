package element

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tree is a document as encoding/xml reads it: the oracle.
type tree struct {
	name  string
	text  string
	under []*tree
}

// treesOf are the elements that hold all, or an error where encoding/xml finds one, or where a document has what is not read here.
func treesOf(text []byte) ([]*tree, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	stack := []*tree{{}}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return stack[0].under, nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "" || len(stack) > depthMost {
				return nil, errors.New("not read here")
			}
			for _, r := range t.Name.Local {
				if r > 0x7f {
					return nil, errors.New("a name that is not read here")
				}
			}
			made := &tree{name: t.Name.Local}
			top.under = append(top.under, made)
			stack = append(stack, made)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
			if len(stack) == 1 && len(bytes.TrimSpace(t)) > 0 {
				return nil, errors.New("text in no element")
			}
		case xml.Directive:
			return nil, errors.New("a type declaration")
		}
	}
}

// compare reads what is open and says where it differs from what encoding/xml read. Elements of which skip says so are passed over.
func compare(d *Document, want []*tree, skip func() bool) error {
	n := 0
	for name := range d.Elements() {
		if n == len(want) {
			return fmt.Errorf("an element %s that is not there", name)
		}
		w := want[n]
		n++
		if string(name) != w.name {
			return fmt.Errorf("element %s: expected %s", name, w.name)
		}
		if skip() {
			continue
		}
		if len(w.under) > 0 {
			if err := compare(d, w.under, skip); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		} else if got := string(d.Text()); got != w.text {
			return fmt.Errorf("%s: text %q: expected %q", w.name, got, w.text)
		}
	}
	if d.Err() == nil && n < len(want) {
		return fmt.Errorf("%d elements: expected %d", n, len(want))
	}
	return d.Err()
}

func never() bool { return false }

// drawn is an element with others in it, written in one of the ways in which XML can say it.
func drawn(t *rapid.T, depth int) string {
	var b strings.Builder
	name := rapid.SampledFrom([]string{"item", "a", "instancesSet", "x-1", "aa"}).Draw(t, "name")
	space := rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "space")
	attributes := rapid.SampledFrom([]string{"", ` xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"`, ` a='1>2' b="/>"`}).Draw(t, "attributes")
	if rapid.IntRange(0, 5).Draw(t, "empty") == 0 {
		return "<" + name + attributes + space + "/>"
	}
	b.WriteString("<" + name + attributes + space + ">")
	between := rapid.SampledFrom([]string{"", "", "\n  ", "<!-- </item> <a> -->", "<?p </item> ?>"})
	if under := rapid.IntRange(0, 3).Draw(t, "under"); depth > 0 && under > 0 {
		for range under {
			b.WriteString(between.Draw(t, "between") + drawn(t, depth-1))
		}
		b.WriteString(between.Draw(t, "between"))
	} else {
		for range rapid.IntRange(0, 3).Draw(t, "pieces") {
			b.WriteString(rapid.SampledFrom([]string{"us-east-1a", "a&amp;b", "&lt;&#x41;&#66;", "<![CDATA[<item>&amp;]]>", "\r\n", "é", " ", "<!-- no -->", "\r", "&quot;&apos;&gt;"}).Draw(t, "piece"))
		}
	}
	return b.String() + "</" + name + space + ">"
}

// TestADocumentIsReadAsEncodingXMLReadsIt passes over some elements, at random, so that what follows one is found, too.
func TestADocumentIsReadAsEncodingXMLReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.SampledFrom([]string{"", xml.Header, " <!-- a -->"}).Draw(t, "before") + drawn(t, 4) + "\n")
		want, err := treesOf(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := compare(New(text), want, func() bool { return rapid.IntRange(0, 2).Draw(t, "skip") == 0 }); err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		if err := compare(New(text), want, never); err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		if err := compare(New(text), want, func() bool { return true }); err != nil {
			t.Fatalf("%s\npassed over: %v", text, err)
		}
	})
}

// TestADocumentThatIsCutOffIsAnError cuts at every byte, whether all is read or all passed over.
func TestADocumentThatIsCutOffIsAnError(t *testing.T) {
	const whole = `<?xml version="1.0"?><all a="1"><item><id>i-1</id><set><item>a&amp;b</item></set><none/></item><!-- --><t><![CDATA[x]]></t></all>`
	want, err := treesOf([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for n := strings.Index(whole, "<all") + 1; n < len(whole); n++ {
		if err := compare(New([]byte(whole[:n])), want, never); err == nil {
			t.Errorf("no error in %s", whole[:n])
		}
		d := New([]byte(whole[:n]))
		for range d.Elements() {
		}
		if d.Err() == nil {
			t.Errorf("no error in %s, which is passed over", whole[:n])
		}
	}
}

func TestWhatIsNotUnderstoodIsAnError(t *testing.T) {
	for _, text := range []string{
		"nothing", "a<a/>", "<a/>b", "<a></b>", "<a><b></a></b>", "</a>", "<a", "<>", "<a><1/></a>", "<a><b</a>", "<!DOCTYPE a><a/>", "<a>&nbsp;</a>",
		"<a>&#x110000;</a>", "<a>&#;</a>", "<a>&amp</a>", "<a>\x00</a>", "<a>&#27;</a>", "<a>\xff</a>", "<a><b/>", "<a>text<b/></a>", "<a b='></a>", "<a/ ></a>",
		"<![CDATA[a]]>", "<a><!-- </a>", "<a b=<c></a>", "<a>b", "<a>&#xfffe;</a>", strings.Repeat("<a>", 200),
	} {
		d := New([]byte(text))
		for name := range d.Elements() {
			if string(name) == "a" && !strings.HasPrefix(text, "<a><") {
				d.Text()
			} else {
				for range d.Elements() {
					d.Text()
				}
			}
		}
		if d.Err() == nil {
			t.Errorf("no error in %.40q", text)
		}
	}
	d := New([]byte("<a><b/><c/></a>"))
	for range d.Elements() {
		for range d.Elements() {
			break
		}
	}
	if d.Err() == nil {
		t.Error("a loop that is left early leaves no error")
	}
}

// FuzzDocument reads what encoding/xml reads as it does, and ends with anything.
func FuzzDocument(f *testing.F) {
	for _, text := range []string{"<a><b>c</b><b/></a>", xml.Header + `<r xmlns="x"><s><item><k>&lt;</k></item></s></r>`, "<a><!--b--><![CDATA[c]]></a>", "<a b='>'/>", "<a>"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d := New(text)
		var all func(depth int)
		all = func(depth int) {
			for range d.Elements() {
				if depth%2 == 0 {
					all(depth + 1)
				}
			}
		}
		all(0)
		want, err := treesOf(text)
		if err != nil || bytes.ContainsRune(text, ':') { // Note: encoding/xml reads a name with two colons in its own way
			return
		}
		if err := compare(New(text), want, never); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
