package integration

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// manifests that the CRDs accept; each entry below changes one thing.
var valid = map[string]string{
	"CardIssuer":  `{ownerId: fleet, qbit: {baseURL: "https://issuer.example.com"}, credentialsRef: {name: creds}}`,
	"Budget":      `{issuerRef: {name: bank}}`,
	"VirtualCard": `{issuerRef: {name: nowhere}, type: Prepaid, bin: "493193"}`,
	"Withdrawal":  `{issuerRef: {name: bank}, cardRef: {name: card}, beneficiaryRef: {name: payee}, amount: "1"}`,
	"Beneficiary": `{issuerRef: {name: bank}, lastName: X, currency: USD, accountNumber: "1", bankName: Bank}`,
}

// apply creates a manifest with changes to its spec: path=value in YAML; "path=" removes.
func apply(ns, kind string, changes ...string) (*unstructured.Unstructured, error) {
	GinkgoHelper()
	spec := map[string]any{}
	Expect(yaml.Unmarshal([]byte(valid[kind]), &spec)).To(Succeed())
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetAPIVersion("card-operator.io/v1alpha1")
	o.SetKind(kind)
	o.SetNamespace(ns)
	o.SetGenerateName("v-")
	change(o, changes...)
	return o, k8s.Create(ctx, o)
}

func change(o *unstructured.Unstructured, changes ...string) {
	GinkgoHelper()
	for _, c := range changes {
		path, text, _ := strings.Cut(c, "=")
		fields := append([]string{"spec"}, strings.Split(path, ".")...)
		if text == "" {
			unstructured.RemoveNestedField(o.Object, fields...)
			continue
		}
		var value any
		Expect(yaml.Unmarshal([]byte(text), &value)).To(Succeed())
		if n, isFloat := value.(float64); isFloat {
			value = int64(n)
		}
		Expect(unstructured.SetNestedField(o.Object, value, fields...)).To(Succeed())
	}
}

