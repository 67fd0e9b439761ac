package account

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
)

var ctx = context.Background()

func newIssuer(change ...func(*v1alpha1.CardIssuer)) *v1alpha1.CardIssuer {
	ci := &v1alpha1.CardIssuer{
		ObjectMeta: metav1.ObjectMeta{Namespace: "bank", Name: "qbit", UID: "uid-1", Generation: 1},
		Spec:       v1alpha1.CardIssuerSpec{OwnerID: "fleet", CredentialsRef: v1alpha1.LocalReference{Name: "creds"}},
	}
	for _, c := range change {
		c(ci)
	}
	return ci
}

func newSecret(data map[string]string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "bank", Name: "creds", UID: "s-1"}, Data: map[string][]byte{}}
	for k, v := range data {
		s.Data[k] = []byte(v)
	}
	return s
}

func good() *corev1.Secret {
	return newSecret(map[string]string{KeyClientID: "hunter1", KeyClientSecret: "hunter2"})
}

func cluster(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func namespace(name string, labels map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
}

func TestWhoMayUseAnAccount(t *testing.T) {
	selector := func(labels map[string]string) *v1alpha1.AllowedNamespaces {
		return &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: labels}}
	}
	for name, c := range map[string]struct {
		why  string
		rule *v1alpha1.AllowedNamespaces
		from string
		want bool
		err  bool
	}{
		"its own namespace":           {"an account is for its own namespace", nil, "bank", true, false},
		"its own, whatever the rule":  {"a selector adds namespaces, it takes none away", selector(map[string]string{"team": "none"}), "bank", true, false},
		"another, no rule":            {"by default nobody else", nil, "ads", false, false},
		"another, Same":               {"nobody else", &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSame}, "ads", false, false},
		"another, an empty rule":      {"what is not said is not allowed", &v1alpha1.AllowedNamespaces{}, "ads", false, false},
		"another, a rule of tomorrow": {"what is not understood is not allowed", &v1alpha1.AllowedNamespaces{From: "Everyone"}, "ads", false, false},
		"another, All":                {"everybody", &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll}, "ads", true, false},
		"selected":                    {"its labels match", selector(map[string]string{"team": "growth"}), "ads", true, false},
		"not selected":                {"its labels do not match", selector(map[string]string{"team": "core"}), "ads", false, false},
		"no selector":                 {"no selector selects nobody, not everybody", &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSelector}, "ads", false, false},
		"a namespace that is gone":    {"whose labels cannot be read is not allowed", selector(map[string]string{"team": "growth"}), "gone", false, true},
		"a broken selector": {"what cannot be read allows nobody", &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSelector, Selector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Resembles"}}}}, "ads", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Registry{Client: cluster(t, namespace("ads", map[string]string{"team": "growth"}))}
			got, err := r.allows(ctx, newIssuer(func(ci *v1alpha1.CardIssuer) { ci.Spec.AllowedNamespaces = c.rule }), c.from)
			if got != c.want || (err != nil) != c.err {
				t.Errorf("%s: got %v, %v", c.why, got, err)
			}
		})
	}
}

func objectIn(namespace string, ref v1alpha1.IssuerReference) v1alpha1.LedgerObject {
	o := &v1alpha1.Budget{Spec: v1alpha1.BudgetSpec{IssuerRef: ref}}
	o.Namespace = namespace
	return o
}

func TestTheIssuersNamespaceIsTheObjectsOwnUnlessSaid(t *testing.T) {
	own, said := IssuerKey(objectIn("ads", v1alpha1.IssuerReference{Name: "bank"})), IssuerKey(objectIn("ads", v1alpha1.IssuerReference{Name: "bank", Namespace: "ads"}))
	if own != said {
		t.Error("both name the same CardIssuer")
	}
	if own == IssuerKey(objectIn("ads", v1alpha1.IssuerReference{Name: "bank", Namespace: "other"})) {
		t.Error("one of the same name elsewhere is another")
	}
}

