package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// A source is one parsed file of the module.
type source struct {
	dir, path string // below the module, with slashes
	test      bool
	text      []byte
	file      *ast.File
	fset      *token.FileSet
}

func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// parseTree reads every Go file that the go command would take for part of the module, whatever the platform: build
// constraints hide nothing, but for the tag "ignore", which marks programs that are run by their file name.
func parseTree(fset *token.FileSet, tree fs.FS, mode parser.Mode) ([]source, error) {
	var sources []source
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		hidden := name != "." && (base[0] == '.' || base[0] == '_')
		if entry.IsDir() {
			nested, _ := fs.Stat(tree, path.Join(name, "go.mod"))
			if hidden || base == "testdata" || base == "vendor" || name != "." && nested != nil {
				return fs.SkipDir
			}
			return nil
		}
		if hidden || path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, text, mode|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if !ignored(file) {
			sources = append(sources, source{dir: path.Dir(name), path: name, test: strings.HasSuffix(name, "_test.go"),
				text: text, file: file, fset: fset})
		}
		return nil
	})
	if err == nil && len(sources) == 0 {
		err = errors.New("no Go file found: nothing was checked")
	}
	return sources, err
}

func ignored(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() < file.Package && c.Text == "//go:build ignore" {
				return true
			}
		}
	}
	return false
}

// reasons are the comments of a file that begin with one word, such as "//determinism:". Each excuses what begins on one
// line: its own when it stands behind code, else the line below the comment.
type reasons struct {
	word   string
	source source
	byLine map[int]*reason // by the line that is excused
	all    []*reason       // in the order of the file
}

type reason struct {
	line  int // its own
	words int
	used  bool
}

func reasonsIn(s source, word string) reasons {
	found := reasons{word: word, source: s, byLine: map[int]*reason{}}
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			text, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimPrefix(c.Text, "//"), " "), word+":")
			if !ok {
				continue
			}
			r := &reason{line: s.line(c), words: len(strings.Fields(text))}
			excused := r.line
			at := s.fset.Position(c.Pos()).Offset
			before := s.text[bytes.LastIndexByte(s.text[:at], '\n')+1 : at]
			if len(bytes.TrimSpace(before)) == 0 {
				excused = s.fset.Position(group.End()).Line + 1
			}
			found.byLine[excused] = r
			found.all = append(found.all, r)
		}
	}
	return found
}

// excuse reports whether a reason is given for this line, and notes that it was needed. Whether it will do is up to idle:
// one mistake, one finding.
func (r reasons) excuse(line int) bool {
	given := r.byLine[line]
	if given == nil {
		return false
	}
	given.used = true
	return true
}

// idle returns a line for every reason that excused nothing or is none.
func (r reasons) idle() []string {
	var findings []string
	for _, given := range r.all {
		switch {
		case !given.used:
			findings = append(findings, fmt.Sprintf("%s:%d: //%s: excuses nothing any more: delete it", r.source.path, given.line, r.word))
		case given.words < 3:
			findings = append(findings, fmt.Sprintf("%s:%d: //%s: takes a reason of at least three words", r.source.path, given.line, r.word))
		}
	}
	return findings
}
