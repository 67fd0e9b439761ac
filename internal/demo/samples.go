package demo

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/controlplane"
)

// group is the API group of the operator's kinds.
const group = "card-operator.io"

// samples are the objects of config/samples, made to fit this run.
type samples struct {
	objects []*unstructured.Unstructured
}

// readSamples reads the samples and puts the sandbox's address and credentials in.
func readSamples(dir, field, baseURL string, c credentials) (*samples, error) {
	objects, err := controlplane.ReadManifests(dir)
	if err != nil {
		return nil, err
	}
	s := &samples{objects: objects}
	issuer, err := s.issuer()
	if err != nil {
		return nil, err
	}
	if err := unstructured.SetNestedField(issuer.Object, baseURL, "spec", field, "baseURL"); err != nil {
		return nil, fmt.Errorf("putting the sandbox's address into the sample CardIssuer: %w", err)
	}
	return s, s.setCredentials(issuer, c)
}

// sampleAccount is what the sample CardIssuer says of its account, below its field.
func sampleAccount(dir, field string) (map[string]any, error) {
	objects, err := controlplane.ReadManifests(dir)
	if err != nil {
		return nil, err
	}
	issuer, err := (&samples{objects: objects}).issuer()
	if err != nil {
		return nil, err
	}
	account, found, err := unstructured.NestedMap(issuer.Object, "spec", field)
	if err != nil || !found {
		return nil, fmt.Errorf("the sample CardIssuer has no spec.%s", field)
	}
	return account, nil
}

// issuer is the one CardIssuer.
func (s *samples) issuer() (*unstructured.Unstructured, error) {
	for _, object := range s.objects {
		if object.GetKind() == "CardIssuer" {
			return object, nil
		}
	}
	return nil, errors.New("the samples hold no CardIssuer")
}

// setCredentials fills the Secret that the CardIssuer refers to.
func (s *samples) setCredentials(issuer *unstructured.Unstructured, c credentials) error {
	name, _, _ := unstructured.NestedString(issuer.Object, "spec", "credentialsRef", "name")
	for _, object := range s.objects {
		if object.GetKind() == "Secret" && object.GetName() == name && object.GetNamespace() == issuer.GetNamespace() {
			unstructured.RemoveNestedField(object.Object, "data")
			return unstructured.SetNestedStringMap(object.Object, c.secret, "stringData")
		}
	}
	return fmt.Errorf("the samples hold no Secret %q, which their CardIssuer refers to", name)
}

// namespace is where the samples live.
func (s *samples) namespace() string {
	if ours := s.ours(); len(ours) > 0 {
		return ours[0].GetNamespace()
	}
	return ""
}

// ours are the objects of the operator's kinds: those that must come true.
func (s *samples) ours() []*unstructured.Unstructured {
	return s.where(func(o *unstructured.Unstructured) bool { return o.GroupVersionKind().Group == group })
}

func (s *samples) where(wanted func(*unstructured.Unstructured) bool) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range s.objects {
		if wanted(object) {
			found = append(found, object)
		}
	}
	return found
}

// prepareSamples reads the samples and makes sure that no earlier run has left its own:
// their cards were in the ledger of a sandbox that is gone.
func (s *show) prepareSamples(ctx context.Context) (err error) {
	s.samples, err = readSamples(s.dialect.samples, s.dialect.field, s.sandbox.url(""), s.sandbox.credentials)
	if err != nil {
		return err
	}
	for _, object := range s.samples.ours() {
		err := s.cluster.client.Get(ctx, client.ObjectKeyFromObject(object), empty(object.GroupVersionKind()))
		if err == nil {
			return leftover(object)
		}
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("looking for objects of an earlier run: %w", err)
		}
	}
	return nil
}

func leftover(object *unstructured.Unstructured) error {
	return fmt.Errorf("%s %s is in this cluster already, from an earlier demo or your own work: "+
		"delete it (annotate it with card-operator.io/orphan=true first where its issuer is gone) and try again",
		object.GetKind(), client.ObjectKeyFromObject(object))
}

// applySamples applies the samples as `kubectl apply --server-side` would.
func (s *show) applySamples(ctx context.Context) error {
	s.screen.step("kubectl apply -k %s", s.dialect.samples)
	if s.Cluster == ClusterExisting {
		s.atEnd(s.removeSamples)
	}
	return controlplane.Apply(ctx, s.cluster.admin, s.samples.objects...)
}

func empty(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}