func TestAnAccountThatIsNotAllowedLooksLikeNone(t *testing.T) {
	there := &Registry{Client: cluster(t, newIssuer())}
	gone := &Registry{Client: cluster(t)}
	ref := v1alpha1.IssuerReference{Namespace: "bank", Name: "qbit"}
	_, refused := there.find(ctx, objectIn("ads", ref))
	_, missing := gone.find(ctx, objectIn("ads", ref))
	if refused == nil || missing == nil || refused.Error() != missing.Error() || engine.Explain(refused).Reason != engine.Explain(missing).Reason {
		t.Errorf("names in other namespaces are nobody's business:\n%v\n%v", refused, missing)
	}
	if engine.Explain(refused).Reason != v1alpha1.ReasonNamespaceNotAllowed {
		t.Errorf("got %+v", engine.Explain(refused))
	}
	_, own := gone.find(ctx, objectIn("ads", v1alpha1.IssuerReference{Name: "qbit"}))
	if own == nil || engine.Explain(own).Reason != v1alpha1.ReasonWaitingForIssuer {
		t.Errorf("in the own namespace it may still come: %v", own)
	}
	if ci, err := there.find(ctx, objectIn("bank", v1alpha1.IssuerReference{Name: "qbit"})); err != nil || ci.Name != "qbit" {
		t.Errorf("a reference without a namespace means the own one: %v", err)
	}
}

func TestCredentialsErrorsNameWhereAndNeverWhat(t *testing.T) {
	for name, c := range map[string]struct {
		why    string
		secret *corev1.Secret
		ok     bool
	}{
		"no Secret":             {"it has to be created", nil, false},
		"empty":                 {"its keys are missing", newSecret(nil), false},
		"half":                  {"a login takes both", newSecret(map[string]string{KeyClientID: "hunter1"}), false},
		"the other half":        {"a login takes both", newSecret(map[string]string{KeyClientSecret: "hunter2"}), false},
		"an empty half":         {"an empty value is none", newSecret(map[string]string{KeyClientID: "hunter1", KeyClientSecret: ""}), false},
		"misspelt keys":         {"keys are exact", newSecret(map[string]string{"clientID": "hunter1", "client_secret": "hunter2"}), false},
		"id and secret":         {"one way", good(), true},
		"token":                 {"the other way", newSecret(map[string]string{KeyAccessToken: "hunter3"}), true},
		"token and half of one": {"the token is enough", newSecret(map[string]string{KeyAccessToken: "hunter3", KeyClientID: "hunter1"}), true},
	} {
		t.Run(name, func(t *testing.T) {
			var objects []client.Object
			if c.secret != nil {
				objects = append(objects, c.secret)
			}
			creds, err := readCredentials(ctx, cluster(t, objects...), newIssuer())
			if (err == nil) != c.ok {
				t.Fatalf("%s: %v", c.why, err)
			}
			if c.ok {
				if creds.Version == "" {
					t.Error("a change of the Secret must be noticed")
				}
				return
			}
			for _, word := range []string{`"creds"`, `"bank"`, KeyClientID, KeyClientSecret, KeyAccessToken} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the message must name %s: %v", word, err)
				}
			}
			if strings.Contains(err.Error(), "hunter") {
				t.Errorf("a value got out: %v", err)
			}
			p := engine.Explain(err)
			if p.Reason != v1alpha1.ReasonCredentialsMissing || p.After != 10*time.Second || p.Severity != engine.Refused {
				t.Errorf("no Secret is watched, so it is read again soon: %+v", p)
			}
		})
	}
}

// idle is an adapter that nobody calls.
type idle struct{ issuer.Issuer }

// bank is a Registry that counts its connections.
func bank(api client.WithWatch) (r *Registry, dials *int) {
	dials = new(int)
	return &Registry{Client: api, Secrets: api, Clock: clock.NewFake(time.Unix(0, 0)),
		Dial: func(*v1alpha1.CardIssuer, Credentials, engine.Timing) (issuer.Issuer, error) {
			*dials++
			return idle{}, nil
		}}, dials
}

