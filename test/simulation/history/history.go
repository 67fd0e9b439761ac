package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/card-operator/card-operator/test/simulation/world"
)

// History is a world, what people do in it, and what goes wrong.
type History struct {
	// Name says where the history comes from: a scenario, a seed.
	Name  string
	World world.Options
	// Trust is spec.assumptions.replay AsDocumented.
	Trust bool
	// Sync is spec.syncInterval; default 12h.
	Sync time.Duration
	// PageSize is spec.<dialect>.pageSize: of 1, few cards make many pages; 0 is the default.
	PageSize int32
	// Authoritative: the issuer's records can tell everything, so nobody may be asked.
	Authoritative bool
	// GivesUp: what a person gives up, and its money, may stay at the issuer.
	GivesUp bool
	// Scarce: no payment leaves enough for a second one, so a proxy may deliver payments
	// twice.
	Scarce  bool
	Actions []Action
}

// Action is one thing that somebody does.
type Action struct {
	// At is when, from the beginning of the world.
	At time.Duration
	Do Deed
	// Name is the object's, Value what the deed needs.
	Name, Value string
}

// Deed is a kind of action.
type Deed string

// Deeds. Kind is part of the name where more than one can be meant: "VirtualCard/a".
const (
	ApplyCard       Deed = "apply-card"        // value: funding/hold
	ApplyBudgetCard Deed = "apply-budget-card" // value: the Budget
	ApplyBudget     Deed = "apply-budget"      // value: funding
	ApplyPayee      Deed = "apply-payee"
	ApplyWithdrawal Deed = "apply-withdrawal" // value: card/amount, card/amount/payee
	PlanWithdrawal  Deed = "plan-withdrawal"  // the same, suspended
	Approve         Deed = "approve"
	Fund            Deed = "fund" // value: funding of the card or Budget
	Hold            Deed = "hold"
	State           Deed = "state"
	Policy          Deed = "deletion-policy"
	Rename          Deed = "rename"
	Delete          Deed = "delete"
	Recreate        Deed = "recreate" // delete, wait until it is gone, apply again
	WipeStatus      Deed = "wipe-status"
	BackupStatus    Deed = "backup-status"
	RestoreStatus   Deed = "restore-status" // as it was backed up; value: as it was so long ago
	LookNow         Deed = "look-now"
	Rotate          Deed = "rotate-credentials" // value: seconds until the Secret follows; it may lead
	Outside         Deed = "outside-move"       // value: kind/amount
	RemoteState     Deed = "remote-state"
	LoseSecret      Deed = "lose-secret" // somebody deletes the card Secret
	DeleteNamespace Deed = "delete-namespace"
	ForeignSecret   Deed = "foreign-secret" // somebody else's Secret under the name of a card's
	Rebuild         Deed = "rebuild"        // the cluster is made anew from the manifests
	Hint            Deed = "hint"           // a webhook asks for a look
)

// String is an action in a story.
func (a Action) String() string {
	return strings.TrimSpace(fmt.Sprintf("%8s  %s %s %s", a.At, a.Do, a.Name, a.Value))
}

// Story is the history for a reader.
func (h History) Story() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", h.Name)
	fmt.Fprintf(&b, "  issuer: listing lag %s, issuing delay %s, withdraw delay %s, replays %v for %s, lists holds %t, closes no card with one %t; %d replica(s), trust replays %t, pages of %d\n",
		h.World.Issuer.ListingLag, h.World.Issuer.IssuingDelay, h.World.Issuer.WithdrawDelay, h.World.Dialect.Deduplicate, h.World.Dialect.KeyLifetime,
		h.World.Dialect.ListHolds, h.World.Issuer.KeepsHolds, max(h.World.Replicas, 1), h.Trust, h.PageSize)
	for _, a := range h.Actions {
		fmt.Fprintf(&b, "  %s\n", a)
	}
	for _, f := range h.World.Faults {
		fmt.Fprintf(&b, "  fault: %s\n", f)
	}
	return b.String()
}

// Summary is the history in a line.
func (h History) Summary() string {
	var parts []string
	for _, a := range h.Actions {
		parts = append(parts, strings.Join(strings.Fields(a.String()), " "))
	}
	for _, f := range h.World.Faults {
		parts = append(parts, f.String())
	}
	return fmt.Sprintf("%d actions, %d faults: %s", len(h.Actions), len(h.World.Faults), strings.Join(parts, "; "))
}
