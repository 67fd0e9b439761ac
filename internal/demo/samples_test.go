package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const realSamples = "../../config/samples"

func TestTheSamplesAreMadeToFitTheRun(t *testing.T) {
	got, err := readSamples(realSamples, "http://127.0.0.1:4711", credentials{"me", "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := got.issuer()
	if err != nil {
		t.Fatal(err)
	}
	if url, _, _ := unstructured.NestedString(issuer.Object, "spec", "qbit", "baseURL"); url != "http://127.0.0.1:4711" {
		t.Errorf("the CardIssuer points to %q", url)
	}
	for _, object := range got.objects {
		if object.GetKind() == "Secret" && object.GetName() == "sandbox-credentials" {
			values, _, _ := unstructured.NestedStringMap(object.Object, "stringData")
			if values["clientId"] != "me" || values["clientSecret"] != "s3cret" {
				t.Error("the credentials are not in their Secret")
			}
			return
		}
	}
	t.Error("no Secret has the credentials")
}

func TestTheSamplesShowWhatTheDemoPromises(t *testing.T) {
	got, err := readSamples(realSamples, "http://127.0.0.1:1", credentials{})
	if err != nil {
		t.Fatal(err)
	}
	kinds, names := map[string]int{}, map[string]bool{}
	for _, object := range got.ours() {
		kinds[object.GetKind()]++
		names[object.GetName()] = true
		if object.GetNamespace() != got.namespace() {
			t.Errorf("%s lives in %q, the others in %q", object.GetName(), object.GetNamespace(), got.namespace())
		}
	}
	for _, kind := range shownKinds {
		if kinds[kind] == 0 {
			t.Errorf("the samples have no %s", kind)
		}
	}
	for _, p := range purchases {
		if !names[p.card] {
			t.Errorf("the payer wants to pay with %s, which is not in the samples", p.card)
		}
	}
	if account, err := sampleAccount(realSamples); err != nil || account == "" {
		t.Errorf("the account of the samples is %q: %v", account, err)
	}
}

func TestSamplesThatCannotBeUsedAreRefused(t *testing.T) {
	const issuer = "kind: CardIssuer\nmetadata: {name: i}\nspec: {credentialsRef: {name: c}, qbit: {accountId: a}}\n"
	for want, text := range map[string]string{
		"no CardIssuer": "kind: Secret\nmetadata: {name: c}\n",
		`no Secret "c"`: issuer + "---\nkind: Secret\nmetadata: {name: other}\n",
		"sandbox's address": "kind: CardIssuer\nmetadata: {name: i}\nspec: {qbit: words, credentialsRef: {name: c}}\n" +
			"---\nkind: Secret\nmetadata: {name: c}\n",
	} {
		dir := t.TempDir()
		put(t, dir, "kustomization.yaml", "resources: [all.yaml]")
		put(t, dir, "all.yaml", text)
		if _, err := readSamples(dir, "http://x", credentials{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}

func TestCredentialsReplaceWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kustomization.yaml", "resources: [all.yaml]")
	put(t, dir, "all.yaml", "kind: CardIssuer\nmetadata: {name: i}\nspec: {credentialsRef: {name: c}}\n"+
		"---\nkind: Secret\nmetadata: {name: c}\ndata: {clientId: b2xk}\n")
	got, err := readSamples(dir, "http://x", credentials{"new", "pw"})
	if err != nil {
		t.Fatal(err)
	}
	if _, stale := got.objects[1].Object["data"]; stale {
		t.Error("the old values stayed")
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
