// Package synth makes markets and workloads that nobody recorded: Market, a region's reservations and what its owners use
// of them, made to match the figures that Netflix published in 2015 (see Settings), and W, the reference workload of whole
// numbers. Nothing here is measured; a figure that rests on it is a figure about a synthetic market and must say so.
package synth
