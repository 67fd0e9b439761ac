package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// round is what was measured of one contestant at one size.
type round struct {
	Who   string
	Cards int
	// AllReady is from the first apply to the last Ready, in seconds; Stuck how many never were.
	AllReady float64
	Stuck    int
	// NewP50 and NewMost are how long a new card took beside the others, in seconds.
	NewP50, NewMost float64
	// Calls are the issuer's per card until Ready, by endpoint; Refused those that came too fast.
	Calls   float64
	Refused int
	By      map[string]int
	// Writes are the API server's per card until Ready, by resource.
	Writes map[string]float64
	// Standing still: per minute, and the share of one core.
	StandingCalls, StandingWrites, StandingCPU float64
	StandingBy                                 map[string]int
	CPU, RSS, PeakRSS                          float64
	// StrangersRSS is what the Secrets of others added to RSS, in MiB; Strangers how many they were.
	StrangersRSS      float64
	Strangers         int
	Goroutines, Files int
	// Bound is the shortest time that the issuer's pace allows for these calls, in seconds.
	Bound float64
}

// arena is a round under way.
type arena struct {
	settings
	*field
	who    contestant
	sample *unstructured.Unstructured
	proc   *process
	crowd  *crowd
	// unwatch ends the watch.
	unwatch context.CancelFunc
}

func measure(ctx context.Context, s settings, p programs, who contestant, n int) (round, error) {
	fmt.Printf("%s, %d cards\n", who.name, n)
	a, err := enter(ctx, s, p, who, fmt.Sprintf("%s-%d", short(who.name), n))
	if err != nil {
		return round{}, err
	}
	defer a.close()
	r := round{Who: who.name, Cards: n}
	if err := a.create(ctx, &r); err != nil {
		return r, err
	}
	if r.Stuck > 0 {
		return r, nil
	}
	if err := a.stand(ctx, &r); err != nil {
		return r, err
	}
	if err := a.newcome(ctx, &r); err != nil {
		return r, err
	}
	return r, a.surround(ctx, &r)
}

func enter(ctx context.Context, s settings, p programs, who contestant, name string) (*arena, error) {
	f, err := newField(ctx, s, p, name)
	if err != nil {
		return nil, err
	}
	a := &arena{settings: s, field: f, who: who}
	if a.sample, err = who.object(namespace, "sample", 0); err == nil {
		watching, stop := context.WithCancel(ctx)
		a.unwatch, a.crowd = stop, watchCrowd(watching, f, a.sample)
		a.proc, err = a.who.run(ctx, s, f, p)
	}
	if err != nil {
		a.close()
		return nil, err
	}
	return a, a.warm(ctx)
}

// warm waits until the operator's CardIssuer is Ready: logging in and caches are not measured.
func (a *arena) warm(ctx context.Context) error {
	if len(a.who.command) > 0 {
		return sleep(ctx, 3*time.Second)
	}
	ci := &unstructured.Unstructured{}
	ci.SetAPIVersion("card-operator.io/v1alpha1")
	ci.SetKind("CardIssuer")
	ci.SetNamespace(namespace)
	ci.SetName("bank")
	return eventually(ctx, time.Minute, func() error {
		if err := a.client.Get(ctx, keyOf(ci), ci); err != nil {
			return err
		}
		if !isReady(ci) {
			return fmt.Errorf("the CardIssuer is not Ready: see %s", a.logs)
		}
		return nil
	})
}

func (a *arena) close() {
	if a.unwatch != nil {
		a.unwatch()
	}
	if a.proc != nil {
		a.proc.stop()
	}
	a.leave()
}

// tell is what was counted so far.
func (a *arena) tell(ctx context.Context) (calls, writes, usage, error) {
	made, err := a.issuer.calls(ctx)
	if err != nil {
		return made, nil, usage{}, err
	}
	metrics, err := a.metrics(ctx)
	return made, countWrites(metrics, a.resource()), a.who.usage(ctx, a.proc), err
}

func (a *arena) resource() string {
	if a.sample.GetKind() == "VirtualCard" {
		return "virtualcards"
	}
	plural, _ := guess(a.sample)
	return plural
}

// create applies all of them and waits.
func (a *arena) create(ctx context.Context, r *round) error {
	made, written, used, err := a.tell(ctx)
	if err != nil {
		return err
	}
	if err := a.crowd.apply(ctx, a.sample, namespace, "card", r.Cards); err != nil {
		return err
	}
	if err := a.crowd.await(ctx, r.Cards, limit(a.settings, r.Cards)); err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.Stuck = r.Cards - len(a.crowd.ready)
	}
	r.AllReady = a.crowd.span().Seconds()
	madeNow, writtenNow, usedNow, err := a.tell(ctx)
	if err != nil {
		return err
	}
	n := float64(r.Cards)
	made = madeNow.since(made)
	r.Calls, r.Refused, r.By = float64(made.all-made.refused)/n, made.refused, made.by
	r.Bound = float64(made.all-made.refused) / a.rate
	r.Writes = map[string]float64{}
	for resource, count := range writtenNow.since(written) {
		r.Writes[resource] = float64(count) / n
	}
	r.CPU = usedNow.CPU - used.CPU
	fmt.Printf("  Ready after %.1f s, %.2f calls a card\n", r.AllReady, r.Calls)
	return nil
}

