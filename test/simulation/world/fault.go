package world

import (
	"fmt"
	"time"
)

// Act is what goes wrong at a boundary.
type Act string

// Acts. The letters in brackets are those of the failure catalogue.
const (
	// KillBefore and KillAfter end the process (F1, F2, F3).
	KillBefore Act = "kill-before"
	KillAfter  Act = "kill-after"
	// PauseBefore and PauseAfter stop the whole process for a while, past its lease if it
	// is long enough (F18).
	PauseBefore Act = "pause-before"
	PauseAfter  Act = "pause-after"
	// Lose: done, and no answer until the client gives up (F4).
	Lose Act = "lose"
	// Reset: done, and the connection breaks (F4).
	Reset Act = "reset"
	// Drop: not done, and no answer (F5).
	Drop Act = "drop"
	// FailBefore and FailAfter answer 500, the one without having done it (F6, F7).
	FailBefore Act = "fail-before"
	FailAfter  Act = "fail-after"
	// Mumble: done, and refused in words that no document explains.
	Mumble Act = "mumble"
	// Late: the client gives up, and afterwards it is done (F10).
	Late Act = "late"
	// KillLate: the process dies as soon as it has sent, and afterwards it is done.
	KillLate Act = "kill-late"
	// Twice: a proxy delivers it twice and passes on the second answer (F9).
	Twice Act = "twice"
	// Garble: done, and the answer cannot be read (F14).
	Garble Act = "garble"
	// Throttle: 429 (F8). Busy: 409 (F13). Refuse: no connection.
	Throttle Act = "throttle"
	Busy     Act = "busy"
	Refuse   Act = "refuse"
	// Deny: the credentials are not taken, this once (F17, F22).
	Deny Act = "deny"
	// Conflict and ConflictAfter answer a conflict, the latter after the write (F17).
	Conflict      Act = "conflict"
	ConflictAfter Act = "conflict-after"
	// Freeze: the process's caches stand still for a while (F15). Relist: they start over
	// (F16).
	Freeze Act = "freeze-caches"
	Relist Act = "relist"
	// Jump: the process's clock jumps (F21).
	Jump Act = "clock-jump"
)

// Fault is one act at one boundary.
type Fault struct {
	// At is the number of the boundary, from 0, counted over all processes.
	At int
	Do Act
	// For is how long, where that matters.
	For time.Duration
}

// String is a fault in a story.
func (f Fault) String() string {
	if f.For != 0 {
		return fmt.Sprintf("%s %s at call %d", f.Do, f.For, f.At)
	}
	return fmt.Sprintf("%s at call %d", f.Do, f.At)
}

// Call is a call that leaves a process.
type Call struct {
	// To is API or Issuer.
	To Peer
	// Verb and Object: "update-status VirtualCard a/b", "POST /cards/create".
	Verb, Object string
	// Mutating calls change something when they succeed.
	Mutating bool
}

// Peer is who is called.
type Peer string

// Peers.
const (
	API    Peer = "api"
	Issuer Peer = "issuer"
)

// String is the call in a story.
func (c Call) String() string { return string(c.To) + " " + c.Verb + " " + c.Object }

// Acts are the acts that make sense at a call.
func (c Call) Acts() []Act {
	acts := []Act{KillBefore, PauseBefore, FailBefore, Drop}
	switch {
	case c.To == API && c.Mutating:
		return append(acts, KillAfter, PauseAfter, Lose, FailAfter, Conflict, ConflictAfter, Deny, Freeze, Relist)
	case c.To == API:
		return append(acts, Deny, Freeze)
	case c.Mutating:
		return append(acts, KillAfter, PauseAfter, Lose, Reset, FailAfter, Mumble, Late, KillLate, Twice, Garble, Throttle, Busy, Refuse, Deny, Jump)
	default:
		return append(acts, Garble, Throttle, Refuse, Deny)
	}
}
