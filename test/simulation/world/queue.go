package world

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// key names an object of a controller.
type key struct {
	controller int
	name       types.NamespacedName
}

type item struct {
	key key
	at  time.Time
}

// queue holds each key once, with the earliest time it was asked for.
type queue struct{ items []item }

func (q *queue) add(k key, at time.Time) {
	for i := range q.items {
		if q.items[i].key == k {
			if at.Before(q.items[i].at) {
				q.items[i].at = at
			}
			return
		}
	}
	q.items = append(q.items, item{k, at})
}

// first is the index of what is due first, -1 when there is nothing.
func (q *queue) first() int {
	first := -1
	for i := range q.items {
		if first < 0 || q.items[i].at.Before(q.items[first].at) {
			first = i
		}
	}
	return first
}

func (q *queue) due() (at time.Time, some bool) {
	if i := q.first(); i >= 0 {
		return q.items[i].at, true
	}
	return time.Time{}, false
}

// take removes what is due first, if it is due.
func (q *queue) take(now time.Time) (item, bool) {
	i := q.first()
	if i < 0 || q.items[i].at.After(now) {
		return item{}, false
	}
	next := q.items[i]
	q.items = append(q.items[:i], q.items[i+1:]...)
	return next, true
}
