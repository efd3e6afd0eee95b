package document

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

// Document is what a file says, from the top down.
type Document struct {
	Title    string
	Scope    []string // what it is about
	Verdict  string   // in a sentence or two
	Warnings []string
	Sections []Section
	Colours  *Colours // those that its plots were drawn with
}

// Section is a part of the document with a heading of its own.
type Section struct {
	ID, Title string
	Of        string // the run that it is of, where there are several
	Parts     []Part
}

// Part is a piece of a section: each field that is not empty is printed, in this order.
type Part struct {
	Heading string
	Lead    string
	Tiles   []Tile
	Figure  *Figure
	Heat    *HeatTable
	Table   *Table
	Items   []Item
	List    []string
	Pre     string
	Folded  bool // behind its heading, until it is asked for
}

// Item is a named text.
type Item struct{ Name, Text string }

// Tile is a headline with all that belongs to it.
type Tile struct {
	ID, Key, Name    string
	Value, Unit      string
	Interval, Before string
	Definition, Note string
	Spark            template.HTML
	SparkOf          string
}

//go:embed document.html
var source string

//go:embed document.css
var sheet string

var printed = template.Must(template.New("document").Funcs(template.FuncMap{"code": code}).Parse(source))

// code is a text with what stands between backticks, as commands do in texts for terminals, set as code.
func code(text string) template.HTML {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // one has no partner
		return template.HTML(template.HTMLEscapeString(text)) //// escaped
	}
	var out strings.Builder
	for i, part := range parts {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		out.WriteString(part)
	}
	return template.HTML(out.String()) //// escaped
}

// Write writes the document.
func (d *Document) Write(w io.Writer) error {
	colours := d.Colours
	if colours == nil {
		colours = NewColours()
	}
	return printed.Execute(w, view{d, template.CSS(sheet + colours.style()), interactive(), scriptSource()}) //// both are ours
}

// Contents are the sections by the run that they are of.
func (d *Document) Contents() []contents {
	var list []contents
	for _, s := range d.Sections {
		if len(list) == 0 || list[len(list)-1].Of != s.Of {
			list = append(list, contents{Of: s.Of})
		}
		last := &list[len(list)-1]
		last.Sections = append(last.Sections, s)
	}
	return list
}

type contents struct {
	Of       string
	Sections []Section
}

// view is what the template prints.
type view struct {
	*Document
	Style       template.CSS
	Interactive template.HTML
	Script      string // the only one that the browser may run
}
