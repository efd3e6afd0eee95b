package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/catalog"
	"trough.internal/models/settings"
)

// ParseScenario reads a scenario, strictly. File is for messages.
func ParseScenario(file string, text []byte) (*Scenario, error) {
	s := new(Scenario)
	if err := settings.Decode(file, text, s); err != nil {
		return nil, err
	}
	return s, s.checkPolicyBorrowers()
}

// Files opens the traces that a scenario names. What it opens is in order and checked.
type Files interface {
	// Capacity opens a capacity trace: its pools, the first instant that it knows and the first that it does not.
	Capacity(name string) (CapacitySource, CapacityInfo, error)
	// Jobs opens a jobs trace, and says what of it is recorded and assumed.
	Jobs(name string) (JobSource, Notes, error)
	// Prices reads a price trace, and says what of it is recorded and assumed.
	Prices(name string) (*models.Prices, Notes, error)
}

// CapacityInfo is what is known of a capacity trace before it is read.
type CapacityInfo struct {
	Pools       []models.PoolKey
	From, Until models.Instant
	Notes       Notes
}

// Built is a scenario made ready: run it with any number of policies, each with Inputs of its own.
type Built struct {
	World   World
	Notes   Notes
	Batches []models.Batch // in the order of the scenario, one for each time; their jobs by number
	inputs  func() (Inputs, error)
	decoded bool
}

// Notes is what a summary must say about the input.
type Notes struct {
	Recorded []string
	Assumed  []string
}

func (n *Notes) add(more Notes) {
	n.Recorded = append(n.Recorded, more.Recorded...)
	n.Assumed = append(n.Assumed, more.Assumed...)
}

// Lendable is how many of the world's pools can be borrowed from; base fleets follow them.
func (b *Built) Lendable() int { return len(b.World.Pools) - len(b.World.Base) }

// Inputs opens the scenario's inputs from their beginning: the same every time.
func (b *Built) Inputs() (Inputs, error) { return b.inputs() }

// Build makes a scenario ready to run. Files may be nil for a scenario that names none.
func (s *Scenario) Build(files Files) (*Built, error) {
	b := &Built{Notes: Notes{Recorded: s.Recorded, Assumed: s.assumed()}}
	own := len(b.Notes.Assumed)
	if err := s.world(&b.World); err != nil {
		return nil, err
	}
	keys, err := s.sources(b, files)
	if err != nil {
		return nil, err
	}
	if b.World.Pools, err = s.pools(keys, &b.Notes); err != nil {
		return nil, err
	}
	if err := s.buy(b, files); err != nil {
		return nil, err
	}
	if err := s.disturb(b); err != nil {
		return nil, err
	}
	for i := range s.Base {
		p, err := s.basePool(&s.Base[i], &b.Notes)
		if err != nil {
			return nil, err
		}
		b.World.Pools = append(b.World.Pools, p)
		b.World.Base = append(b.World.Base, s.Base[i].Instances)
	}
	if err := s.transfer(b); err != nil {
		return nil, err
	}
	if err := s.pack(b); err != nil {
		return nil, err
	}
	if cells := len(b.World.Pools) * len(b.World.Borrowers); cells > math.MaxInt16 {
		return nil, fmt.Errorf("%d pools of %d borrowers are %d cells: expected at most %d", len(b.World.Pools), len(b.World.Borrowers), cells, math.MaxInt16)
	}
	if b.Batches, err = s.batchJobs(); err != nil {
		return nil, err
	}
	if err := s.unknownNames(b.World.Pools); err != nil {
		return nil, err
	}
	slices.Sort(b.Notes.Assumed[own:])
	b.Notes.Assumed = slices.Compact(b.Notes.Assumed)
	return b, nil
}

// assumed is what the scenario itself says is assumed or, which is no better known, calibrated.
func (s *Scenario) assumed() []string {
	list := slices.Clone(s.Assumed)
	for _, text := range s.Calibrated {
		list = append(list, "calibrated: "+text)
	}
	return list
}

