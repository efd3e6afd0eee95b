// Package encoding is the borrower's workload: titles that arrive in bursts, each a source that is inspected, split into
// chunks, encoded chunk by chunk into many formats, assembled and validated (as Netflix describes its pipeline; High
// Scalability, 2017). Beside production there are research and QA.
//
// How long a chunk takes is fitted to measured transcode times (fit.go). How titles arrive is assumed (settings.go says
// what, and from which published figures it was chosen).
package encoding
