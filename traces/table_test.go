package traces

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func TestATableIsReadByOthersAsItWasWritten(t *testing.T) {
	table := Table{Kind: "results", Columns: []TableColumn{
		{Name: "policy", Texts: []string{"full", "never", "full"}},
		{Name: "seed", Longs: []int64{1, math.MinInt64, math.MaxInt64}},
		{Name: "gain", Floats: []float64{1.5, math.NaN(), -2}},
	}}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := WriteTable(path, &table); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Policy string  `parquet:"policy"`
		Seed   int64   `parquet:"seed"`
		Gain   float64 `parquet:"gain"`
	}
	rows, err := parquet.ReadFile[row](path)
	if err != nil {
		t.Fatal(err)
	}
	want := []row{{"full", 1, 1.5}, {"never", math.MinInt64, math.NaN()}, {"full", math.MaxInt64, -2}}
	for i := range want {
		same := rows[i].Gain == want[i].Gain || math.IsNaN(rows[i].Gain) && math.IsNaN(want[i].Gain)
		if rows[i].Policy != want[i].Policy || rows[i].Seed != want[i].Seed || !same {
			t.Errorf("row %d: got %+v, want %+v", i, rows[i], want[i])
		}
	}
}

func TestATableWithColumnsOfTwoLengthsIsRefused(t *testing.T) {
	dir := t.TempDir()
	err := WriteTable(filepath.Join(dir, "t.parquet"), &Table{Columns: []TableColumn{{Name: "a", Longs: []int64{1}}, {Name: "b", Longs: []int64{1, 2}}}})
	if err == nil {
		t.Error("it was written")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Error("something was left behind")
	}
}
