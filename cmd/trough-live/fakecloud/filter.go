package fakecloud

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// filter is one condition: a property has one of some values, in which * stands for anything and ? for one character.
type filter struct {
	name   string
	values []string
}

var instanceFilters = []string{"availability-zone", "client-token", "instance-id", "instance-lifecycle", "instance-state-code", "instance-state-name", "instance-type", "tag-key", "tag:*"}

func filtersOf(form map[string][]string, known []string) (list []filter, err error) {
	for i := 1; len(form[fmt.Sprintf("Filter.%d.Name", i)]) > 0; i++ {
		f := filter{form[fmt.Sprintf("Filter.%d.Name", i)][0], values(form, fmt.Sprintf("Filter.%d.Value", i))}
		if !slices.ContainsFunc(known, func(name string) bool { return name == f.name || name == "tag:*" && strings.HasPrefix(f.name, "tag:") }) {
			return nil, fmt.Errorf("the filter '%s' is invalid", f.name)
		}
		list = append(list, f)
	}
	return list, nil
}

func matches(filters []filter, i *Instance) bool {
	for _, f := range filters {
		if !slices.ContainsFunc(f.of(i), func(value string) bool { return f.admits(value) }) {
			return false
		}
	}
	return true
}

// of are the values of the property that a filter is about.
func (f *filter) of(i *Instance) []string {
	switch f.name {
	case "availability-zone":
		return []string{i.Zone}
	case "client-token":
		return []string{i.Token}
	case "instance-id":
		return []string{i.ID}
	case "instance-lifecycle":
		return []string{i.Lifecycle}
	case "instance-state-code":
		return []string{strconv.Itoa(int(i.State))}
	case "instance-state-name":
		return []string{stateNames[i.State]}
	case "instance-type":
		return []string{i.Type}
	}
	var keys []string
	for _, p := range i.Tags {
		if f.name == "tag:"+p.key {
			return []string{p.value}
		}
		keys = append(keys, p.key)
	}
	if f.name == "tag-key" {
		return keys
	}
	return nil
}

func (f *filter) admits(value string) bool {
	return slices.ContainsFunc(f.values, func(pattern string) bool { return like(pattern, value) })
}

// like matches a pattern of Amazon's filters.
func like(pattern, text string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for i := 0; i <= len(text); i++ {
				if like(pattern[1:], text[i:]) {
					return true
				}
			}
			return false
		case text == "" || pattern[0] != '?' && pattern[0] != text[0]:
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}
