package history

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// rotate changes the credentials at the issuer, which takes the old ones no more, and in
// the cluster: people are rarely quick enough to do both at once.
func (p *People) rotate(a Action) {
	seconds, _ := strconv.Atoi(a.Value)
	number := len(p.Secrets) + 1
	id, secret := "sandbox-"+strconv.Itoa(number), fmt.Sprintf("sandbox-secret-number-%010d", number)
	p.Secrets = append(p.Secrets, secret)
	lead := time.Duration(seconds) * time.Second
	p.w.After(max(0, -lead), func() {
		if number > p.inForce {
			p.inForce = number
			p.w.Revoke(id, secret)
		}
	})
	p.w.After(max(0, lead), func() { p.tellCluster(number, id, secret) })
}

func (p *People) tellCluster(number int, id, secret string) {
	live, ok := p.w.API.Find(keyOf("Secret/" + CredentialsName)).(*corev1.Secret)
	if !ok || number < p.inCluster {
		return
	}
	p.inCluster = number
	next := live.DeepCopy()
	next.Data = p.speech.rotated(id, secret)
	_, _ = p.w.API.Update(next)
	// As docs/runbook.md says. Without it objects whose credentials were refused wait for
	// the CardIssuer's next sync, which may be spec.syncInterval away.
	p.lookNow(Action{Name: "CardIssuer/" + bank.Name})
}
