package policies

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"trough.internal/models/settings"
)

// Amount is a share of the slots that can be borrowed, written "30%", or so many slots, written 30. On instances with one slot
// these are instances.
type Amount struct {
	share settings.Share
	slots int32
}

// of is the amount in slots.
func (a Amount) of(slots float64) float64 {
	return float64(a.share)*slots + float64(a.slots)
}

// UnmarshalText reads a percentage up to 100% or a whole number of slots.
func (a *Amount) UnmarshalText(text []byte) error {
	var own Amount
	if strings.HasSuffix(string(text), "%") {
		if err := own.share.UnmarshalText(text); err != nil || own.share < 0 || own.share > 1 {
			return errors.New("expected a percentage from 0% to 100%")
		}
	} else {
		n, err := strconv.ParseInt(string(text), 10, 32)
		if err != nil || n < 0 {
			return fmt.Errorf("expected %s", own.Want())
		}
		own.slots = int32(n)
	}
	*a = own
	return nil
}

// MarshalText writes it as it was read.
func (a Amount) MarshalText() ([]byte, error) {
	if a.slots > 0 {
		return strconv.AppendInt(nil, int64(a.slots), 10), nil
	}
	return a.share.MarshalText()
}

// String is the text of MarshalText.
func (a Amount) String() string {
	text, err := a.MarshalText()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Want says what a reader should have written.
func (Amount) Want() string { return `a percentage such as "30%", or a number of slots such as 30` }

// Check refuses terms that contradict one another.
func (s *Broker) Check() error {
	shares := 0.0
	for i := range s.Borrowers {
		q := &s.Borrowers[i]
		for j := range i {
			if s.Borrowers[j].Name == q.Name {
				return fmt.Errorf("borrower %s is there twice: expected terms once for each", q.Name)
			}
		}
		shares += float64(q.Nominal.share)
	}
	if shares > 1+dust {
		return fmt.Errorf("the nominals add up to %s: expected at most 100%%", settings.Share(math.Round(shares*1e6)/1e6))
	}
	return nil
}

// Check refuses limits that contradict the nominal or the weight.
func (q *Quota) Check() error {
	if limit := q.LendingLimit; limit != nil {
		if none := (Amount{}); *limit != none && (limit.slots > 0) != (q.Nominal.slots > 0) {
			return fmt.Errorf("borrower %s: nominal is %s and lending_limit %s: expected both as percentages or both as slots", q.Name, q.Nominal, limit)
		}
		if limit.share > q.Nominal.share || limit.slots > q.Nominal.slots {
			return fmt.Errorf("borrower %s: nominal is %s and lending_limit %s: expected lending_limit to be at most nominal", q.Name, q.Nominal, limit)
		}
	}
	none := Amount{}
	switch {
	case q.Weight == 0 && q.BorrowingLimit != nil && *q.BorrowingLimit != none:
		return fmt.Errorf("borrower %s: weight is 0 and borrowing_limit %s: expected a weight, without which nothing beyond nominal is given", q.Name, q.BorrowingLimit)
	case q.Nominal == none && (q.Weight == 0 || q.BorrowingLimit != nil && *q.BorrowingLimit == none) && (q.Mode == Run || q.Mode == ""):
		return fmt.Errorf("borrower %s: it can never get anything: expected a nominal, or a weight above 0 without a borrowing_limit of 0", q.Name)
	}
	return nil
}

// UnknownBorrowers lists the borrowers that a policy has terms for and a market has not: most likely mistakes, which only
// whoever knows the market can see.
func (s *Settings) UnknownBorrowers(names []string) []string {
	var unknown []string
	if s.Broker == nil {
		return nil
	}
	for i := range s.Broker.Borrowers {
		name, there := s.Broker.Borrowers[i].Name, false
		for _, known := range names {
			there = there || known == name
		}
		if !there {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
