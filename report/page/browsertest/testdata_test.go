package browsertest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestVendoredFilesAreThoseThatWerePublished(t *testing.T) {
	for dir, want := range map[string]int{"testdata/axe-core": 3, "../../document/static/uplot": 3} {
		list, err := os.ReadFile(filepath.Join(dir, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile(`(?m)^\| ([^ ]+) \| ([0-9a-f]{64}) \|$`).FindAllStringSubmatch(string(list), -1)
		found := 0
		for _, row := range rows {
			text, err := os.ReadFile(filepath.Join(dir, row[1]))
			if os.IsNotExist(err) {
				continue // the package itself
			}
			found++
			if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != row[2] {
				t.Errorf("%s/%s has SHA-256 %x, its README says %s", dir, row[1], sum, row[2])
			}
		}
		if found != want {
			t.Errorf("%s: %d files have a SHA-256, want %d", dir, found, want)
		}
	}
}

func TestAMissingChromiumIsSaidInOneLine(t *testing.T) {
	t.Setenv("CHROMIUM", "/no/such/chromium")
	if _, err := find(); err == nil || err.Error() != "CHROMIUM=/no/such/chromium is no program: name the path of a Chromium" {
		t.Errorf("error %v", err)
	}
	t.Setenv("CHROMIUM", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := find(); err == nil || err.Error() != "there is no chromium to open pages in: install it (.ci/chromium does, as root on Debian), or name one with CHROMIUM=path" {
		t.Errorf("error %v", err)
	}
}
