package controlplane_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/card-operator/card-operator/internal/controlplane"
)

func TestParseManifests(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want string
	}{
		"one":               {"kind: A\nmetadata: {name: x}", "A/x"},
		"two":               {"kind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: z}", "A/x B/z"},
		"comments between":  {"# hello\n---\nkind: A\nmetadata: {name: x}\n---\n# bye\n", "A/x"},
		"nothing":           {"", ""},
		"a dash in a value": {"kind: A\nmetadata: {name: x}\nspec: '---'", "A/x"},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := controlplane.ParseManifests([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range objects {
				got = append(got, o.GetKind()+"/"+o.GetName())
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseManifestsRefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{"just words", "- a\n- list", "kind: [unclosed"} {
		if objects, err := controlplane.ParseManifests([]byte(text)); err == nil {
			t.Errorf("%q was taken for %v", text, objects)
		}
	}
}

func TestReadManifestsFollowsTheKustomization(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "kustomization.yaml", "resources: [b.yaml, a.yaml]")
	write(t, dir, "a.yaml", "kind: A")
	write(t, dir, "b.yaml", "kind: B")
	write(t, dir, "unlisted.yaml", "kind: C")
	objects, err := controlplane.ReadManifests(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 2 || objects[0].GetKind() != "B" || objects[1].GetKind() != "A" {
		t.Errorf("got %v, want B and A", objects)
	}
}

func TestReadManifestsNamesTheFileThatIsBroken(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"kustomization.yaml": {},
		"gone.yaml":          {"kustomization.yaml": "resources: [gone.yaml]"},
		"bad.yaml":           {"kustomization.yaml": "resources: [bad.yaml]", "bad.yaml": "words"},
		"lists no resources": {"kustomization.yaml": "resources: []"},
	} {
		dir := t.TempDir()
		for file, text := range files {
			write(t, dir, file, text)
		}
		if _, err := controlplane.ReadManifests(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error about %s, got %v", name, err)
		}
	}
}

func TestKubeconfigKeepsEverythingThatConnects(t *testing.T) {
	text, err := controlplane.Kubeconfig(&rest.Config{
		Host: "https://127.0.0.1:1", BearerToken: "t0ken",
		TLSClientConfig: rest.TLSClientConfig{CAData: []byte("ca"), ServerName: "api"},
	}, "growth")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := clientcmd.NewClientConfigFromBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := loaded.ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	namespace, _, err := loaded.Namespace()
	if err != nil || namespace != "growth" {
		t.Errorf("got namespace %q and %v", namespace, err)
	}
	if cfg.Host != "https://127.0.0.1:1" || cfg.BearerToken != "t0ken" || string(cfg.CAData) != "ca" || cfg.ServerName != "api" {
		t.Errorf("the kubeconfig lost something: %s", cfg)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
