package cardsecret

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/internal/clock"
)

// janitorInterval is how often codes are looked for that have ended.
const janitorInterval = 30 * time.Second

// Janitor removes one-time codes that have ended under names by which no VirtualCard knows
// them any more: the spec was changed before the code ended, or a message came to a replica
// that had not heard of it. It is a manager.Runnable of the replica that leads.
type Janitor struct {
	Client client.Client
	Clock  clock.Clock
}

// Start tidies until ctx ends.
func (j *Janitor) Start(ctx context.Context) error {
	for j.Clock.Sleep(ctx, janitorInterval) == nil {
		if err := j.Tidy(ctx); err != nil {
			log.FromContext(ctx).WithName("one-time-codes").Error(err, "codes that have ended could not be removed; trying again")
		}
	}
	return nil
}

// Tidy removes every code that has ended. The VirtualCards remove theirs at the time.
func (j *Janitor) Tidy(ctx context.Context) error {
	list := metadataList()
	if err := j.Client.List(ctx, list, client.MatchingLabels{LabelOTP: "true"}); err != nil {
		return err
	}
	var failed error
	for i := range list.Items {
		secret := &list.Items[i]
		if ends, marked := ExpiresAt(secret); !marked || ends.After(j.Clock.Now()) {
			continue
		}
		secret.SetGroupVersionKind(Kind)
		uid, version := secret.UID, secret.ResourceVersion
		err := j.Client.Delete(ctx, secret, client.Preconditions{UID: &uid, ResourceVersion: &version})
		if client.IgnoreNotFound(err) != nil {
			failed = err
		}
	}
	return failed
}
