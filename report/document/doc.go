// Package document writes texts, tables and plots as one HTML file that opens from disk and asks no network. Without
// JavaScript it is whole: the plots are static, and the numbers behind them lie beside them for whoever draws them live. What
// it says is its caller's; the same input gives the same bytes.
package document
