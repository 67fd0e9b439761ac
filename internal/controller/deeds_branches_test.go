package controller_test

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
)

// What people do to the objects of a world.

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// create adds an object, its status too.
func (w *world) create(o client.Object) {
	w.t.Helper()
	full, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		w.t.Fatalf("%T", o)
	}
	w.must(w.api.Create(ctx, o))
	if _, ours := o.(v1alpha1.Object); !ours {
		return
	}
	full.SetResourceVersion(o.GetResourceVersion())
	w.must(w.api.Status().Update(ctx, full))
}

// again adds an object of the name of one that is gone.
func (w *world) again(o client.Object) {
	w.t.Helper()
	o.SetUID("uid-again")
	o.SetCreationTimestamp(metav1.NewTime(w.clock.Now()))
	w.create(o)
}

// delete deletes an object. Finalizers hold it back as of the time of day, which is what
// the fake API server has; deleted makes one that was deleted at the epoch.
func (w *world) delete(o client.Object) {
	w.t.Helper()
	w.must(w.api.Delete(ctx, o))
}

// change changes the stored object.
func change[T v1alpha1.Object](w *world, o T, f func(T)) {
	w.t.Helper()
	stored, _ := now(w, o)
	f(stored)
	w.must(w.api.Update(ctx, stored))
}

// status changes the stored status of an object.
func status[T v1alpha1.Object](w *world, o T, f func(T)) {
	w.t.Helper()
	stored, _ := now(w, o)
	f(stored)
	w.must(w.api.Status().Update(ctx, stored))
}

// changeSecret gives a key of a Secret another value.
func (w *world) changeSecret(name, key, value string) {
	w.t.Helper()
	var secret corev1.Secret
	w.must(w.api.Get(ctx, client.ObjectKey{Namespace: "ads", Name: name}, &secret))
	secret.Data[key] = []byte(value)
	w.must(w.api.Update(ctx, &secret))
}

// credentials are those of the CardIssuer. Their token says which bank they are of.
func credentials(token string, written time.Time) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "creds", UID: types.UID(token + written.String())},
		Data:       map[string][]byte{account.KeyAccessToken: []byte(token)},
	}
}

// replaceCredentials writes the Secret anew.
func (w *world) replaceCredentials(token string) {
	w.t.Helper()
	w.delete(credentials(token, epoch))
	w.create(credentials(token, w.clock.Now()))
}
