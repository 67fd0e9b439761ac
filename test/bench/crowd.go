package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// crowd watches objects and notes when each was applied and when it was Ready first.
type crowd struct {
	f *field

	mu      sync.Mutex
	applied map[string]time.Time
	ready   map[string]time.Time
	changed chan struct{}
}

// watchCrowd begins to watch objects like sample, in all namespaces.
func watchCrowd(ctx context.Context, f *field, sample *unstructured.Unstructured) *crowd {
	c := &crowd{f: f, applied: map[string]time.Time{}, ready: map[string]time.Time{}, changed: make(chan struct{}, 1)}
	go func() {
		for ctx.Err() == nil {
			c.follow(ctx, sample)
		}
	}()
	return c
}

// follow lists and watches until the API server ends the watch, as it does when a CRD is new.
func (c *crowd) follow(ctx context.Context, sample *unstructured.Unstructured) {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(sample.GetAPIVersion())
	list.SetKind(sample.GetKind() + "List")
	if err := c.f.client.List(ctx, list); err != nil {
		_ = sleep(ctx, time.Second)
		return
	}
	for i := range list.Items {
		c.see(&list.Items[i])
	}
	list.Items = nil
	w, err := c.f.client.Watch(ctx, list, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}})
	if err != nil {
		return
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		if o, ok := e.Object.(*unstructured.Unstructured); ok && e.Type != watch.Error {
			c.see(o)
		}
	}
}

func (c *crowd) see(o *unstructured.Unstructured) {
	if isReady(o) {
		c.note(c.ready, key(o))
	}
}

func (c *crowd) note(when map[string]time.Time, key string) {
	c.mu.Lock()
	if _, known := when[key]; !known {
		when[key] = wall.Now()
	}
	c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func key(o client.Object) string { return o.GetNamespace() + "/" + o.GetName() }

func isReady(o *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == "Ready" && m["status"] == "True" {
			return true
		}
	}
	return false
}

// appliers is how many objects are on their way to the API server at once.
const appliers = 16

// apply creates n objects of a template.
func (c *crowd) apply(ctx context.Context, sample *unstructured.Unstructured, space, prefix string, n int) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	numbers := make(chan int)
	var work sync.WaitGroup
	for range appliers {
		work.Go(func() {
			for i := range numbers {
				o := numbered(sample, space, fmt.Sprintf("%s-%05d", prefix, i))
				c.note(c.applied, key(o))
				if err := c.f.client.Create(ctx, o); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		numbers <- i
	}
	close(numbers)
	work.Wait()
	return context.Cause(ctx)
}

// await waits until n objects were Ready.
func (c *crowd) await(ctx context.Context, n int, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		c.mu.Lock()
		have := len(c.ready)
		c.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-c.changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d were Ready after %s", have, n, patience)
		}
	}
}

// took is how long an object took from apply to Ready.
func (c *crowd) took(key string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ready[key].Sub(c.applied[key])
}

// span is the time from the first apply to the last Ready.
func (c *crowd) span() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first, last time.Time
	for k, at := range c.ready {
		if begun := c.applied[k]; first.IsZero() || begun.Before(first) {
			first = begun
		}
		if at.After(last) {
			last = at
		}
	}
	return last.Sub(first)
}
