package fairqueue

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func request(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

// byName makes what begins with "routine" routine.
func byName(r reconcile.Request) Rank {
	if strings.HasPrefix(r.Name, "routine") {
		return Routine
	}
	return Urgent
}

func drain(o *order) []string {
	var names []string
	for o.Len() > 0 {
		r := o.Pop()
		names = append(names, r.Namespace+"/"+r.Name)
	}
	return names
}

func TestOneOfEachNamespaceInTurn(t *testing.T) {
	o := newOrder(byName)
	for i := range 1000 {
		o.Push(request("many", fmt.Sprint("card-", i)))
	}
	o.Push(request("one", "card"))
	o.Push(request("other", "card"))
	got := drain(o)
	if at := slices.Index(got, "one/card"); at > 2 {
		t.Errorf("the one card was number %d", at)
	}
	if at := slices.Index(got, "other/card"); at > 2 {
		t.Errorf("the other card was number %d", at)
	}
	if len(got) != 1002 {
		t.Errorf("%d came out", len(got))
	}
}

func TestUrgentBeforeRoutineButNotForEver(t *testing.T) {
	o := newOrder(byName)
	for i := range 20 {
		o.Push(request("a", fmt.Sprint("routine-", i)))
	}
	for i := range 20 {
		o.Push(request("a", fmt.Sprint("new-", i)))
	}
	got := drain(o)
	first := slices.IndexFunc(got, func(s string) bool { return strings.Contains(s, "routine") })
	if first != patience {
		t.Errorf("the first routine look was number %d", first)
	}
	if last := slices.Index(got, "a/new-19"); last > 20+20/patience {
		t.Errorf("the last urgent one was number %d", last)
	}
}

func TestARankThatIsNoneIsUrgent(t *testing.T) {
	o := newOrder(func(reconcile.Request) Rank { return 7 })
	o.Push(request("a", "b"))
	if got := drain(o); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// Whatever is pushed comes out once, and within a namespace and rank in its order.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, in := newOrder(byName), map[string]int{}
		var out []reconcile.Request
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			if o.Len() > 0 && rapid.Bool().Draw(t, "pop") {
				out = append(out, o.Pop())
				continue
			}
			r := request(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "namespace"), fmt.Sprint(rapid.SampledFrom([]string{"new", "routine"}).Draw(t, "rank"), i))
			in[r.String()] = i
			o.Push(r)
		}
		for o.Len() > 0 {
			out = append(out, o.Pop())
		}
		latest := map[string]int{}
		for _, r := range out {
			at, pushed := in[r.String()]
			line := r.Namespace + fmt.Sprint(byName(r))
			if before, seen := latest[line]; !pushed || seen && before > at {
				t.Fatalf("%v after %d", r, before)
			}
			latest[line] = at
			delete(in, r.String())
		}
		if len(in) > 0 {
			t.Fatalf("lost: %v", in)
		}
	})
}

// The queue that a controller gets behaves as every work queue: no object twice, delays kept.
func TestTheQueueOfAController(t *testing.T) {
	q := New("test", workqueue.DefaultTypedControllerRateLimiter[reconcile.Request](), byName)
	defer q.ShutDown()
	q.AddAfter(request("a", "later"), 20*time.Millisecond)
	q.Add(request("a", "new"))
	q.Add(request("a", "new"))
	if first, _ := q.Get(); first.Name != "new" || q.Len() != 0 {
		t.Errorf("%v, %d wait", first, q.Len())
	}
	if second, _ := q.Get(); second.Name != "later" {
		t.Errorf("%v", second)
	}
}
