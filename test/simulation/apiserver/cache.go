package apiserver

import (
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Cache is what one process believes the server to hold: per kind, the log up to some
// point. It falls behind, and kinds fall behind one another, as informers do.
type Cache struct {
	server  *Server
	read    map[Kind]int
	objects map[Key]client.Object
}

// NewCache lists everything as it was when the log of each kind was behind entries
// shorter, as an API server does that answers from an old watch cache.
func NewCache(s *Server, behind int) *Cache {
	c := &Cache{server: s, read: map[Kind]int{}, objects: map[Key]client.Object{}}
	for _, kind := range Kinds {
		for range max(len(s.log[kind])-behind, 0) {
			c.Next(kind)
		}
	}
	return c
}

// Next takes in one more change of a kind. ok is false when there is none.
func (c *Cache) Next(kind Kind) (change Change, ok bool) {
	log := c.server.log[kind]
	if c.read[kind] >= len(log) {
		return Change{}, false
	}
	change = log[c.read[kind]]
	c.read[kind]++
	change.Before = c.objects[change.Key]
	if change.After == nil {
		delete(c.objects, change.Key)
	} else {
		c.objects[change.Key] = change.After
	}
	return change, true
}

// Behind is how many changes of a kind the cache has not taken in.
func (c *Cache) Behind(kind Kind) int { return len(c.server.log[kind]) - c.read[kind] }

// Relist takes in everything at once, as after a watch that broke: what came and went in
// between is never seen, and an object that was made again looks like one that changed.
func (c *Cache) Relist(kind Kind) []Change {
	var last []Change
	for c.read[kind] < len(c.server.log[kind]) {
		seen, _ := c.Next(kind)
		at := slices.IndexFunc(last, func(l Change) bool { return l.Key == seen.Key })
		if at < 0 {
			last = append(last, seen)
			continue
		}
		last[at].After = seen.After
	}
	return slices.DeleteFunc(last, func(l Change) bool { return l.Before == nil && l.After == nil })
}

// Find is the object as the cache has it, nil when it has none.
func (c *Cache) Find(key Key) client.Object { return c.objects[key] }

// All are the cached objects of a kind by name.
func (c *Cache) All(kind Kind) []client.Object {
	var found []client.Object
	for key, o := range c.objects {
		if key.Kind == kind {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, ByName)
	return found
}
