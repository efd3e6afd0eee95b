package traces

import (
	"path/filepath"
	"reflect"
	"testing"

	"trough.internal/models"
)

// writeAgain checks that what a reader accepted can be written and read again.
func writeAgain(t testing.TB, value any) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "again.parquet")
	var got any
	var err error
	switch v := value.(type) {
	case *models.Capacity:
		if len(v.Changes) == 0 || v.Until-v.From > 366*86400 {
			return
		}
		if err = WriteCapacity(path, v, Meta{}); err == nil {
			got, _, err = ReadCapacity(path)
		}
	case *models.Jobs:
		if err = WriteJobs(path, v, Meta{}); err == nil {
			got, _, err = ReadJobs(path)
		}
	case *models.Prices:
		if err = WritePrices(path, v, Meta{}); err == nil {
			got, _, err = ReadPrices(path)
		}
	case []models.Switch:
		if err = WriteSwitches(path, v, Meta{}); err == nil {
			got, _, err = ReadSwitches(path)
		}
	default:
		return
	}
	if err != nil {
		t.Fatalf("what was read cannot be written and read again: %v\n%+v", err, value)
	}
	if !reflect.DeepEqual(got, value) {
		t.Fatalf("read\n%+v\nafter writing\n%+v", got, value)
	}
}
