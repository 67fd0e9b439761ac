package history

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// ledgerKinds are the kinds with effects at the issuer.
var ledgerKinds = []apiserver.Kind{"Budget", "VirtualCard", "Beneficiary", "Withdrawal"}

// command finds what a condition tells a person to do.
var command = regexp.MustCompile(`kubectl -n \S+ annotate (?:--overwrite )?(\S+) (\S+) ([^=\s]+)=(\S+)`)

// AnswerQuestions does what the conditions ask of people, by the command in the message and
// with the truth from the issuer's books. It returns how many it answered.
func (p *People) AnswerQuestions() int {
	answered := 0
	for _, kind := range ledgerKinds {
		for _, live := range p.w.API.All(kind) {
			o, ok := live.(v1alpha1.LedgerObject)
			if ok && p.answer(apiserver.KeyOf(live), o) {
				answered++
			}
		}
	}
	p.Settled += answered
	return answered
}

func (p *People) answer(key apiserver.Key, o v1alpha1.LedgerObject) bool {
	stalled := engine.ConditionOf(o, v1alpha1.ConditionStalled)
	if stalled == nil {
		return false
	}
	found := command.FindStringSubmatch(stalled.Message)
	if found == nil || found[2] != o.GetName() {
		return false
	}
	switch found[3] {
	case v1alpha1.AnnotationSettle:
		value := strings.TrimSuffix(found[4], "=happened")
		if p.happened(o) {
			value += "=happened"
		} else {
			value += "=never"
		}
		if o.GetAnnotations()[v1alpha1.AnnotationSettle] == value {
			return false
		}
		p.w.Log("people", "settle", value)
		p.annotate(key, v1alpha1.AnnotationSettle, value)
		return true
	case v1alpha1.AnnotationOrphan:
		return p.giveUp(key, o)
	}
	return false
}

// giveUp lets an object go whose credentials are gone for good.
func (p *People) giveUp(key apiserver.Key, o v1alpha1.LedgerObject) bool {
	_, have := p.w.API.Find(keyOf("Secret/" + CredentialsName)).(*corev1.Secret)
	if have || o.GetDeletionTimestamp() == nil || o.GetAnnotations()[v1alpha1.AnnotationOrphan] != "" {
		return false
	}
	p.Left[o.GetName()] = true
	p.w.Log("people", "orphan", o.GetName())
	p.annotate(key, v1alpha1.AnnotationOrphan, "true")
	return true
}

// happened asks the issuer's books about an intent.
func (p *People) happened(o v1alpha1.LedgerObject) bool {
	in := o.Ledger().Intent
	if in == nil {
		return false
	}
	books := p.w.Issuer.Ledger().Snapshot()
	for _, m := range books.Movements {
		if m.ClientID == in.ID && m.Status != ledger.StatusFail {
			return true
		}
	}
	for _, c := range books.Cards {
		if c.ClientID == in.ID {
			return true
		}
	}
	return false
}
