package world

import (
	"container/heap"
	"time"
)

// agenda is what is going to happen, in order of time; what is due at one time happens in
// the order in which it was put down.
type agenda struct {
	items []appointment
	count int64
}

type appointment struct {
	at    time.Time
	order int64
	run   func()
}

func (a *agenda) Len() int { return len(a.items) }
func (a *agenda) Less(i, j int) bool {
	if !a.items[i].at.Equal(a.items[j].at) {
		return a.items[i].at.Before(a.items[j].at)
	}
	return a.items[i].order < a.items[j].order
}
func (a *agenda) Swap(i, j int) { a.items[i], a.items[j] = a.items[j], a.items[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	if item, ok := x.(appointment); ok {
		a.items = append(a.items, item)
	}
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := a.items[len(a.items)-1]
	a.items[len(a.items)-1] = appointment{}
	a.items = a.items[:len(a.items)-1]
	return last
}

func (a *agenda) put(at time.Time, run func()) {
	a.count++
	heap.Push(a, appointment{at, a.count, run})
}

func (a *agenda) next() appointment {
	item, _ := heap.Pop(a).(appointment)
	return item
}
