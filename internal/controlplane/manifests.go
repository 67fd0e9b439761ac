package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// fieldOwner is who server-side apply says has set the fields of a manifest.
const fieldOwner = "card-operator-setup"

// ReadManifests reads the objects of a directory, exactly those that its
// kustomization.yaml lists and in that order.
func ReadManifests(dir string) ([]*unstructured.Unstructured, error) {
	names, err := resources(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("reading a manifest: %w", err)
		}
		parsed, err := ParseManifests(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
		}
		objects = append(objects, parsed...)
	}
	return objects, nil
}

// ParseManifests parses YAML documents into objects. Empty documents are left out.
func ParseManifests(text []byte) ([]*unstructured.Unstructured, error) {
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), len(text)+1)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		switch err := decoder.Decode(&object.Object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("this is not a Kubernetes manifest: %w", err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// Apply applies objects in their order with server-side apply.
func Apply(ctx context.Context, cfg *rest.Config, objects ...*unstructured.Unstructured) error {
	cluster, err := client.New(cfg, client.Options{})
	if err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	for _, object := range objects {
		config := client.ApplyConfigurationFromUnstructured(object.DeepCopy())
		if err := cluster.Apply(ctx, config, client.FieldOwner(fieldOwner), client.ForceOwnership); err != nil {
			return fmt.Errorf("applying %s %s: %w", object.GetKind(), client.ObjectKeyFromObject(object), err)
		}
	}
	return nil
}

// ApplyRBAC applies a directory of RBAC manifests, usually config/rbac, and the
// namespaces that they name.
func ApplyRBAC(ctx context.Context, cfg *rest.Config, dir string) error {
	objects, err := ReadManifests(dir)
	if err != nil {
		return err
	}
	return Apply(ctx, cfg, append(namespacesOf(objects), objects...)...)
}

// namespacesOf are the namespaces that objects live in, each once.
func namespacesOf(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	seen := map[string]bool{"": true}
	var namespaces []*unstructured.Unstructured
	for _, object := range objects {
		name := object.GetNamespace()
		if seen[name] {
			continue
		}
		seen[name] = true
		namespace := &unstructured.Unstructured{}
		namespace.SetAPIVersion("v1")
		namespace.SetKind("Namespace")
		namespace.SetName(name)
		namespaces = append(namespaces, namespace)
	}
	return namespaces
}

func resources(kustomization string) ([]string, error) {
	text, err := os.ReadFile(kustomization)
	if err != nil {
		return nil, fmt.Errorf("reading which manifests there are: %w", err)
	}
	var listed struct {
		Resources []string `json:"resources"`
	}
	if err := yaml.Unmarshal(text, &listed); err != nil {
		return nil, fmt.Errorf("%s: %w", kustomization, err)
	}
	if len(listed.Resources) == 0 {
		return nil, fmt.Errorf("%s lists no resources", kustomization)
	}
	return listed.Resources, nil
}
