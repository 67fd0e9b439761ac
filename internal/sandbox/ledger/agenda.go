package ledger

import (
	"slices"
	"time"
)

// agenda is what the issuer will do later, in order of time.
type agenda struct {
	appointments []appointment
}

type appointment struct {
	due time.Time
	run func(at time.Time)
}

// add makes an appointment after those of the same time.
func (a *agenda) add(due time.Time, run func(at time.Time)) {
	at := len(a.appointments)
	for at > 0 && a.appointments[at-1].due.After(due) {
		at--
	}
	a.appointments = slices.Insert(a.appointments, at, appointment{due, run})
}

// keep runs what is due. An appointment may make others.
func (a *agenda) keep(now time.Time) {
	for len(a.appointments) > 0 && !a.appointments[0].due.After(now) {
		next := a.appointments[0]
		a.appointments = a.appointments[1:]
		next.run(next.due)
	}
}

// after does something once the delay has passed: now, if there is none.
func (l *Ledger) after(now time.Time, delay time.Duration, run func(at time.Time)) {
	if delay <= 0 {
		run(now)
		return
	}
	l.agenda.add(now.Add(delay), run)
}
