package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
)

func newTestRecorder(t *testing.T, fails error) (*recorder, *clock.Fake, func() []eventsv1.Event) {
	t.Helper()
	scheme, err := Scheme()
	if err != nil {
		t.Fatal(err)
	}
	api := fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			if fails != nil {
				return fails
			}
			return c.Create(ctx, o, opts...)
		},
	}).Build()
	now := clock.NewFake(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	r := newRecorder(api, scheme, now)
	return r, now, func() []eventsv1.Event {
		r.write(t.Context())()
		var list eventsv1.EventList
		if err := api.List(t.Context(), &list); err != nil {
			t.Fatal(err)
		}
		return list.Items
	}
}

func ofCard(name string) *v1alpha1.VirtualCard {
	return &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: name, UID: "uid-1"}}
}

func TestAnEventIsWrittenOnceInTenMinutes(t *testing.T) {
	r, now, written := newTestRecorder(t, nil)
	for range 3 {
		r.Eventf(ofCard("search"), nil, "Normal", "Ready", "Reconcile", "the card %s", "can pay")
		now.Advance(time.Second)
	}
	events := written()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	if e := events[0]; e.Note != "the card can pay" || e.Reason != "Ready" || e.Action != "Reconcile" || e.Type != "Normal" ||
		e.Regarding.Kind != "VirtualCard" || e.Regarding.Name != "search" || e.Namespace != "ads" || e.EventTime.IsZero() ||
		e.ReportingController != "card-operator" || !strings.HasPrefix(e.ReportingInstance, "card-operator-") {
		t.Errorf("%+v", e)
	}
	r.Eventf(ofCard("search"), nil, "Normal", "Ready", "Reconcile", "other words")
	now.Advance(saidFor)
	r.Eventf(ofCard("search"), nil, "Normal", "Ready", "Reconcile", "the card can pay")
	if events := written(); len(events) != 3 {
		t.Errorf("%d events", len(events))
	}
}

// Events may be lost; nobody waits for them, and they cost no more than their bounds.
func TestEventsAreBounded(t *testing.T) {
	r, now, written := newTestRecorder(t, nil)
	for n := range 2 * maxWaiting {
		now.Advance(time.Microsecond)
		r.Eventf(ofCard("search"), nil, "Warning", "Conflict", "Reconcile", "%d %s", n, strings.Repeat("x", 2000))
	}
	if len(r.waiting) != maxWaiting || len(r.said) != maxWaiting {
		t.Errorf("%d wait, %d are remembered: what was dropped was not said", len(r.waiting), len(r.said))
	}
	if events := written(); len(events) == 0 || len(events[0].Note) > maxNote {
		t.Errorf("%d events", len(events))
	}
	r, _, written = newTestRecorder(t, errors.New("away"))
	r.Eventf(ofCard("search"), nil, "Normal", "Ready", "Reconcile", "the card can pay")
	if events := written(); len(events) != 0 || len(r.waiting) != 0 {
		t.Errorf("%d events, %d wait", len(events), len(r.waiting))
	}
}

// Ten thousand objects that say three things each say them once, and not for ever.
func TestWhatWasSaidIsRememberedWithinBounds(t *testing.T) {
	r, now, _ := newTestRecorder(t, nil)
	said := func(from, to int) (n int) {
		for i := from; i < to; i++ {
			r.say(sayingOf("uid", strconv.Itoa(i)), nil, now.Now())
			select {
			case <-r.waiting:
				n++
			default:
			}
		}
		return n
	}
	if n := said(0, 30000) + said(0, 30000); n != 30000 {
		t.Errorf("said %d times", n)
	}
	if said(30000, 4*maxSaid); len(r.said)+len(r.saidBefore) > maxSaid {
		t.Errorf("%d and %d are remembered", len(r.said), len(r.saidBefore))
	}
	now.Advance(saidFor)
	if n := said(0, 100); n != 100 || len(r.said) != 100 {
		t.Errorf("said %d times, %d are remembered", n, len(r.said))
	}
	now.Advance(saidFor)
	if said(0, 1); len(r.said)+len(r.saidBefore) != 101 {
		t.Errorf("%d and %d are remembered", len(r.said), len(r.saidBefore))
	}
}

// A standby's Events do not wait until it leads, nor for the manager at all.
func TestEventsAreWrittenAtOnce(t *testing.T) {
	r, _, _ := newTestRecorder(t, nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel() // what ends the manager ends the rounds first
	done := r.write(ended)
	r.Eventf(ofCard("search"), nil, "Normal", "Ready", "Reconcile", "last words")
	done()
	var list eventsv1.EventList
	if err := r.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 {
		t.Errorf("%d events, %v", len(list.Items), err)
	}
}