var _ = Describe("The API server", func() {
	var ns string
	BeforeEach(func() { ns = newNamespace() })

	DescribeTable("accepts", func(kind string, changes ...string) {
		_, err := apply(ns, kind, changes...)
		Expect(err).NotTo(HaveOccurred())
	},
		Entry(nil, "CardIssuer"),
		Entry(nil, "CardIssuer", `allowedNamespaces={from: Selector, selector: {matchLabels: {a: b}}}`),
		Entry(nil, "CardIssuer", `syncInterval="30s"`, `rateLimit={requestsPerSecond: 100, burst: 200}`),
		Entry(nil, "CardIssuer", `assumptions={callTimeout: 20s, listingLag: 0s, issuingLag: 5m, patience: 1h}`),
		Entry(nil, "CardIssuer", `qbit={baseURL: "http://127.0.0.1:8808/", accountId: abc-1, accessTokenHeader: x-access-token, pageSize: 10, budgetOpening: "1"}`),
		Entry(nil, "CardIssuer", `qbit=`, `qitech={baseURL: "http://127.0.0.1:8808", accountKey: 5294ed8d-08fc-4397-b15f-6d9aa07b0041, programKey: 7d405c31-ec9a-46c1-8ac8-54bab209bf41, pageSize: 10}`),
		Entry(nil, "Budget", `funding="0"`), Entry(nil, "Budget", `funding="999999999999.99"`),
		Entry(nil, "Budget", `deletionPolicy=Drain`, `externalId=abc-123`, `displayName=默认`, `suspend=true`),
		Entry(nil, "VirtualCard", `funding="12.5"`, `hold="0.01"`, `state=Frozen`, `deletionPolicy=Retain`),
		Entry(nil, "VirtualCard", `type=Budget`, `budgetRef={name: pot}`),
		Entry(nil, "VirtualCard", `type=Budget`, `externalId=abc`),
		Entry(nil, "VirtualCard", `cardholder={firstName: A, lastName: B, email: a@b.c, phone: {countryCode: "86", number: "13021918707"}}`),
		Entry(nil, "VirtualCard", `bin=`, `scenario=TikTok`), Entry(nil, "VirtualCard", `cardholderId=ch-1`),
		Entry(nil, "VirtualCard", `secret={name: x.y-z, keys: {pan: A, cvv: B}, refreshInterval: 1h, expireAfter: 15m}`),
		Entry(nil, "VirtualCard", `secret={mode: Fingerprint, keys: {fingerprint: F, lastFour: L}}`),
		Entry(nil, "VirtualCard", `limits=[{interval: Day, amount: "10"}, {interval: Month, amount: "100"}]`),
		Entry(nil, "VirtualCard", `cvvRotationInterval=72h`, `billingAddress={country: US}`, `usage=ads`, `label=x`),
		Entry(nil, "Withdrawal", `amount="0.01"`, `paymentId=invoice-2026:11_a.b`, `suspend=true`),
		Entry(nil, "Beneficiary", `accountNumber=`, `accountNumberFrom={name: s, key: k}`),
		Entry(nil, "Beneficiary", `routingType=sort_code`, `relationship=SAME_ACCOUNT`, `accountType=Individual`),
	)

	for kind, fields := range map[string][]string{
		"Budget": {"funding"}, "VirtualCard": {"funding", "hold"}, "Withdrawal": {"amount"},
	} {
		for _, field := range fields {
			for _, bad := range []string{"-1", "1.", ".5", "1.234", "1e3", "1k", "1,000", "+1", "$5", " 1", "NaN", "1000000000000"} {
				It(fmt.Sprintf("refuses %s spec.%s %q", kind, field, bad), func() {
					_, err := apply(ns, kind, fmt.Sprintf("%s=%q", field, bad))
					Expect(err).To(MatchError(ContainSubstring("must be a plain decimal amount such as")))
				})
			}
		}
	}

	DescribeTable("refuses, with a message that a person understands", func(message, kind string, changes ...string) {
		_, err := apply(ns, kind, changes...)
		Expect(err).To(MatchError(ContainSubstring(message)))
	},
		Entry(nil, "exactly one of spec.qbit, spec.interlace and spec.qitech", "CardIssuer", `qbit=`),
		Entry(nil, "must be lower-case letters", "CardIssuer", `ownerId=Fleet A`),
		Entry(nil, "must be scheme and host only", "CardIssuer", `qbit={baseURL: "https://user@issuer.example.com"}`),
		Entry(nil, "must be scheme and host only", "CardIssuer", `qbit={baseURL: "https://issuer.example.com/path"}`),
		Entry(nil, "must be scheme and host only", "CardIssuer", `qbit={baseURL: "file:///etc/passwd"}`),
		Entry(nil, "must be the account's id", "CardIssuer", `qbit={baseURL: "https://issuer.example.com", accountId: "a b"}`),
		Entry(nil, "spec.qitech.pageSize in body should be less than or equal to 100", "CardIssuer", `qbit=`, `qitech={baseURL: "http://127.0.0.1:8808", accountKey: 5294ed8d-08fc-4397-b15f-6d9aa07b0041, programKey: 7d405c31-ec9a-46c1-8ac8-54bab209bf41, pageSize: 101}`),
		Entry(nil, "spec.qitech.pageSize in body should be greater than or equal to 1", "CardIssuer", `qbit=`, `qitech={baseURL: "http://127.0.0.1:8808", accountKey: 5294ed8d-08fc-4397-b15f-6d9aa07b0041, programKey: 7d405c31-ec9a-46c1-8ac8-54bab209bf41, pageSize: -1}`),
		Entry(nil, "needs a selector", "CardIssuer", `allowedNamespaces={from: Selector}`),
		Entry(nil, "only for from: Selector", "CardIssuer", `allowedNamespaces={from: All, selector: {}}`),
		Entry(nil, "must lie between 1s and 24h", "CardIssuer", `syncInterval="0s"`),
		Entry(nil, "must lie between 1s and 5m", "CardIssuer", `assumptions={callTimeout: 1h}`),
		Entry(nil, "must lie between 0s and 24h", "CardIssuer", `assumptions={listingLag: -1s}`),
		Entry(nil, "must lie between 0s and 24h", "CardIssuer", `assumptions={issuingLag: 25h}`),
		Entry(nil, "must lie between 10s and 168h", "CardIssuer", `assumptions={patience: 1s}`),
		Entry(nil, "spec.ownerId", "CardIssuer", `ownerId=`),
		Entry(nil, "spec.credentialsRef", "CardIssuer", `credentialsRef=`),
		Entry(nil, "must be the budget's id", "Budget", `externalId="a b"`),
		Entry(nil, "supported values", "Budget", `deletionPolicy=Delete`),
		Entry(nil, "needs spec.budgetRef", "VirtualCard", `type=Budget`),
		Entry(nil, "only for cards of type Budget", "VirtualCard", `budgetRef={name: pot}`),
		Entry(nil, "only for cards of type Prepaid", "VirtualCard", `type=Budget`, `budgetRef={name: pot}`, `funding="1"`),
		Entry(nil, "only for cards of type Prepaid", "VirtualCard", `type=Budget`, `budgetRef={name: pot}`, `hold="1"`),
		Entry(nil, "spec.bin or spec.scenario, not both", "VirtualCard", `scenario=TikTok`),
		Entry(nil, "spec.cardholder or spec.cardholderId, not both", "VirtualCard", `cardholderId=x`, `cardholder={firstName: A, lastName: B}`),
		Entry(nil, "must be six to eight digits", "VirtualCard", `bin="12345"`),
		Entry(nil, "one to four digits", "VirtualCard", `cardholder={firstName: A, lastName: B, phone: {countryCode: "+1", number: "4155550100"}}`),
		Entry(nil, "4 to 20 digits", "VirtualCard", `cardholder={firstName: A, lastName: B, phone: {countryCode: "1", number: "415-555"}}`),
		Entry(nil, "e-mail address", "VirtualCard", `cardholder={firstName: A, lastName: B, email: nobody}`),
		Entry(nil, "two-letter country code", "VirtualCard", `billingAddress={country: us}`),
		Entry(nil, "keys may name", "VirtualCard", `secret={keys: {number: X}}`),
		Entry(nil, "must map to valid Secret keys", "VirtualCard", `secret={keys: {pan: "a b"}}`),
		Entry(nil, "two keys cannot have the same name", "VirtualCard", `secret={keys: {pan: A, cvv: A}}`),
		Entry(nil, "only for mode: Fingerprint", "VirtualCard", `secret={keys: {fingerprint: A}}`),
		Entry(nil, "never reveals", "VirtualCard", `secret={mode: Fingerprint, keys: {pan: A}}`),
		Entry(nil, "must be a valid Secret name", "VirtualCard", `secret={name: Bad_Name}`),
		Entry(nil, "must lie between 10s and 8760h", "VirtualCard", `secret={refreshInterval: 1s}`),
		Entry(nil, "must lie between 10s and 8760h", "VirtualCard", `secret={expireAfter: 1s}`),
		Entry(nil, "must lie between 1h and 8760h", "VirtualCard", `cvvRotationInterval=1m`),
		Entry(nil, "must be the card's id", "VirtualCard", `externalId="a/b"`),
		Entry(nil, "supported values", "VirtualCard", `state=Closed`),
		Entry(nil, "supported values", "VirtualCard", `deletionPolicy=Delete`),
		Entry(nil, "supported values", "VirtualCard", `limits=[{interval: Hour, amount: "1"}]`),
		Entry(nil, "must be more than zero", "Withdrawal", `amount="0.00"`),
		Entry(nil, "8 to 64 letters", "Withdrawal", `paymentId="-abcdefgh"`),
		Entry(nil, "exactly one of accountNumber and accountNumberFrom", "Beneficiary", `accountNumber=`),
		Entry(nil, "exactly one of accountNumber and accountNumberFrom", "Beneficiary", `accountNumberFrom={name: s, key: k}`),
		Entry(nil, "three-letter currency code", "Beneficiary", `currency=usd`),
		Entry(nil, "supported values", "Beneficiary", `routingType=iban`),
		Entry(nil, "supported values", "Beneficiary", `relationship=FRIEND`),
	)

	DescribeTable("refuses a change of what is fixed", func(message, kind string, changes ...string) {
		o, err := apply(ns, kind)
		Expect(err).NotTo(HaveOccurred())
		Eventually(func() error {
			Expect(k8s.Get(ctx, keyOf(o), o)).To(Succeed())
			change(o, changes...)
			return k8s.Update(ctx, o)
		}).Should(MatchError(ContainSubstring(message)))
	},
		Entry(nil, "ownerId cannot be changed", "CardIssuer", `ownerId=other`),
		Entry(nil, "accountId cannot be changed", "CardIssuer", `qbit={baseURL: "https://issuer.example.com", accountId: other}`),
		Entry(nil, "budgetOpening cannot be changed", "CardIssuer", `qbit={baseURL: "https://issuer.example.com", budgetOpening: "1"}`),
		Entry(nil, "a Withdrawal cannot be changed", "Withdrawal", `amount="2"`),
		Entry(nil, "a Withdrawal cannot be changed", "Withdrawal", `cardRef={name: other}`),
		Entry(nil, "a Withdrawal cannot be changed", "Withdrawal", `beneficiaryRef={name: other}`),
		Entry(nil, "a Withdrawal cannot be changed", "Withdrawal", `issuerRef={name: other}`),
		Entry(nil, "a Withdrawal cannot be changed", "Withdrawal", `paymentId=invoice-1`),
		Entry(nil, "a Beneficiary cannot be changed", "Beneficiary", `lastName=Z`),
		Entry(nil, "a Beneficiary cannot be changed", "Beneficiary", `accountNumber="2"`),
		Entry(nil, "a Beneficiary cannot be changed", "Beneficiary", `bankName=Z`),
		Entry(nil, "a Beneficiary cannot be changed", "Beneficiary", `iban=GB1`),
	)

	DescribeTable("allows a change of what is free", func(kind string, changes ...string) {
		o, err := apply(ns, kind)
		Expect(err).NotTo(HaveOccurred())
		Eventually(func() error {
			Expect(k8s.Get(ctx, keyOf(o), o)).To(Succeed())
			change(o, changes...)
			return k8s.Update(ctx, o)
		}).Should(Succeed())
	},
		Entry(nil, "Withdrawal", `suspend=true`), Entry(nil, "Beneficiary", `suspend=true`),
		Entry(nil, "VirtualCard", `bin="414631"`, `issuerRef={name: other}`, `cardholder={firstName: A, lastName: B}`),
		Entry(nil, "Budget", `issuerRef={name: other}`, `displayName=x`, `funding="3"`),
	)

	Context("once a card was ordered", func() {
		DescribeTable("refuses a change of", func(message string, changes ...string) {
			ns := newTenant()
			create(newCard(ns, "card"))
			cardReady(ns, "card")
			o := &unstructured.Unstructured{}
			o.SetAPIVersion("card-operator.io/v1alpha1")
			o.SetKind("VirtualCard")
			o.SetNamespace(ns)
			o.SetName("card")
			Eventually(func() error {
				Expect(k8s.Get(ctx, keyOf(o), o)).To(Succeed())
				change(o, changes...)
				return k8s.Update(ctx, o)
			}).Should(MatchError(ContainSubstring(message)))
		},
			Entry(nil, "cannot be changed once the card was ordered", `bin="414631"`),
			Entry(nil, "cannot be changed once the card was ordered", `issuerRef={name: other}`),
			Entry(nil, "cannot be changed once the card was ordered", `type=Budget`, `budgetRef={name: pot}`),
			Entry(nil, "cannot be changed once the card was ordered", `externalId=abc`),
			Entry(nil, "cannot be changed once the card was ordered", `usage=other`),
			Entry(nil, "cannot be changed once the card was ordered", `cardholder={firstName: Other, lastName: Person}`),
			Entry(nil, "cannot be changed once the card was ordered", `billingAddress={city: Elsewhere}`),
		)
	})
})
