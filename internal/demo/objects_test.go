package demo

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTablesLookLikeKubectls(t *testing.T) {
	got := renderTable(&metav1.Table{
		ColumnDefinitions: []metav1.TableColumnDefinition{{Name: "Name"}, {Name: "Ready"}, {Name: "ID", Priority: 1}, {Name: "Cards"}},
		Rows: []metav1.TableRow{
			{Cells: []any{"search-ads", "True", "hidden", float64(3)}},
			{Cells: []any{"b", nil, "hidden", ""}},
		},
	})
	want := "NAME         READY    CARDS\nsearch-ads   True     3\nb            <none>   <none>\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPlurals(t *testing.T) {
	for kind, want := range map[string]string{
		"Beneficiary": "beneficiaries", "VirtualCard": "virtualcards", "CardIssuer": "cardissuers",
	} {
		if got := plural(kind); got != want {
			t.Errorf("%s: got %s", kind, got)
		}
	}
}

func TestSecretsAreShownWithoutTheirValues(t *testing.T) {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "search-ads-card"}, Type: "card-operator.io/card",
		Data: map[string][]byte{"pan": []byte("4111111111111111"), "cvv": []byte("987")},
	}
	got := renderSecrets([]*corev1.Secret{secret})
	if strings.Contains(got, "4111") || strings.Contains(got, "987") {
		t.Fatal("a value is shown")
	}
	for _, want := range []string{"search-ads-card", "card-operator.io/card", "cvv (3), pan (16)"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown in\n%s", want, got)
		}
	}
}
