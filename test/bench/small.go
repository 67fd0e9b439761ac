package main

import (
	"context"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/clock"
)

// wall is the time that is measured.
var wall clock.Real

func sleep(ctx context.Context, d time.Duration) error { return wall.Sleep(ctx, d) }

func keyOf(o client.Object) client.ObjectKey { return client.ObjectKeyFromObject(o) }

// short is a name that a directory can have.
func short(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "/", "-")
}

// guess is the resource of an object of somebody else's kind.
func guess(o client.Object) (string, bool) {
	plural, _ := meta.UnsafeGuessKindToResource(o.GetObjectKind().GroupVersionKind())
	return plural.Resource, plural.Resource != ""
}
