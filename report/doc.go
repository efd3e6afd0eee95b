// Package report turns what a run left into what people read: tables for a terminal, Markdown, JSON, and plots. It gets
// decoded tables and results, never a run itself, and writes through an io.Writer or into a directory it is given.
// The same input gives the same bytes.
package report
