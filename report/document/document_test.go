package document

import "testing"

// Commands in texts stand between backticks, which a page must not show; what they hold is escaped like all else.
func TestBackticksBecomeCode(t *testing.T) {
	for text, want := range map[string]string{
		"run `trough <x>` now": "run <code>trough &lt;x&gt;</code> now",
		"no <b>code</b>":       "no &lt;b&gt;code&lt;/b&gt;",
		"one ` alone":          "one ` alone",
		"`a` and `b`":          "<code>a</code> and <code>b</code>",
	} {
		if got := string(code(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
