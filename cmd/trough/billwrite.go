package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// writeJSON writes the bill for machines, an item to a line. Bills of a year have millions of them, so that they are
// written one by one. Errors show when the writer is flushed.
func (b *usageBill) writeJSON(to *bufio.Writer) {
	var line []byte
	fmt.Fprintf(to, "{\"rules\": %s,\n\"from\": \"%s\",\n\"until\": \"%s\",\n\"lines\": [", jsonText(b.in.Rules.String()), b.in.From, b.in.Until)
	for i := range b.Lines {
		line = append(b.jsonLine(line[:0], &b.Lines[i]), separator(i, len(b.Lines))...)
		to.Write(line)
	}
	to.WriteString("],\n\"holdings\": [")
	for i := range b.Holdings {
		line = append(b.jsonHolding(line[:0], &b.Holdings[i]), separator(i, len(b.Holdings))...)
		to.Write(line)
	}
	fmt.Fprintf(to, "],\n\"total_usd\": \"%s\",\n\"unpriced\": [", usd(b.Total))
	for i, key := range b.Unpriced {
		fmt.Fprintf(to, "\n  {\"instance_type\": %s, \"region\": %s, \"platform\": \"%s\", \"tenancy\": \"%s\"}%s",
			jsonText(key.Type), jsonText(key.Region), key.Platform, key.Tenancy, separator(i, len(b.Unpriced)))
	}
	to.WriteString("],\n\"notes\": [")
	for i, note := range b.notes {
		fmt.Fprintf(to, "\n  %s%s", jsonText(note), separator(i, len(b.notes)))
	}
	to.WriteString("]}\n")
}

// separator ends an item of a list.
func separator(i, n int) string {
	if i+1 < n {
		return ","
	}
	return "\n"
}

func (b *usageBill) jsonLine(to []byte, l *billing.Line) []byte {
	r := &b.in.Runs[l.Run]
	to = append(to, "\n  {\"hour\": \""...)
	to = append(to, l.Hour.String()...)
	to = append(appendText(append(to, "\", \"account\": "...), r.Account), ", \"instance\": "...)
	to = append(appendText(to, r.Instance), ", \"instance_type\": "...)
	to = append(appendText(to, r.Type), ", \"zone\": "...)
	to = append(appendText(to, r.Zone), ", \"covered_by\": "...)
	to = append(appendText(to, b.coveredBy(l)), ", \"instance_hours\": "...)
	to = strconv.AppendFloat(to, instanceHours(l), 'f', -1, 64)
	return append(append(to, ", \"usd\": "+usdJSON(l.USD, l.Unpriced)...), '}')
}

func (b *usageBill) jsonHolding(to []byte, l *billing.HoldingLine) []byte {
	to = appendText(append(to, "\n  {\"id\": "...), b.in.Holdings[l.Holding].ID)
	to = strconv.AppendFloat(append(to, ", \"unused_hours\": "...), l.Unused, 'f', -1, 64)
	return append(append(to, ", \"usd\": "+usdJSON(l.USD, l.Unpriced)...), '}')
}

// writeCSV writes the bill's lines. Errors show when the writer is flushed.
func (b *usageBill) writeCSV(to *bufio.Writer) {
	w := csv.NewWriter(to)
	w.Write([]string{"hour", "account", "instance", "instance_type", "zone", "covered_by", "instance_hours", "usd"})
	for i := range b.Lines {
		l := &b.Lines[i]
		r := &b.in.Runs[l.Run]
		money := ""
		if !l.Unpriced {
			money = usd(l.USD).String()
		}
		w.Write([]string{l.Hour.String(), r.Account, r.Instance, r.Type, r.Zone, b.coveredBy(l),
			strconv.FormatFloat(instanceHours(l), 'f', -1, 64), money})
	}
	w.Flush()
}

// coveredBy names what covers a line.
func (b *usageBill) coveredBy(l *billing.Line) string {
	if l.Holding == billing.OnDemand {
		return "on-demand"
	}
	return b.in.Holdings[l.Holding].ID
}

// instanceHours is the share of an instance's hour that a line covers.
func instanceHours(l *billing.Line) float64 { return float64(l.Units) / float64(l.Whole) }

// usdJSON is what JSON has for an amount: null where no rate is known.
func usdJSON(amount models.MicroUSD, unpriced bool) string {
	if unpriced {
		return "null"
	}
	return `"` + usd(amount).String() + `"`
}

// appendText appends a JSON string.
func appendText(to []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(to, jsonText(s)...)
		}
	}
	return append(append(append(to, '"'), s...), '"')
}

// jsonText is a JSON string.
func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can be written
	}
	return string(b)
}