func TestAConnectionIsKeptUntilSomethingChanges(t *testing.T) {
	ci := newIssuer()
	api := cluster(t, ci, good())
	r, dials := bank(api)
	connect := func(why string, want int) *Account {
		t.Helper()
		acct, err := r.Connect(ctx, ci)
		if err != nil || *dials != want {
			t.Fatalf("%s: %d dials, want %d (%v)", why, *dials, want, err)
		}
		return acct
	}
	first := connect("the first", 1)
	if connect("nothing changed", 1) != first {
		t.Error("one picture serves all objects of an account")
	}
	secret := good()
	if err := api.Get(ctx, client.ObjectKeyFromObject(secret), secret); err != nil {
		t.Fatal(err)
	}
	secret.Data[KeyClientSecret] = []byte("hunter9")
	if err := api.Update(ctx, secret); err != nil {
		t.Fatal(err)
	}
	connect("new credentials", 2)
	ci.Generation, ci.Spec.Suspend = 2, true
	if acct := connect("a new spec", 3); !acct.Suspended {
		t.Error("the new spec is in force")
	}
	r.Forget(ci.UID)
	connect("forgotten", 4)
	other := newIssuer(func(o *v1alpha1.CardIssuer) { o.UID, o.Generation = "uid-2", 2 })
	if _, err := r.Connect(ctx, other); err != nil || *dials != 5 {
		t.Error("one of the same name that was created again is another one")
	}
}

func TestAFailedDialIsNotKept(t *testing.T) {
	ci, bad := newIssuer(), errors.New("host not allowed")
	r, _ := bank(cluster(t, ci, good()))
	dial := r.Dial
	r.Dial = func(*v1alpha1.CardIssuer, Credentials, engine.Timing) (issuer.Issuer, error) { return nil, bad }
	card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "bank", Name: "search"}}
	card.Spec.IssuerRef.Name = "qbit"
	if _, err := r.For(ctx, card); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	r.Dial = dial
	if acct, err := r.For(ctx, card); err != nil || acct.OwnerID != "fleet" || acct.SyncInterval != time.Minute {
		t.Errorf("mended, it connects: %+v, %v", acct, err)
	}
}

func TestTimingIsTheSpecsWhereItSaysSo(t *testing.T) {
	if timingOf(newIssuer()) != engine.DefaultTiming {
		t.Error("what is left out has its default")
	}
	zero, call := &metav1.Duration{}, &metav1.Duration{Duration: 3 * time.Second}
	got := timingOf(newIssuer(func(ci *v1alpha1.CardIssuer) {
		ci.Spec.Assumptions = &v1alpha1.Assumptions{CallTimeout: call, ListingLag: zero}
	}))
	if got.CallTimeout != 3*time.Second || got.ListingLag != 0 || got.IssuingLag != engine.DefaultTiming.IssuingLag {
		t.Errorf("zero is a value, nothing is not: %+v", got)
	}
}

// slow is an issuer whose list takes a while.
type slow struct {
	issuer.Issuer
	now  *clock.Fake
	took time.Duration
}

func (s *slow) ListCards(context.Context) ([]issuer.Card, error) {
	s.now.Advance(s.took)
	return nil, nil
}

func TestAPictureServesUntilTheNextOneCanBeThere(t *testing.T) {
	now := clock.NewFake(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	bank := &slow{now: now, took: 10 * time.Second}
	acct := &Account{Mirror: mirror.New(bank, now), SyncInterval: time.Minute}
	for _, c := range []struct{ took, want time.Duration }{
		{0, 90 * time.Second},
		{10 * time.Second, 110 * time.Second},
		{4 * time.Minute, 90*time.Second + 8*time.Minute},
	} {
		bank.took = c.took
		now.Advance(time.Second)
		if _, err := acct.Mirror.Cards(ctx, now.Now()); err != nil {
			t.Fatal(err)
		}
		if got := acct.RoutineAge(); got != c.want {
			t.Errorf("a sweep of %s: %s, want %s", c.took, got, c.want)
		}
	}
}
