package billing

import (
	"fmt"
	"strings"
)

// Platform is the operating system that an instance is billed for.
type Platform uint8

// The platforms. The zero value is Linux without an hourly charge of its own.
const (
	Linux Platform = iota
	Windows
	WindowsSQL
	RHEL
	SUSE
	Platforms // how many there are
)

var platformNames = [Platforms]string{"linux", "windows", "windows-sql", "rhel", "suse"}

// platformAliases are the names in Amazon's own files, in lower case.
var platformAliases = map[string]Platform{
	"linux/unix": Linux, "linux/unix (amazon vpc)": Linux, "windows (amazon vpc)": Windows,
	"windows with sql server": WindowsSQL, "red hat enterprise linux": RHEL, "suse linux": SUSE,
}

// String is the platform as files write it.
func (p Platform) String() string { return platformNames[p] }

// UnmarshalText reads a platform's name, or the one that Amazon's files have; upper and lower case are alike.
func (p *Platform) UnmarshalText(text []byte) error {
	name := strings.ToLower(string(text))
	for i := range platformNames {
		if platformNames[i] == name {
			*p = Platform(i)
			return nil
		}
	}
	if known, ok := platformAliases[name]; ok {
		*p = known
		return nil
	}
	return fmt.Errorf("expected %s", p.Want())
}

// Want says what a reader should have written.
func (Platform) Want() string { return "linux, windows, windows-sql, rhel or suse" }

// Tenancy is whose hardware an instance runs on.
type Tenancy uint8

// The tenancies. Amazon's word for the zero value is default.
const (
	Shared Tenancy = iota
	Dedicated
	Tenancies // how many there are
)

var tenancyNames = [Tenancies]string{"default", "dedicated"}

// String is the tenancy as files write it.
func (t Tenancy) String() string { return tenancyNames[t] }

// UnmarshalText reads a tenancy's name; shared is the same as default.
func (t *Tenancy) UnmarshalText(text []byte) error {
	switch strings.ToLower(string(text)) {
	case "default", "shared":
		*t = Shared
	case "dedicated":
		*t = Dedicated
	default:
		return fmt.Errorf("expected %s", t.Want())
	}
	return nil
}

// Want says what a reader should have written.
func (Tenancy) Want() string { return "default or dedicated" }
