// Package planted holds bugs that operators really have had, as edits of this operator's
// source. The edits are put in place at build time only, by an overlay, each behind a
// switch; the product's own code has no trace of them. The simulation must find every one.
package planted

import (
	"strconv"
	"sync/atomic"
)

// active is the name of the bug that is switched on; "" is none.
var active atomic.Value

// count makes ids that are never the same.
var count atomic.Int64

// Activate switches one bug on, for the whole process; "" switches it off.
func Activate(name string) { active.Store(name) }

// On reports whether a bug is switched on. Only the overlay calls it.
func On(name string) bool {
	on, _ := active.Load().(string)
	return on == name
}

// Fresh is id, or one that was never used before while the bug is on.
func Fresh(name, id string) string {
	if !On(name) {
		return id
	}
	n := strconv.FormatInt(count.Add(1), 16)
	return id[:len(id)-len(n)] + n
}
