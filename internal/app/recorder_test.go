package app

import (
	"context"
	"errors"
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
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Start(ended); err != nil {
			t.Fatal(err)
		}
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
	if len(r.waiting) != maxWaiting || len(r.said) > maxSaid {
		t.Errorf("%d wait, %d are remembered", len(r.waiting), len(r.said))
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
