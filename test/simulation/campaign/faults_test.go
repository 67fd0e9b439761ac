package campaign_test

import (
	"time"

	"github.com/card-operator/card-operator/test/simulation/world"
)

// twice is a movement delivered twice, among things that do no harm.
func twice(at int) []world.Fault {
	return []world.Fault{
		{At: at - 2, Do: world.PauseBefore, For: 4 * time.Second}, {At: at, Do: world.Twice}, {At: at + 30, Do: world.Relist},
	}
}
