package app

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
)

func TestNoFlagMakesTheLogShowRequestBodies(t *testing.T) {
	lines := 0
	loud := funcr.New(func(string, string) { lines++ }, funcr.Options{Verbosity: 100})
	for name, l := range map[string]logr.Logger{
		"as it is":       capVerbosity(loud, loud),
		"with a name":    capVerbosity(loud, loud).WithName("x"),
		"with values":    capVerbosity(loud, loud).WithValues("a", "b"),
		"after verbs":    capVerbosity(loud, loud).V(1).WithName("x").WithValues("a", "b"),
		"called deeper":  capVerbosity(loud, loud).WithCallDepth(1),
		"several of all": capVerbosity(loud, loud).WithName("x").WithName("y").WithValues("a", "b").WithName("z"),
	} {
		lines = 0
		for level := range 12 {
			l.V(level).Info("hello")
			if l.V(level).Enabled() && level > 5 {
				t.Errorf("%s: from level 8 on bodies are logged, and some are card Secrets: level %d is enabled", name, level)
			}
		}
		l.GetSink().Info(8, "straight to the sink")
		if lines > 6 || lines < 5 {
			t.Errorf("%s: levels 0 to 5 are heard, no others: %d lines", name, lines)
		}
		lines = 0
		l.Error(nil, "boom")
		if lines != 1 {
			t.Errorf("%s: errors are always heard", name)
		}
	}
}

func TestTheCapMakesNothingLouder(t *testing.T) {
	lines := 0
	quiet := capVerbosity(funcr.New(func(string, string) { lines++ }, funcr.Options{Verbosity: 0}), logr.Discard())
	quiet.V(1).Info("hello")
	if lines != 0 || quiet.V(1).Enabled() {
		t.Error("what the flags left out stays out")
	}
}

// Whatever the flags say, every audit record is written, also where a thousand like it are
// within a second; of the rest no more than was asked for.
func TestNoFlagSilencesTheAudit(t *testing.T) {
	for level, others := range map[string]int{"error": 0, "panic": 0, "info": 1, "5": 1} {
		var text bytes.Buffer
		o := Options{Zap: zap.Options{DestWriter: &text}}
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		o.Zap.BindFlags(flags)
		if err := flags.Parse([]string{"--zap-log-level=" + level}); err != nil {
			t.Fatal(err)
		}
		l := newLogger(o).WithName("x").WithValues("namespace", "ads")
		l.Info("hello")
		for range 1000 {
			audit := l.WithName(engine.AuditLogger)
			audit.Info("intent claimed", "intent", "id-1")
			audit.WithValues("a", "b").WithName("y").V(1).Info("hello")
		}
		records := strings.Count(text.String(), `"logger":"x.audit","msg":"intent claimed","namespace":"ads","intent":"id-1"`)
		if hellos := strings.Count(text.String(), "hello"); records != 1000 || hellos != others {
			t.Errorf("%s: %d records and %d others", level, records, hellos)
		}
	}
}

