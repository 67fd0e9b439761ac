package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// dialect is an issuer that the sandbox plays, and the samples for it.
type dialect struct {
	// field is the CardIssuer's, below spec.
	field string
	// words name the issuer for the audience.
	words string
	// samples is their directory, relative to the root of the repository.
	samples string
	// make makes up credentials for one run. account is what the sample CardIssuer says
	// below its field.
	make func(account map[string]any) (credentials, error)
}

// credentials are made up for each run: what the Secret holds, and the flags by which the
// sandbox knows them.
type credentials struct {
	secret map[string]string
	flags  []string
}

var dialects = []dialect{
	{"qbit", "Qbit v1", samplesDir, clientCredentials("--client-secret")},
	{"interlace", "Interlace v3", samplesDir + "/interlace", clientCredentials("--interlace-secret")},
	{"qitech", "QI Tech", samplesDir + "/qitech", keyPair},
}

// dialectOf finds a dialect by the CardIssuer's field.
func dialectOf(name string) (dialect, error) {
	var names []string
	for _, d := range dialects {
		if d.field == name {
			return d, nil
		}
		names = append(names, d.field)
	}
	slices.Sort(names)
	return dialect{}, fmt.Errorf("unknown issuer %q: want one of %s", name, strings.Join(names, ", "))
}

// clientCredentials are a client id and a secret of 32 characters, which is a key of
// AES-256 too.
func clientCredentials(secretFlag string) func(map[string]any) (credentials, error) {
	return func(account map[string]any) (credentials, error) {
		id, _, err := unstructured.NestedString(account, "accountId")
		if err != nil || id == "" {
			return credentials{}, errors.New("the sample CardIssuer names no accountId")
		}
		client, secret := "demo-"+rand.Text()[:8], (rand.Text() + rand.Text())[:32]
		return credentials{
			secret: map[string]string{"clientId": client, "clientSecret": secret},
			flags:  []string{"--client-id=" + client, secretFlag + "=" + secret, "--account-id=" + id},
		}, nil
	}
}

// keyPair is a P-521 key, whose public half the sandbox gets.
func keyPair(account map[string]any) (credentials, error) {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return credentials{}, fmt.Errorf("making a key: %w", err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return credentials{}, fmt.Errorf("making a key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return credentials{}, fmt.Errorf("making a key: %w", err)
	}
	file := filepath.Join(workDir, "qitech-public-key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600); err != nil {
		return credentials{}, fmt.Errorf("handing a key to the sandbox: %w", err)
	}
	accountKey, _, _ := unstructured.NestedString(account, "accountKey")
	programKey, _, _ := unstructured.NestedString(account, "programKey")
	apiKey := strings.ToLower("demo-" + rand.Text()[:8])
	return credentials{
		secret: map[string]string{"apiKey": apiKey, "privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))},
		flags: []string{"--qitech-api-key=" + apiKey, "--qitech-public-key-file=" + file,
			"--qitech-account-key=" + accountKey, "--qitech-program-key=" + programKey},
	}, nil
}
