// Package page writes a report as one HTML file that opens from disk and asks no network: verdict, figures with their
// definitions, plots, tables, and what all of it rests on. It gets decoded tables and figures, and writes to an io.Writer.
// Without JavaScript the page is whole: the plots are static, and the numbers behind them lie beside them for whoever
// draws them live. The same input gives the same bytes.
package page