// An alert on what grows does not see a counter that begins with its first count.
func TestQuestionsAreCountedFromNought(t *testing.T) {
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	parked := 0
	for _, family := range families {
		if family.GetName() == "card_operator_intents_total" {
			parked += strings.Count(fmt.Sprint(family.GetMetric()), string(engine.Parked))
		}
	}
	if parked != 11 {
		t.Errorf("%d counters of questions", parked)
	}
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func TestIndexesSayWhoRefersToWhom(t *testing.T) {
	wd := &v1alpha1.Withdrawal{ObjectMeta: named("ads", "w"), Spec: v1alpha1.WithdrawalSpec{
		IssuerRef: v1alpha1.IssuerReference{Name: "bank", Namespace: "money"}, CardRef: v1alpha1.LocalReference{Name: "search"}, BeneficiaryRef: v1alpha1.LocalReference{Name: "ada"}}}
	card := &v1alpha1.VirtualCard{ObjectMeta: named("ads", "search"), Spec: v1alpha1.VirtualCardSpec{
		IssuerRef: v1alpha1.IssuerReference{Name: "bank"}, BudgetRef: &v1alpha1.LocalReference{Name: "q4"}}}
	plain := &v1alpha1.VirtualCard{ObjectMeta: named("ads", "plain")}
	for name, c := range map[string]struct{ got, want string }{
		"an issuer in another namespace":    {issuerOf(wd), "money/bank"},
		"an issuer in the own namespace":    {issuerOf(card), "ads/bank"},
		"a CardIssuer has no issuer":        {issuerOf(&v1alpha1.CardIssuer{}), ""},
		"a card's budget":                   {budgetOf(card), "q4"},
		"a card without a budget":           {budgetOf(plain), ""},
		"a withdrawal has no budget":        {budgetOf(wd), ""},
		"a withdrawal's card":               {cardOf(wd), "search"},
		"a card pays from no card":          {cardOf(card), ""},
		"a withdrawal's payee":              {payeeOf(wd), "ada"},
		"a card has no payee":               {payeeOf(card), ""},
		"what a card is at the issuer":      {remoteOf(&v1alpha1.VirtualCard{Status: v1alpha1.VirtualCardStatus{ID: "c"}}), "c"},
		"what a budget is at the issuer":    {remoteOf(&v1alpha1.Budget{Status: v1alpha1.BudgetStatus{ID: "b"}}), "b"},
		"a withdrawal is nothing waited on": {remoteOf(wd), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", name, c.got, c.want)
		}
	}
	if got := paidFrom(t.Context(), wd); len(got) != 1 || got[0].Namespace != "ads" || got[0].Name != "search" {
		t.Errorf("a payment wakes the card it was paid from: %v", got)
	}
}

func TestACardIssuerWakesItsOwnObjects(t *testing.T) {
	scheme, err := Scheme()
	if err != nil {
		t.Fatal(err)
	}
	card := func(namespace, name, home string) *v1alpha1.VirtualCard {
		return &v1alpha1.VirtualCard{ObjectMeta: named(namespace, name), Spec: v1alpha1.VirtualCardSpec{IssuerRef: v1alpha1.IssuerReference{Name: "bank", Namespace: home}}}
	}
	b := fake.NewClientBuilder().WithScheme(scheme).WithObjects(card("ads", "a", ""), card("video", "b", "ads"), card("video", "c", ""))
	for _, o := range []client.Object{&v1alpha1.VirtualCard{}, &v1alpha1.Budget{}, &v1alpha1.Withdrawal{}, &v1alpha1.Beneficiary{}} {
		b = b.WithIndex(o, indexIssuer, func(o client.Object) []string { return []string{issuerOf(o)} })
	}
	w := wake{b.Build()}
	var names []string
	for _, r := range w.find(t.Context(), &v1alpha1.VirtualCardList{}, client.MatchingFields{indexIssuer: "ads/bank"}) {
		names = append(names, r.String())
	}
	if slices.Sort(names); !slices.Equal(names, []string{"ads/a", "video/b"}) {
		t.Errorf("those that refer to it from anywhere, and no others: %q", names)
	}
	counts, err := w.count(t.Context(), &v1alpha1.CardIssuer{ObjectMeta: named("ads", "bank")})
	if err != nil || counts != (v1alpha1.CardIssuerCounts{VirtualCards: 2}) {
		t.Errorf("a CardIssuer that has objects must not go: %+v, %v", counts, err)
	}
}

// The status of an ended payment that was put back: whether it was made has to be found out.
func TestAPaymentThatHadEndedIsLookedAt(t *testing.T) {
	at := metav1.Now()
	was, is := &v1alpha1.Withdrawal{}, &v1alpha1.Withdrawal{}
	was.Status.CompletedAt = &at
	if !worthALook().Update(event.UpdateEvent{ObjectOld: was, ObjectNew: is}) {
		t.Error("it had ended")
	}
	if worthALook().Update(event.UpdateEvent{ObjectOld: is, ObjectNew: was}) {
		t.Error("it ends now")
	}
}

func TestOnlyWhatMattersWakes(t *testing.T) {
	object := func(change func(*v1alpha1.Budget)) *v1alpha1.Budget {
		b := &v1alpha1.Budget{ObjectMeta: metav1.ObjectMeta{Name: "q4", Generation: 2}}
		b.Status.ObservedGeneration, b.Status.Movements = 2, 2
		engine.OK(b, v1alpha1.ConditionReady, v1alpha1.ReasonReady, "fine")
		if change != nil {
			change(b)
		}
		return b
	}
	for name, c := range map[string]struct {
		why           string
		change        func(*v1alpha1.Budget)
		itself, those bool
	}{
		"nothing":            {"a resync wakes nobody", nil, false, false},
		"our own status":     {"a status that we wrote is no news to us", func(b *v1alpha1.Budget) { b.Status.Funded = "1" }, false, false},
		"the spec":           {"a person changed it", func(b *v1alpha1.Budget) { b.Generation = 3 }, true, true},
		"an annotation":      {"a person said something", func(b *v1alpha1.Budget) { b.Annotations = map[string]string{"a": "b"} }, true, false},
		"a lost status":      {"what was done has to be found out", func(b *v1alpha1.Budget) { b.Status.ObservedGeneration = 0 }, true, false},
		"an older spec seen": {"a status was put back", func(b *v1alpha1.Budget) { b.Status.ObservedGeneration = 1 }, true, false},
		"fewer movements":    {"a status was put back", func(b *v1alpha1.Budget) { b.Status.Movements = 1 }, true, false},
		"an older status": {"what was done since has to be found out", func(b *v1alpha1.Budget) {
			b.Status.Conditions[0].LastTransitionTime.Time = b.Status.Conditions[0].LastTransitionTime.Add(-time.Hour)
		}, true, false},
		"no longer ready":    {"those who spend from it wait; a round over an old cache may not know", func(b *v1alpha1.Budget) { engine.Not(b, v1alpha1.ConditionReady, "X", "x") }, true, true},
		"opened at last":     {"cards can be ordered", func(b *v1alpha1.Budget) { b.Status.ID = "b-1" }, false, true},
		"ready, other words": {"nobody waits for words", func(b *v1alpha1.Budget) { engine.OK(b, v1alpha1.ConditionReady, v1alpha1.ReasonReady, "x") }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := event.UpdateEvent{ObjectOld: object(nil), ObjectNew: object(c.change)}
			if got := worthALook().Update(e); got != c.itself {
				t.Errorf("%s: it is looked at: %v", c.why, got)
			}
			if got := readinessChanged().Update(e); got != c.those {
				t.Errorf("%s: those who wait for it are looked at: %v", c.why, got)
			}
		})
	}
}

