// Command issuertable writes docs/issuers.md from what the adapters say of themselves, so
// that the table cannot tell anything else than the operator does.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/app"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

const uuid = "00000000-0000-4000-8000-000000000000"

// dialects are the fields of a CardIssuer's spec, in the order of the table.
var dialects = []struct {
	field string
	spec  v1alpha1.CardIssuerSpec
}{
	{"qbit", v1alpha1.CardIssuerSpec{Qbit: &v1alpha1.QbitIssuer{BaseURL: "https://api-global.qbitnetwork.com"}}},
	{"interlace", v1alpha1.CardIssuerSpec{Interlace: &v1alpha1.InterlaceIssuer{BaseURL: "https://api.interlace.money", AccountID: uuid}}},
	{"qitech", v1alpha1.CardIssuerSpec{QITech: &v1alpha1.QITechIssuer{BaseURL: "https://api-auth.qitech.app", AccountKey: uuid, ProgramKey: uuid}}},
}

// rows are the features in a reader's order, and the manifest's words for them.
var rows = []struct {
	feature issuer.Feature
	asks    string
}{
	{issuer.FeaturePrepaidCards, "`VirtualCard` `type: Prepaid`"},
	{issuer.FeatureBudgetCards, "`VirtualCard` `type: Budget`"},
	{issuer.FeatureBINs, "`spec.bin`"},
	{issuer.FeatureScenarios, "`spec.scenario`: a BIN by what the card is for"},
	{issuer.FeatureCardholders, "`spec.cardholder` is found or registered at the issuer"},
	{issuer.FeatureCardholderIDs, "`spec.cardholderId`"},
	{issuer.FeatureAddress, "`spec.billingAddress`"},
	{issuer.FeatureUsage, "`spec.usage`"},
	{issuer.FeatureFunding, "`spec.funding`: money of the card's own"},
	{issuer.FeatureHolds, "`spec.hold`"},
	{issuer.FeatureLimits, "`spec.limits`"},
	{issuer.FeatureFreeze, "`spec.state: Frozen`"},
	{issuer.FeatureRelabel, "changing `spec.label`"},
	{issuer.FeatureCVVRotation, "`spec.cvvRotationInterval`; the Secret follows"},
	{issuer.FeatureReveal, "`spec.secret`"},
	{issuer.FeatureFingerprint, "`spec.secret.mode: Fingerprint`"},
	{issuer.FeatureOTP, "`spec.secret.otp`: 3-D Secure codes"},
	{issuer.FeatureBudgets, "`Budget`"},
	{issuer.FeatureBudgetRename, "changing a Budget's `displayName`"},
	{issuer.FeatureBeneficiaries, "`Beneficiary`"},
	{issuer.FeatureWithdrawals, "`Withdrawal`"},
	{issuer.FeatureWebhooks, "webhooks"},
	{issuer.FeatureLookup, "a new card among many is found by one call"},
}

func main() {
	out := "docs/issuers.md"
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	text, err := render()
	if err == nil {
		err = os.WriteFile(out, []byte(text), 0o644) //nolint:gosec // a document that everybody may read
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "issuertable:", err)
		os.Exit(1)
	}
}

func render() (string, error) {
	var all []issuer.Capabilities
	for _, d := range dialects {
		can, err := capabilities(d.spec)
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.field, err)
		}
		all = append(all, can)
	}
	var b strings.Builder
	b.WriteString(head)
	writeTable(&b, all)
	b.WriteString(between)
	for i, can := range all {
		fmt.Fprintf(&b, "\n### %s (`spec.%s`)\n\n", can.Name, dialects[i].field)
		writePromises(&b, can)
		writeAssumptions(&b, can)
	}
	return b.String(), unnamed(all)
}

// unnamed refuses a table that leaves out what an adapter can do.
func unnamed(all []issuer.Capabilities) error {
	for _, can := range all {
		for f, has := range can.Features {
			if has && !slices.ContainsFunc(rows, func(r struct {
				feature issuer.Feature
				asks    string
			}) bool {
				return r.feature == f
			}) {
				return fmt.Errorf("%s can do %s, which has no row here", can.Name, f)
			}
		}
	}
	return nil
}

func capabilities(spec v1alpha1.CardIssuerSpec) (issuer.Capabilities, error) {
	hosts, err := transport.ParseAllowList(transport.DefaultIssuerHosts)
	if err != nil {
		return issuer.Capabilities{}, err
	}
	private, public, err := keys()
	if err != nil {
		return issuer.Capabilities{}, err
	}
	creds := account.Credentials{
		ClientID: issuer.NewSensitive("id"), ClientSecret: issuer.NewSensitive(strings.Repeat("s", 32)),
		APIKey: issuer.NewSensitive(uuid), PrivateKey: issuer.NewSensitive(private), WebhookPublicKey: issuer.NewSensitive(public),
	}
	adapter, err := app.Dialer(hosts, clock.Real{}, nil)(&v1alpha1.CardIssuer{Spec: spec}, creds, engine.DefaultTiming)
	if err != nil {
		return issuer.Capabilities{}, err
	}
	return adapter.Capabilities(), nil
}

// keys are a key pair as PEM: an adapter shows all that it can do only with all credentials.
func keys() (private, public string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", "", err
	}
	shown, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	private = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	return private, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: shown})), err
}

func writeTable(b *strings.Builder, all []issuer.Capabilities) {
	b.WriteString("| a manifest asks for |")
	for _, can := range all {
		fmt.Fprintf(b, " %s |", can.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(all)) + "\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |", row.asks)
		for _, can := range all {
			fmt.Fprintf(b, " %s |", map[bool]string{true: "yes", false: "–"}[can.Has(row.feature)])
		}
		b.WriteString("\n")
	}
	b.WriteString("| longest label, token included |")
	for _, can := range all {
		fmt.Fprintf(b, " %d |", can.MaxLabel)
	}
	b.WriteString("\n")
}

func writePromises(b *strings.Builder, can issuer.Capabilities) {
	var calls []string
	for call, replays := range can.Replays {
		if replays {
			calls = append(calls, "`"+string(call)+"`")
		}
	}
	if len(calls) == 0 {
		b.WriteString("No call is documented to have its effect once per id: an order with a lost answer is looked for, and sent again only when its absence can be believed.\n")
		return
	}
	slices.Sort(calls)
	window := "for ever"
	if can.ReplayWindow > 0 {
		window = fmt.Sprintf("for %d days", int(can.ReplayWindow/(24*time.Hour)))
	}
	fmt.Fprintf(b, "Documented to have their effect once per id, %s: %s. Relied upon only with `spec.assumptions.replay: AsDocumented`.\n", window, strings.Join(calls, ", "))
}

func writeAssumptions(b *strings.Builder, can issuer.Capabilities) {
	if len(can.Assumed) == 0 {
		b.WriteString("\nNothing is assumed.\n")
		return
	}
	b.WriteString("\n| assumed, not documented | what changes it |\n|---|---|\n")
	for _, a := range can.Assumed {
		fmt.Fprintf(b, "| %s | %s |\n", cell(a.What), cell(a.Option))
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

const head = `<!-- Written by hack/issuertable from the adapters' own capabilities (make generate). Do not edit. -->
# What each issuer can do

The same manifests work on every issuer that can do what they ask. What an issuer cannot do is said by the object: condition reason
` + "`Unsupported`" + `, with the field named, before any call is made.

`

const between = `
## What is documented and what is assumed

Where an issuer's documents are silent or contradict themselves, the operator assumes what is listed here. The last column says how to change it.
`
