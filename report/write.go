package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/go-pdf/fpdf"
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// WritePNG draws the chart as a PNG of 1200 x 600 pixels.
func (c *Chart) WritePNG(w io.Writer) error { return pngOf(c.draw)(w) }

// WriteSVG draws the chart as an SVG.
func (c *Chart) WriteSVG(w io.Writer) error { return svgOf(c.Title+", "+c.Subtitle, c.draw)(w) }

// pngOf writes a drawing as a PNG of 1200 x 600 pixels.
func pngOf(draw func(vg.CanvasSizer)) func(io.Writer) error {
	return func(w io.Writer) error {
		canvas := vgimg.NewWith(vgimg.UseWH(plotWidth, plotHeight), vgimg.UseDPI(plotDPI))
		draw(canvas)
		_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
		return err
	}
}

// svgOf writes a drawing as an SVG. Its text stays text, in fonts of the same metrics as the ones it was laid out with.
func svgOf(title string, draw func(vg.CanvasSizer)) func(io.Writer) error {
	return func(w io.Writer) error {
		canvas := vgsvg.New(plotWidth, plotHeight)
		draw(canvas)
		var drawn bytes.Buffer
		if _, err := canvas.WriteTo(&drawn); err != nil {
			return err
		}
		out := bytes.ReplaceAll(drawn.Bytes(), []byte("font-family:Liberation Sans;"),
			[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
		// The title is what a screen reader says.
		title := fmt.Sprintf("xlink\">\n<title>%s</title>\n", html.EscapeString(title))
		out = bytes.Replace(out, []byte("xlink\">\n"), []byte(title), 1)
		_, err := w.Write(out)
		return err
	}
}

// Plot is what can be drawn: a Chart, a Plane, a Heat or a Frontier.
type Plot interface {
	file() string
	words() (title, subtitle string)
	draw(vg.CanvasSizer)
}

// pdfDate stands in every PDF: the clock's would make each one another file.
var pdfDate = time.Date(2015, 10, 1, 0, 0, 0, 0, time.UTC)

func init() {
	fpdf.SetDefaultCreationDate(pdfDate)
	fpdf.SetDefaultModificationDate(pdfDate)
	fpdf.SetDefaultCatalogSort(true)
}

// WritePDF draws the chart as a PDF of one page, as large as the plot.
func (c *Chart) WritePDF(w io.Writer) error { return pdfOf(c.draw)(w) }

// pdfOf writes a drawing as a PDF of one page.
func pdfOf(draw func(vg.CanvasSizer)) func(io.Writer) error {
	return func(w io.Writer) error {
		canvas := vgpdf.New(plotWidth, plotHeight)
		canvas.EmbedFonts(true)
		draw(pdfCanvas{canvas})
		_, err := canvas.WriteTo(w)
		return err
	}
}

// pdfCanvas names bold fonts as fonts of their own. The canvas registers every font it embeds as regular, and would not
// find a bold one again.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas.
func (c pdfCanvas) FillString(f font.Face, at vg.Point, text string) {
	if f.Font.Weight == xfont.WeightBold {
		f.Font.Weight = xfont.WeightNormal
		f.Font.Variant += "Bold"
	}
	c.Canvas.FillString(f, at, text)
}

// WriteCharts writes every chart as NAME.png and NAME.svg into a directory that is there.
func WriteCharts(dir string, charts []Chart) error {
	var plots []Plot
	for i := range charts {
		plots = append(plots, &charts[i])
	}
	return WritePlots(dir, plots)
}

// WritePlots writes every plot likewise.
func WritePlots(dir string, plots []Plot) error {
	for _, p := range plots {
		title, subtitle := p.words()
		if err := writeFile(filepath.Join(dir, p.file()+".png"), pngOf(p.draw)); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, p.file()+".svg"), svgOf(title+", "+subtitle, p.draw)); err != nil {
			return err
		}
	}
	return nil
}

// File is a plot in one format.
type File struct {
	Name  string // with its ending
	Write func(io.Writer) error
}

// Files are a plot as a PNG, an SVG and a PDF.
func Files(p Plot) []File {
	title, subtitle := p.words()
	return []File{{p.file() + ".png", pngOf(p.draw)}, {p.file() + ".svg", svgOf(title+", "+subtitle, p.draw)}, {p.file() + ".pdf", pdfOf(p.draw)}}
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}
