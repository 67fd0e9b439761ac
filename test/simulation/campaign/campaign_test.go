package campaign_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/card-operator/card-operator/test/simulation/campaign"
)

func TestScenariosWithoutFaults(t *testing.T) {
	for _, h := range campaign.Scenarios() {
		t.Run(h.Name, func(t *testing.T) {
			if testing.Verbose() {
				h.World.Tell = func(line string) { fmt.Println(line) }
			}
			began := time.Now()
			r, err := campaign.Play(h, false)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("boundaries %d writes %d mutations %d parked %d simulated %s real %s\n%s", r.Boundaries, r.Writes, r.Mutations, r.Parked, r.Simulated, time.Since(began), r.End)
			for _, v := range r.Violations {
				t.Error(v)
			}
		})
	}
}
