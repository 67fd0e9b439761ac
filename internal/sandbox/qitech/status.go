package qitech

import (
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// The statuses of a card (card_status). Embossing is for plastic alone.
const (
	statusCreated  = "created"
	statusBuilding = "building"
	statusActive   = "active"
	statusBlocked  = "blocked"
	statusWarning  = "warning"
	statusCanceled = "canceled"
)

// settable are the statuses that a client can ask for, and what they are to the ledger.
// The document does not say which they are.
var settable = map[string]ledger.State{
	statusActive: ledger.Active, statusBlocked: ledger.StateFrozen, statusCanceled: ledger.StateInactive,
	"lost": ledger.StateInactive, "robbed": ledger.StateInactive,
	"theft": ledger.StateInactive, "fraud": ledger.StateInactive,
}

// unsaid are the statuses of states that a card came to by another hand than this
// dialect's, such as the issuer's own.
var unsaid = map[ledger.State]string{
	ledger.StatePending: statusBuilding, ledger.Active: statusActive, ledger.StateFrozen: statusBlocked,
	ledger.StateControl: statusWarning, ledger.StateInactive: statusCanceled,
}

// StatusWord is the status (card_status) that a turn of a card came to.
func StatusWord(t ledger.Turn) string {
	if t.Reason != "" {
		return t.Reason
	}
	return unsaid[t.State]
}

// lastTurn is what a card came to last.
func lastTurn(c ledger.Card) ledger.Turn {
	if len(c.History) == 0 {
		return ledger.Turn{State: c.State, Time: c.Created}
	}
	return c.History[len(c.History)-1]
}

func statusOf(c ledger.Card) string { return StatusWord(lastTurn(c)) }

// newStatus is the body of a change, and its answer with the key beside it. The document
// does not show the answer.
type newStatus struct {
	CardKey string `json:"card_key,omitempty"`
	Status  string `json:"status"`
}

// changeStatus blocks, unblocks and ends a card, all with one verb.
func (h *Handler) changeStatus(c *call) (reply, error) {
	var in newStatus
	if err := strict(c.body, &in, []string{"status"}); err != nil {
		return reply{}, err
	}
	card, err := c.book.TurnCard(c.card(), func(card ledger.Card) (ledger.Turn, error) {
		return transition(card, in.Status, h.opts.RefuseCancelInitial)
	})
	return reply{http.StatusOK, newStatus{card.ID, in.Status}}, err
}

// transition decides whether a card may take a status. What has ended stays so, and a
// status that a card has already is not valid either (CARD000014); the issuer's own
// statuses and a card that has not begun can be ended and nothing else (CARD000013).
func transition(card ledger.Card, to string, refuseCancel bool) (ledger.Turn, error) {
	state, known := settable[to]
	from := statusOf(card)
	switch {
	case !known:
		return ledger.Turn{}, fail(CodeInvalidStatus, to)
	case card.State == ledger.StateInactive || from == to:
		return ledger.Turn{}, fail(CodeCurrentStatus, from)
	case !reachable(card.State, state, refuseCancel):
		return ledger.Turn{}, fail(CodeTransition, from, to)
	}
	return ledger.Turn{State: state, Reason: to}, nil
}

func reachable(from, to ledger.State, refuseCancel bool) bool {
	switch from {
	case ledger.StatePending:
		return to == ledger.StateInactive && !refuseCancel
	case ledger.StateControl:
		return to == ledger.StateInactive
	default:
		return true
	}
}
