package document

// What the tests of pages of their own need.
var (
	Interactive  = interactive
	ScriptSource = scriptSource
)