// settleTime is what passes between the last Ready and standing still.
const settleTime = 20 * time.Second

// stand watches while nothing changes.
func (a *arena) stand(ctx context.Context, r *round) error {
	if err := sleep(ctx, settleTime); err != nil {
		return err
	}
	made, written, used, err := a.tell(ctx)
	if err != nil {
		return err
	}
	began := wall.Now()
	if err := sleep(ctx, a.standing); err != nil {
		return err
	}
	madeNow, writtenNow, usedNow, err := a.tell(ctx)
	if err != nil {
		return err
	}
	passed := wall.Now().Sub(began)
	made = madeNow.since(made)
	r.StandingCalls, r.StandingBy = float64(made.all)/passed.Minutes(), made.by
	fmt.Printf("  standing: %v calls, writes %v\n", made.by, writtenNow.since(written))
	r.StandingWrites = float64(writtenNow.since(written).sum()) / passed.Minutes()
	r.StandingCPU = (usedNow.CPU - used.CPU) / passed.Seconds()
	r.RSS, r.PeakRSS, r.Goroutines, r.Files = usedNow.RSS, usedNow.PeakRSS, usedNow.Goroutines, usedNow.Files
	return nil
}

// newcome applies cards one by one, far enough apart not to meet.
func (a *arena) newcome(ctx context.Context, r *round) error {
	var took []float64
	for i := range a.newcomers {
		o := numbered(a.sample, namespace, fmt.Sprintf("new-%05d", i))
		a.crowd.note(a.crowd.applied, key(o))
		if err := a.client.Create(ctx, o); err != nil {
			return err
		}
		if err := a.crowd.await(ctx, r.Cards+i+1, 5*time.Minute); err != nil {
			return err
		}
		took = append(took, a.crowd.took(key(o)).Seconds())
		if err := sleep(ctx, 1700*time.Millisecond); err != nil {
			return err
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		r.NewP50, r.NewMost = took[len(took)/2], took[len(took)-1]
	}
	return nil
}

// surround makes Secrets that are nobody's business, once the largest round stands.
func (a *arena) surround(ctx context.Context, r *round) error {
	if a.strangers == 0 || len(a.who.command) > 0 || r.Cards != slices.Max(a.sizes) {
		return nil
	}
	before := a.who.usage(ctx, a.proc)
	sample := &unstructured.Unstructured{}
	sample.SetAPIVersion("v1")
	sample.SetKind("Secret")
	sample.Object["data"] = map[string]any{"text": "c29tZWJvZHkgZWxzZSdzIGJ1c2luZXNz"}
	if err := a.crowd.apply(ctx, sample, otherTenant, "stranger", a.strangers); err != nil {
		return err
	}
	if err := sleep(ctx, settleTime); err != nil {
		return err
	}
	r.StrangersRSS, r.Strangers = a.who.usage(ctx, a.proc).RSS-before.RSS, a.strangers
	fmt.Printf("  %d Secrets of others: RSS %+.1f MiB\n", r.Strangers, r.StrangersRSS)
	secrets, err := a.admin.CoreV1().Secrets(otherTenant).List(ctx, metav1.ListOptions{Limit: 1})
	if err == nil && len(secrets.Items) == 0 {
		err = fmt.Errorf("no Secret was made: %v", corev1.SchemeGroupVersion)
	}
	return err
}

// measureFairness applies many cards of one tenant, and a second later one of another.
func measureFairness(ctx context.Context, s settings, p programs) (*fair, error) {
	fmt.Printf("fairness: %d cards of one namespace, one of another\n", s.fair)
	a, err := enter(ctx, s, p, contestants(s, p)[0], "fair")
	if err != nil {
		return nil, err
	}
	defer a.close()
	applied := make(chan error, 1)
	go func() { applied <- a.crowd.apply(ctx, a.sample, namespace, "card", s.fair) }()
	if err := sleep(ctx, time.Second); err != nil {
		return nil, err
	}
	one := numbered(a.sample, otherTenant, "the-one")
	a.crowd.note(a.crowd.applied, key(one))
	if err := a.client.Create(ctx, one); err != nil {
		return nil, err
	}
	err = eventually(ctx, limit(s, s.fair), func() error {
		if a.crowd.took(key(one)) <= 0 {
			return fmt.Errorf("the card of the other namespace is not Ready")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	took := a.crowd.took(key(one)).Seconds()
	a.crowd.mu.Lock()
	before := len(a.crowd.ready) - 1
	a.crowd.mu.Unlock()
	return &fair{Cards: s.fair, Took: took, Before: before}, <-applied
}
