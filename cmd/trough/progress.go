package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"trough.internal/models"
)

// progress shows how far a long run is, with the time that is left, on a terminal; in a pipe it stays quiet.
type progress struct {
	to      *os.File
	label   string
	began   time.Time
	shown   time.Time
	visible bool
}

func newProgress(to *os.File, label string) *progress {
	now := time.Now()
	return &progress{to: to, label: label, began: now, shown: now, visible: term.IsTerminal(int(to.Fd()))}
}

// at reports a position in the run's span; where the end is not known, only the position.
func (p *progress) at(now, from, until models.Instant) {
	if !p.visible || time.Since(p.shown) < 200*time.Millisecond {
		return
	}
	p.shown = time.Now()
	if until <= from {
		p.line(fmt.Sprintf("%s: %s", p.label, now.UTC().Format("2006-01-02")))
		return
	}
	part := float64(now-from) / float64(until-from)
	left := ""
	if part > 0 {
		rest := time.Duration(float64(time.Since(p.began)) * (1 - part) / part)
		left = ", about " + rest.Round(time.Second).String() + " left"
	}
	p.line(fmt.Sprintf("%s: %3.0f %%%s", p.label, 100*part, left))
}

// of reports how many of how many are done, and how long the rest takes if they are alike.
func (p *progress) of(done, all int, things string) {
	if !p.visible || done == 0 {
		return
	}
	rest := time.Since(p.began) * time.Duration(all-done) / time.Duration(done)
	p.line(fmt.Sprintf("%s: %d of %d %s, about %s left", p.label, done, all, things, rest.Round(time.Second)))
}

// say shows a step by its name.
func (p *progress) say(what string) {
	if p.visible {
		p.line(p.label + ": " + what)
	}
}

func (p *progress) line(text string) { fmt.Fprintf(p.to, "\r\x1b[K%s", text) }

// done clears the line.
func (p *progress) done() {
	if p.visible {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}
