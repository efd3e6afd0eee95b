//go:build !unix

package aws

import "time"

// processorTime is not known here.
func processorTime() time.Duration { return 0 }
