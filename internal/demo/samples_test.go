package demo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const realSamples = "../../config/samples"

func TestTheSamplesAreMadeToFitTheRun(t *testing.T) {
	got, err := readSamples(realSamples, "qbit", "http://127.0.0.1:4711", credentials{secret: map[string]string{"clientId": "me", "clientSecret": "s3cret"}})
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
	for _, d := range dialects {
		t.Run(d.field, func(t *testing.T) {
			dir := filepath.Join("../..", d.samples)
			got, err := readSamples(dir, d.field, "http://127.0.0.1:1", credentials{})
			if err != nil {
				t.Fatal(err)
			}
			names := map[string]bool{}
			for _, object := range got.ours() {
				names[object.GetName()] = true
				if object.GetNamespace() != got.namespace() {
					t.Errorf("%s lives in %q, the others in %q", object.GetName(), object.GetNamespace(), got.namespace())
				}
			}
			if kinds := got.kinds(); !slices.Contains(kinds, "CardIssuer") || !slices.Contains(kinds, "VirtualCard") || d.field == "qbit" && len(kinds) != len(shownKinds) {
				t.Errorf("the samples have %q", kinds)
			}
			for _, p := range purchases {
				if !names[p.card] {
					t.Errorf("the payer wants to pay with %s, which is not in the samples", p.card)
				}
			}
			account, err := sampleAccount(dir, d.field)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			if err := os.Mkdir(workDir, 0o700); err != nil {
				t.Fatal(err)
			}
			made, err := d.make(account)
			if err != nil || len(made.secret) == 0 || len(made.flags) == 0 {
				t.Errorf("%d keys, %d flags: %v", len(made.secret), len(made.flags), err)
			}
		})
	}
	if _, err := dialectOf("paypal"); err == nil || !strings.Contains(err.Error(), "interlace, qbit, qitech") {
		t.Errorf("an issuer that is not there: %v", err)
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
		if _, err := readSamples(dir, "qbit", "http://x", credentials{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}

func TestCredentialsReplaceWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kustomization.yaml", "resources: [all.yaml]")
	put(t, dir, "all.yaml", "kind: CardIssuer\nmetadata: {name: i}\nspec: {credentialsRef: {name: c}}\n"+
		"---\nkind: Secret\nmetadata: {name: c}\ndata: {clientId: b2xk}\n")
	got, err := readSamples(dir, "qbit", "http://x", credentials{secret: map[string]string{"clientId": "new", "clientSecret": "pw"}})
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
