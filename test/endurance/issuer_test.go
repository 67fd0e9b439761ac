package endurance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

const (
	clientID     = "client-4c1be0a7"
	clientSecret = "secret-91d20f6e"
	accountID    = "7e0b9d52-6c1f-4a53-9f7e-2b8d4e0c6a11"
	staffToken   = "staff-5d0c2a"
	opening      = "10000000.00"
	// chance is how many of the issuer's answers are lost, and how many say 500.
	chance = 0.05
)

// bank is the sandbox issuer, a process of its own.
type bank struct {
	*process
	url string
}

// The delays stay within what the CardIssuer assumes: newIssuer.
func startBank(spec context.Context, dir string) *bank {
	dedup := "none"
	if sizes.dedup {
		dedup = "withdraw"
	}
	b := &bank{process: start(spec, "sandbox", dir, exec.Command(programs.sandbox, "--listen=127.0.0.1:0",
		"--account-id="+accountID, "--client-id="+clientID, "--client-secret="+clientSecret, "--token="+staffToken,
		"--opening-balance="+opening, "--dedup="+dedup, fmt.Sprintf("--seed=%d", GinkgoRandomSeed()),
		"--issuing-delay=1s", "--listing-lag=1s", "--withdraw-delay=500ms", "--receiver-review-delay=1s", "--latency=20ms"))}
	Eventually(func() string { b.url = regexp.MustCompile(`http://[0-9.:]+`).FindString(b.said()); return b.url }).
		WithTimeout(30*time.Second).ShouldNot(BeEmpty(), "the sandbox does not serve")
	return b
}

func (b *bank) host() string { return strings.TrimPrefix(b.url, "http://") }

// call asks the sandbox and decodes what it answers.
func (b *bank) call(method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, b.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("x-qbit-access-token", staffToken)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= 300 {
		words, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s %s: %s %s", method, path, answer.Status, words)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

func (b *bank) ask(method, path string, body, into any) {
	GinkgoHelper()
	Expect(b.call(method, path, body, into)).To(Succeed())
}

func (b *bank) report() inspect.Report {
	GinkgoHelper()
	var report inspect.Report
	b.ask(http.MethodGet, "/sandbox/report", nil, &report)
	return report
}

// loseAnswers makes every call that changes something happen, and some of the answers
// not arrive.
func (b *bank) loseAnswers() {
	GinkgoHelper()
	var rules []fault.Rule
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		for _, do := range []fault.Action{fault.CommitDrop, fault.CommitError} {
			rules = append(rules, fault.Rule{Method: method, Path: "/open-api/v1/**", Do: do, Probability: chance})
		}
	}
	b.ask(http.MethodPost, "/sandbox/faults", rules, &struct{}{})
}

func (b *bank) loseNoMore() {
	GinkgoHelper()
	b.ask(http.MethodDelete, "/sandbox/faults", nil, &struct{}{})
}

// cardNumber asks as the card's owner does; the report never shows a number.
func (b *bank) cardNumber(id string) string {
	GinkgoHelper()
	var card struct {
		Number string `json:"qbitCardNo"`
	}
	b.ask(http.MethodGet, "/open-api/v1/cards/info?cardId="+id+"&accountId="+accountID, nil, &card)
	return card.Number
}

// traffic is how often a call was made, and how often its answer did not arrive.
type traffic struct {
	call               string
	made, lost, failed int
}

// mutating sums up the calls that change something at the issuer.
func mutating(report inspect.Report) (all []traffic, sum traffic) {
	for _, endpoint := range slices.Sorted(maps.Keys(report.Calls)) {
		if strings.HasPrefix(endpoint, "GET ") || strings.Contains(endpoint, "/oauth/") || strings.HasSuffix(endpoint, "/check") {
			continue
		}
		t := traffic{call: strings.Replace(endpoint, "/open-api/v1", "", 1)}
		for told, n := range report.Calls[endpoint] {
			t.made += n
			switch told {
			case inspect.Lost:
				t.lost += n
			case "500":
				t.failed += n
			}
		}
		all = append(all, t)
		sum.made, sum.lost, sum.failed = sum.made+t.made, sum.lost+t.lost, sum.failed+t.failed
	}
	return all, sum
}
