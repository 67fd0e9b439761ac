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

// byName makes what begins with "routine" routine, and what begins with "stop" a stop.
func byName(r reconcile.Request) Rank {
	switch {
	case strings.HasPrefix(r.Name, "routine"):
		return Routine
	case strings.HasPrefix(r.Name, "stop"):
		return Stop
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
	if first != patience[Routine] {
		t.Errorf("the first routine look was number %d", first)
	}
	if last := slices.Index(got, "a/new-19"); last > 20+20/patience[Routine] {
		t.Errorf("the last urgent one was number %d", last)
	}
}

// A card that is to be frozen does not wait behind new ones, and yet endless stops keep nobody out.
func TestAStopGoesFirstButNotForEver(t *testing.T) {
	o := newOrder(byName)
	for i := range 20 {
		o.Push(request("a", fmt.Sprint("routine-", i)))
		o.Push(request("a", fmt.Sprint("new-", i)))
		o.Push(request("b", fmt.Sprint("new-", i)))
		o.Push(request("a", fmt.Sprint("stop-", i)))
	}
	var kinds []byte
	for _, name := range drain(o)[:14] {
		kinds = append(kinds, name[2])
	}
	if got, want := string(kinds), "ssnssnssnrssns"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// moods are ranks that a test changes.
type moods map[reconcile.Request]Rank

func (m moods) rank(r reconcile.Request) Rank { return m[r] }

// On a standby all cards were new once. When it comes to lead, one that is new now goes first.
func TestANewCardAfterAFailover(t *testing.T) {
	ranks := moods{}
	o := newOrder(ranks.rank)
	for i := range 1000 {
		r := request("a", fmt.Sprint("card-", i))
		ranks[r] = Urgent
		o.Push(r)
		ranks[r] = Routine
	}
	fresh := request("a", "fresh")
	ranks[fresh] = Urgent
	o.Push(fresh)
	for n := 0; ; n++ {
		if o.Pop() == fresh {
			break
		}
		if n > 1000/looks {
			t.Fatal("it waits behind cards that are as asked")
		}
	}
	if rest := len(drain(o)); rest < 1000-1000/looks-2 {
		t.Errorf("%d of the others are left", rest)
	}
}

// An object that is frozen or deleted while it waits goes first from then on.
func TestWhatIsAddedAgainGoesAsFarAsItIsUrgentNow(t *testing.T) {
	ranks := moods{}
	o := newOrder(ranks.rank)
	for _, namespace := range []string{"a", "b"} {
		for i := range 20 {
			r := request(namespace, fmt.Sprint("card-", i))
			ranks[r] = Routine
			o.Push(r)
		}
	}
	one := request("b", "alone")
	ranks[one] = Urgent
	o.Push(one)
	frozen := request("b", "card-7")
	ranks[frozen], ranks[one] = Stop, Routine
	o.Touch(one) // less urgent: it keeps its place
	o.Touch(request("b", "not there"))
	if o.Touch(frozen); o.Len() != 41 || o.Pop() != frozen {
		t.Error("it waits behind the others")
	}
	if o.Touch(frozen); o.Len() != 40 || len(drain(o)) != 40 {
		t.Error("it is there twice")
	}
}

// However ranks change meanwhile, whatever is pushed comes out once, and nothing else does.
func TestNothingIsLostWhileRanksChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranks, waits := moods{}, map[reconcile.Request]bool{}
		o := newOrder(ranks.rank)
		pop := func() {
			r := o.Pop()
			if !waits[r] {
				t.Fatalf("%v does not wait", r)
			}
			delete(waits, r)
		}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			r := request(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "namespace"), fmt.Sprint(rapid.IntRange(0, 8).Draw(t, "name")))
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				ranks[r] = Rank(rapid.IntRange(int(Stop), int(Routine)).Draw(t, "rank"))
			case 1:
				o.Touch(r)
			case 2:
				if o.Len() > 0 {
					pop()
				}
			case 3:
				if !waits[r] { // a work queue pushes nothing twice
					waits[r] = true
					o.Push(r)
				}
			}
			if o.Len() != len(waits) {
				t.Fatalf("%d wait, want %d", o.Len(), len(waits))
			}
		}
		for o.Len() > 0 {
			pop()
		}
		if len(waits) > 0 {
			t.Fatalf("lost: %v", waits)
		}
	})
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
			r := request(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "namespace"), fmt.Sprint(rapid.SampledFrom([]string{"stop", "new", "routine"}).Draw(t, "rank"), i))
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
