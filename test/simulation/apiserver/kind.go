package apiserver

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Kind names a kind: "VirtualCard", "Secret".
type Kind string

// Kinds are all that the model knows.
var Kinds = []Kind{"CardIssuer", "Budget", "VirtualCard", "Beneficiary", "Withdrawal", "Secret", "Namespace"}

// Key names an object.
type Key struct {
	Kind            Kind
	Namespace, Name string
}

// KeyOf is the key of an object, also of one that has only its metadata.
func KeyOf(o client.Object) Key {
	return Key{KindOf(o), o.GetNamespace(), o.GetName()}
}

// KindOf is the kind of an object or of the items of a list.
func KindOf(o runtime.Object) Kind {
	switch o.(type) {
	case *v1alpha1.VirtualCard:
		return "VirtualCard"
	case *corev1.Secret:
		return "Secret"
	}
	if kind := o.GetObjectKind().GroupVersionKind().Kind; kind != "" {
		return Kind(strings.TrimSuffix(kind, "List"))
	}
	return Kind(strings.TrimSuffix(reflect.TypeOf(o).Elem().Name(), "List"))
}

func (k Key) resource() schema.GroupResource {
	group := v1alpha1.GroupVersion.Group
	if k.Kind == "Secret" || k.Kind == "Namespace" {
		group = ""
	}
	return schema.GroupResource{Group: group, Resource: strings.ToLower(string(k.Kind)) + "s"}
}

func (k Key) notFound() error { return apierrors.NewNotFound(k.resource(), k.Name) }

func (k Key) conflict(why string) error {
	return apierrors.NewConflict(k.resource(), k.Name, errString(why))
}

type errString string

func (e errString) Error() string { return string(e) }

// clone is a deep copy of the same type.
func clone[T client.Object](o T) T {
	c, ok := o.DeepCopyObject().(T)
	if !ok {
		return o
	}
	return c
}

// part is a field of an object by its name: Spec, Status.
func part(o client.Object, name string) reflect.Value {
	return reflect.ValueOf(o).Elem().FieldByName(name)
}

// Assign copies one object over another of the same type.
func Assign(to, from client.Object) {
	reflect.ValueOf(to).Elem().Set(reflect.ValueOf(clone(from)).Elem())
}

// Metadata is a copy of an object's metadata.
func Metadata(o client.Object) metav1.ObjectMeta {
	meta, _ := part(clone(o), "ObjectMeta").Interface().(metav1.ObjectMeta)
	return meta
}