func TestCardIssuersOfOneAccountShareItsGate(t *testing.T) {
	ci := func(url, acct string, limit *v1alpha1.RateLimit) *v1alpha1.CardIssuer {
		return &v1alpha1.CardIssuer{Spec: v1alpha1.CardIssuerSpec{Qbit: &v1alpha1.QbitIssuer{BaseURL: url, AccountID: acct}, RateLimit: limit}}
	}
	g := &gates{clock: clock.NewFake(time.Unix(0, 0))}
	first := g.of(ci("https://a", "1", nil))
	if g.of(ci("https://a", "1", &v1alpha1.RateLimit{RequestsPerSecond: 1, Burst: 1})) != first {
		t.Error("the issuer counts the calls of an account, whoever makes them; a new limit keeps what the gate remembers")
	}
	if g.of(ci("https://a", "2", nil)) == first || g.of(ci("https://b", "1", nil)) == first {
		t.Error("another account, or another issuer, has a limit of its own")
	}
}

func TestCachesKeepNothingThatOnlyOthersRead(t *testing.T) {
	card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{
		Name: "a", ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "{}", v1alpha1.AnnotationReconcileAt: "now"},
	}}
	card.Status.Conditions = append(make([]metav1.Condition, 0, 8), metav1.Condition{Type: "Ready"})
	o, err := slim(card)
	kept, isCard := o.(*v1alpha1.VirtualCard)
	if err != nil || !isCard {
		t.Fatalf("%v, %v", o, err)
	}
	if len(kept.ManagedFields) != 0 || len(kept.Annotations) != 1 || kept.Annotations[v1alpha1.AnnotationReconcileAt] != "now" {
		t.Errorf("%+v", kept.ObjectMeta)
	}
	if c := kept.Status.Conditions; len(c) != 1 || cap(c) != 1 || c[0].Type != "Ready" {
		t.Errorf("%+v", c)
	}
	if tombstone, err := slim(42); err != nil || tombstone != 42 {
		t.Errorf("what is no object stays as it is: %v, %v", tombstone, err)
	}
}
