package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

func (a *app) stop() *cobra.Command {
	var region, pool, borrower, note string
	var length time.Duration
	c := &cobra.Command{
		Use:   "stop CONFIG [run|hold|drain|evacuate]",
		Short: "Set a stop state, or print those that are set",
		Long: `Writes a stop state into the configuration's file of stop states, which a running driver reads within a second: hold increases
nothing, drain lets what is held yield when idle, evacuate makes it yield by notice, unpaced and whether or not anything is known
of the market. It replaces the state of the same scope; run takes that out. Of all that concern an instance the most restrictive
one counts. Without a state, prints the file.`,
		Example: `  trough-live stop live.yaml evacuate --region us-east-1 --for 2h --note "failover"
  trough-live stop live.yaml run --region us-east-1
  trough-live stop live.yaml hold --pool "us-east-1*/r3.*"`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := loadConfig(args[0])
			if err != nil {
				return err
			}
			pools, err := config.pools()
			if err != nil {
				return err
			}
			disk := &stopsOnDisk{path: config.path(config.Stops), pools: pools, borrowers: config.Borrowers}
			if len(args) == 1 {
				return a.printStops(disk)
			}
			now := models.InstantOf(time.Now())
			stop := drive.Stop{State: args[1], Region: region, Borrower: borrower, Note: note}
			if pool != "" {
				pattern := policies.Pattern(pool)
				stop.Pool = &pattern
			}
			if length != 0 {
				until := now.Add(length)
				stop.Until = &until
			}
			if err := disk.set(stop, now); err != nil {
				return err
			}
			return a.printStops(disk)
		},
	}
	c.Flags().StringVar(&region, "region", "", "only in this region")
	c.Flags().StringVar(&pool, "pool", "", "only in pools as zone/type, with * for any part of either")
	c.Flags().StringVar(&borrower, "borrower", "", "only of this borrower")
	c.Flags().DurationVar(&length, "for", 0, "how long it holds; until it is taken out if not given")
	c.Flags().StringVar(&note, "note", "", "why, and whose it is")
	return c
}

func (a *app) printStops(disk *stopsOnDisk) error {
	f, err := disk.InForce(0)
	if err != nil {
		return err
	}
	text, err := settings.Encode(f)
	if err != nil {
		return err
	}
	if len(f.Stops) == 0 {
		text = []byte("# nothing is stopped\n")
	}
	_, err = a.out.Write(text)
	return err
}

// stopsSizeMax is the longest file of stop states, in bytes.
const stopsSizeMax = 1 << 20

// stopsOnDisk is the file of stop states.
type stopsOnDisk struct {
	path      string
	pools     []models.Pool
	borrowers []string
}

// InForce reads the file. Those that have ended are in it, too.
func (s *stopsOnDisk) InForce(models.Instant) (*drive.StopFile, error) {
	file, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(drive.StopFile), nil
	}
	if err != nil {
		return nil, fileError(s.path, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, stopsSizeMax+1))
	if err != nil {
		return nil, fileError(s.path, err)
	}
	if len(text) > stopsSizeMax {
		return nil, fmt.Errorf("%s: more than %d bytes", s.path, stopsSizeMax)
	}
	return drive.ParseStops(s.path, text, s.pools, s.borrowers)
}

// stamp differs where the file was written since.
func (s *stopsOnDisk) stamp() string { return stampOf(s.path) }

// stampOf differs where a file was written since.
func stampOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

// set writes the file anew with one stop state more, or less. A driver sees the old file or the new one.
func (s *stopsOnDisk) set(stop drive.Stop, now models.Instant) error {
	f, err := s.InForce(now)
	if err != nil {
		return err
	}
	if stop.Until != nil && *stop.Until <= now {
		return fmt.Errorf("stop: it would end at %s: expected a time that is to come", *stop.Until)
	}
	f.Set(stop, now)
	text, err := settings.Encode(f)
	if err != nil {
		return err
	}
	// What is written must be read again by the driver: a stop that it refuses would be none.
	if err := stop.Meets(s.pools, s.borrowers); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	if _, err := drive.ParseStops("stop", text, s.pools, s.borrowers); err != nil {
		return settings.Unplaced(err)
	}
	return replaceFile(s.path, text)
}

// replaceFile writes a file under a temporary name, durably, and renames it.
func replaceFile(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".trough-partial-")
	if err != nil {
		return fileError(path, err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return fileError(path, err)
	}
	return nil
}
