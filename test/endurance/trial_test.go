package endurance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

// trial is one storm with an account, an issuer and a namespace of its own.
type trial struct {
	spec     context.Context // ends early when the spec is interrupted
	name     string
	dir, ns  string
	dice     *rand.Rand
	bank     *bank
	user     *user
	over     context.CancelFunc // ends the user's work
	managers []*process
	args     []string

	began               time.Time
	stormed, settled    time.Duration
	kills, stops, exits int
	claims              int   // that were open when a manager was killed or paused
	leases              int32 // transitions before the storm
	leaders             int32
	report              inspect.Report
	found               findings
}

func newTrial(spec context.Context, name string, managers int, args ...string) *trial {
	seed := uint64(GinkgoRandomSeed())
	t := &trial{spec: spec, name: name, dir: evidence(), ns: newNamespace(), dice: rand.New(rand.NewPCG(seed, 0)), args: args, leases: transitions()}
	t.bank = startBank(spec, t.dir)
	for i := range managers {
		t.managers = append(t.managers, startManager(spec, fmt.Sprintf("manager-%d", i), t.dir, t.bank, args...))
	}
	create(newCredentials(t.ns), newIssuer(t.ns, t.bank.url))
	for n := range pots {
		create(newBudget(t.ns, n))
	}
	for n := range payees {
		create(newPayee(t.ns, n))
	}
	t.bank.loseAnswers()
	var storm context.Context
	storm, t.over = context.WithCancel(spec)
	DeferCleanup(t.over)
	t.began = time.Now()
	t.user = startUser(storm, t.ns, seed)
	return t
}

func (t *trial) storming() bool { return t.spec.Err() == nil && time.Since(t.began) < sizes.storm }

// sleep ends early when the spec is interrupted.
func (t *trial) sleep(d time.Duration) {
	select {
	case <-t.spec.Done():
	case <-time.After(d):
	}
}

// aWhile is one to four seconds, drawn from the seed.
func (t *trial) aWhile() time.Duration {
	return time.Second + time.Duration(t.dice.IntN(3000))*time.Millisecond
}

// again starts the i-th manager after its end, as a Deployment does.
func (t *trial) again(i int) {
	t.managers[i] = startManager(t.spec, t.managers[i].name, t.dir, t.bank, t.args...)
}

// keepUp starts managers again that ended by themselves.
func (t *trial) keepUp() {
	for i, m := range t.managers {
		if m.ended() {
			t.exits++
			t.again(i)
		}
	}
}

// calm ends the storm, waits until all came true, and holds the books.
func (t *trial) calm() {
	GinkgoHelper()
	t.over()
	t.stormed = time.Since(t.began)
	t.bank.loseNoMore()
	t.user.finish()
	t.settle()
	t.settled = time.Since(t.began) - t.stormed
	t.leaders = transitions() - t.leases
	t.silence("with all objects in place")
	all := readBooks(t.ns, t.bank)
	t.report, t.found = all.report, audit(all)
	t.keep(all)
}

// settle waits until every object came true, and leaves it to the audit if one does not.
func (t *trial) settle() {
	GinkgoHelper()
	began := time.Now()
	for said := began; ; t.sleep(500 * time.Millisecond) {
		t.keepUp()
		all := readObjects(t.ns)
		left := lacking(all)
		if time.Since(said) > 5*time.Second || len(left) == 0 {
			said = time.Now()
			GinkgoWriter.Printf("%s: %d of %d objects came true after %s %.300s\n", t.name,
				len(all.objects())-len(left), len(all.objects()), time.Since(began).Round(time.Second), strings.Join(left, "; "))
		}
		if len(left) == 0 || time.Since(began) > sizes.settle || t.spec.Err() != nil {
			return
		}
	}
}

func lacking(all books) []string {
	var left []string
	for _, o := range all.objects() {
		if lacks := unfinished(o); lacks != "" {
			left = append(left, o.GetName()+" "+lacks)
		}
	}
	return left
}

// silence sees that nothing more is sent once all came true, over more than one look.
func (t *trial) silence(when string) {
	GinkgoHelper()
	count := func() int { _, sum := mutating(t.bank.report()); return sum.made }
	before := count()
	Consistently(count).WithTimeout(sync+2*time.Second).WithPolling(time.Second).Should(Equal(before), "the operator went on sending "+when)
}

// close deletes everything and sees it go.
func (t *trial) close() {
	GinkgoHelper()
	for _, kinds := range [][]client.Object{
		{&v1alpha1.Withdrawal{}}, {&v1alpha1.VirtualCard{}}, {&v1alpha1.Budget{}, &v1alpha1.Beneficiary{}}, {&v1alpha1.CardIssuer{}},
	} {
		for _, kind := range kinds {
			Expect(k8s.DeleteAllOf(ctx, kind, client.InNamespace(t.ns))).To(Succeed())
		}
	}
	began := time.Now()
	for len(t.remaining()) > 0 && time.Since(began) < sizes.settle {
		t.keepUp()
		t.sleep(500 * time.Millisecond)
	}
	GinkgoWriter.Printf("%s: everything was deleted after %s\n", t.name, time.Since(began).Round(time.Second))
	t.silence("after everything was deleted")
	all := readBooks(t.ns, t.bank)
	t.found = t.found.with(auditEnd(all, t.report))
	t.report = all.report
}

func (t *trial) remaining() []v1alpha1.Object {
	all := readObjects(t.ns)
	return all.objects()
}

// keep writes down what an engineer needs where something is wrong.
func (t *trial) keep(all books) {
	if len(t.found) == 0 {
		return
	}
	var text strings.Builder
	for _, o := range all.objects() {
		object, _ := yaml.Marshal(o)
		text.WriteString("---\n# " + fmt.Sprintf("%T", o) + "\n" + string(object))
	}
	var report strings.Builder
	_ = all.report.WriteText(&report)
	Expect(os.WriteFile(filepath.Join(t.dir, "objects.yaml"), []byte(text.String()), 0o600)).To(Succeed())
	Expect(os.WriteFile(filepath.Join(t.dir, "report.txt"), []byte(report.String()), 0o600)).To(Succeed())
}

// countClaims counts the effects whose outcome somebody else has to find out now.
func (t *trial) countClaims() {
	GinkgoHelper()
	all := readObjects(t.ns)
	for _, o := range all.objects() {
		if lo, has := o.(v1alpha1.LedgerObject); has && lo.Ledger().Intent != nil {
			t.claims++
		}
	}
}

// transitions is how often the lease went from one manager to another.
func transitions() int32 {
	var lease coordinationv1.Lease
	err := k8s.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: "card-operator.io"}, &lease)
	if err != nil || lease.Spec.LeaseTransitions == nil {
		return 0
	}
	return *lease.Spec.LeaseTransitions
}
