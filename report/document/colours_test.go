package document

import (
	"image/color"
	"testing"

	"trough.internal/report"
)

func TestColoursStandOutInTheDark(t *testing.T) {
	for _, c := range []color.RGBA{{0x33, 0x22, 0x88, 255}, {0x22, 0x22, 0x22, 255}, {0x88, 0x22, 0x55, 255}, {0x88, 0xcc, 0xee, 255}, {0, 0, 0, 255}} {
		for _, least := range []float64{areaContrast, lineContrast} {
			if got := visible(c, darkPaper, least); report.Contrast(got, darkPaper) < least {
				t.Errorf("%v becomes %v: %.2f", c, got, report.Contrast(got, darkPaper))
			}
		}
	}
	if c := report.Contrast(color.RGBA{255, 255, 255, 255}, color.RGBA{0, 0, 0, 255}); c < 20.9 || c > 21.1 {
		t.Errorf("black on white is %v to 1, not 21", c)
	}
}
