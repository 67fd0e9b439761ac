package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// virtualCard is the kind of cards.
var virtualCard = schema.GroupVersionKind{Group: group, Version: "v1alpha1", Kind: "VirtualCard"}

// cardSecret reads the Secret of a card.
func (s *show) cardSecret(ctx context.Context, card string) (*corev1.Secret, error) {
	object := empty(virtualCard)
	key := client.ObjectKey{Namespace: s.samples.namespace(), Name: card}
	if err := s.cluster.client.Get(ctx, key, object); err != nil {
		return nil, fmt.Errorf("looking at card %s: %w", card, err)
	}
	key.Name, _, _ = unstructured.NestedString(object.Object, "status", "secretName")
	if key.Name == "" {
		return nil, fmt.Errorf("card %s is ready and names no Secret in status.secretName", card)
	}
	secret := &corev1.Secret{}
	if err := s.cluster.client.Get(ctx, key, secret); err != nil {
		return nil, fmt.Errorf("reading the Secret of card %s: %w", card, err)
	}
	return secret, nil
}

// showSecrets prints which Secrets the cards have: types, keys and sizes, no values.
func (s *show) showSecrets(ctx context.Context) error {
	var secrets []*corev1.Secret
	for _, sample := range s.samples.ours() {
		if _, wanted, _ := unstructured.NestedMap(sample.Object, "spec", "secret"); !wanted {
			continue
		}
		secret, err := s.cardSecret(ctx, sample.GetName())
		if err != nil {
			return err
		}
		secrets = append(secrets, secret)
	}
	s.screen.heading("The Secrets that pods mount (keys and sizes; the values are nobody's business)")
	s.screen.say("%s", renderSecrets(secrets))
	return nil
}

// renderSecrets lists Secrets without what is in them.
func renderSecrets(secrets []*corev1.Secret) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 3, ' ', 0)
	printRow(w, []string{"NAME", "TYPE", "KEYS"})
	for _, secret := range secrets {
		printRow(w, []string{secret.Name, string(secret.Type), strings.Join(keySizes(secret.Data), ", ")})
	}
	_ = w.Flush() // a strings.Builder takes everything
	return strings.TrimRight(trimLines(out.String()), "\n")
}

func keySizes(data map[string][]byte) []string {
	var sizes []string
	for _, key := range slices.Sorted(maps.Keys(data)) {
		sizes = append(sizes, fmt.Sprintf("%s (%d)", key, len(data[key])))
	}
	return sizes
}
