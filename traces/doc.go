// Package traces reads, checks and writes the files that Trough works with: capacity, jobs and price traces, switches,
// and what a run leaves. What each file holds stands in schema.go.
//
// Readers are strict: a missing, unknown or mistyped column, a value out of range, a row out of order or a damaged byte
// is an error of one line that names file, row, value and what was expected. No reader guesses.
//
// Unknown is not zero. A row of a capacity trace is trusted for the file's hold_s; from then on, and where in_use says
// -1 (in CSV: ?), readers return models.Unknown.
//
// Writers give a file its name only when it is whole: it is written under a temporary name beside it and renamed. The
// same rows give the same bytes. Traces are Parquet or CSV by the name's ending (.parquet, .csv, and for reading
// .csv.gz); what a run leaves is Parquet.
package traces