// unknownNames refuses settings of types and pools that the scenario does not have: most likely typing errors, and
// without effect.
func (s *Scenario) unknownNames(pools []models.Pool) error {
	for _, name := range slices.Sorted(maps.Keys(s.Speeds)) {
		if !slices.ContainsFunc(pools, func(p models.Pool) bool { return p.Type == name }) {
			return fmt.Errorf("speeds.%s: no pool of the scenario has this type", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Physical)) {
		if !slices.ContainsFunc(pools, func(p models.Pool) bool { return p.Name() == name && p.Kind != models.Base }) {
			return fmt.Errorf("physical.%s: the scenario has no such pool: expected one such as %s", name, pools[0].Name())
		}
	}
	return nil
}

func (s *Scenario) world(w *World) error {
	drain, err := s.Yields.drainMost()
	if err != nil {
		return err
	}
	*w = World{
		Start: s.From, Until: s.From.Add(s.Length), Drain: s.Drain, Seed: s.Seed,
		TelemetryEvery: seconds(s.Telemetry.Every), Lag: seconds(s.Telemetry.Lag),
		Launch: s.Launches.Latency.delay(), Boot: s.Launches.Boot.delay(), Refused: float64(s.Launches.Refused),
		LaunchCalls: s.Launches.Calls.bucket(),
		Notice:      seconds(s.Yields.Notice), DrainMost: drain, EndCalls: s.Yields.Calls.bucket(),
		Placement:  map[string]Placement{"fastest": FastestFirst, "round-robin": RoundRobin}[s.Dispatch.Placement],
		YieldOrder: orderOf(s.Yields.Order), DrainOrder: orderOf(s.Yields.DrainOrder),
		Checkpoint: seconds(s.Dispatch.Checkpoint),

		MessagesLost: float64(s.Messages.Lost), MessagesDoubled: float64(s.Messages.Doubled), MessagesUnread: float64(s.Messages.Unread),
	}
	s.borrow(w)
	return nil
}

func orderOf(name string) Order {
	if name == "oldest-start" {
		return OldestStart
	}
	return NewestStart
}

// pools gives every pool of the trace its shape, price and speed.
func (s *Scenario) pools(keys []models.PoolKey, notes *Notes) ([]models.Pool, error) {
	pools := make([]models.Pool, len(keys))
	for i, k := range keys {
		p, err := s.pool(k, notes)
		if err != nil {
			return nil, fmt.Errorf("%s: pool %s: %w", s.marketName(), k.Name(), err)
		}
		pools[i] = p
	}
	return pools, nil
}

// marketName says in messages where the pools come from.
func (s *Scenario) marketName() string {
	if s.Capacity != nil {
		return s.Capacity.File
	}
	return "market"
}

// Pool is a pool of the scenario with its prices and speed, as Build makes it.
func (s *Scenario) Pool(k models.PoolKey) (models.Pool, error) { return s.pool(k, new(Notes)) }

func (s *Scenario) pool(k models.PoolKey, notes *Notes) (models.Pool, error) {
	p := models.Pool{Region: k.Region, Zone: k.Zone, Type: k.Type, Speed: 1000, Slots: 1, Physical: s.Physical[k.Name()]}
	if s.WorkloadW != nil {
		return p, nil
	}
	t, err := catalog.Lookup(s.Prices.Date, k.Region, k.Type)
	if err != nil {
		return p, err
	}
	reference, err := catalog.Lookup(s.Prices.Date, k.Region, s.Reference)
	if err != nil {
		return p, fmt.Errorf("reference: %w", err)
	}
	measured := s.Speeds[k.Type]
	if measured != 0 {
		if err := checkSpeed(k.Type, measured); err != nil {
			return p, err
		}
	}
	speed, source := catalog.Norm(t, reference, measured)
	if source.Assumed() {
		notes.Assumed = append(notes.Assumed, fmt.Sprintf("speed of instance types without a measured one: %s", source))
	}
	p.Speed, p.OnDemand, p.VCPUs, p.MemoryMiB = speed, t.OnDemand, t.VCPUs, t.MemoryMiB
	if p.Reserve, err = t.Price(s.Prices.Term); err != nil {
		return p, err
	}
	return p, nil
}

func (s *Scenario) basePool(b *BaseFleet, notes *Notes) (models.Pool, error) {
	zone, name, ok := strings.Cut(b.Pool, "/")
	if !ok {
		return models.Pool{}, fmt.Errorf("base: pool is %q: expected zone/type such as us-east-1a/r3.4xlarge", b.Pool)
	}
	p, err := s.pool(models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: name}, notes)
	if err != nil {
		return p, fmt.Errorf("base: pool %s: %w", b.Pool, err)
	}
	p.Kind, p.Physical = models.Base, 0
	return p, nil
}

// sources opens the scenario's capacity and jobs, and says how to open them again.
func (s *Scenario) sources(b *Built, files Files) ([]models.PoolKey, error) {
	switch {
	case s.WorkloadW != nil:
		return s.sourcesW(b)
	case s.Market != nil:
		return s.sourcesSynthetic(b, files)
	case s.Capacity == nil:
		return s.sourcesBought(b, files)
	}
	return s.sourcesRecorded(b, files)
}
