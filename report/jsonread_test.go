package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestASummaryIsReadAsItWasWritten(t *testing.T) {
	var first, second bytes.Buffer
	if err := testSummary().WriteJSON(&first); err != nil {
		t.Fatal(err)
	}
	read, err := ReadSummary(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := read.WriteJSON(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("written again it is another one:\n%s", &second)
	}
}

func TestWhatIsNoSummaryIsRefused(t *testing.T) {
	for _, text := range []string{"", "[]", `{"figures": 3}`, `{"figures": {"a": {"value": "x"}}}`} {
		if _, err := ReadSummary(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestAPDFIsTheSameBytesEachTime(t *testing.T) {
	for _, c := range Charts(handSeries()) {
		var one, two bytes.Buffer
		if err := c.WritePDF(&one); err != nil {
			t.Fatal(err)
		}
		if err := c.WritePDF(&two); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.Bytes(), two.Bytes()) || !bytes.HasPrefix(one.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: %d and %d bytes", c.Name, one.Len(), two.Len())
		}
	}
}
