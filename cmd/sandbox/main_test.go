package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
)

func TestFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(file, []byte(`[{"do":"drop","nth":2}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := parse([]string{
		"--opening-balance=12.50", "--dedup=withdraw,transfer-in", "--faults", file, "--seed=9", "--token=t",
		"--issuance-fee=1", "--rate-limit=2.5", "--burst=4", "--withdraw-delay=3s",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o := c.options
	if o.Ledger.Accounts[0].Opening.String() != "12.50" || o.Ledger.IssuanceFee.String() != "1.00" || o.Seed != 9 ||
		o.Ledger.IssuingDelay != 200*time.Millisecond || o.Ledger.WithdrawDelay != 3*time.Second ||
		o.Limits.RequestsPerSecond != 2.5 || o.Limits.Burst != 4 || len(o.Faults) != 1 || o.Qbit.StaticTokens["t"] == "" {
		t.Errorf("%+v", o)
	}
	if d := o.Qbit.Deduplicate; !d[qbit.CallWithdraw] || !d[qbit.CallTransferIn] || d[qbit.CallCreate] {
		t.Errorf("deduplicate is %v", d)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{
		{"--opening-balance=1e9x"}, {"--dedup=everything"}, {"--faults=/does/not/exist"}, {"--unknown"}, {"argument"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v: accepted", args)
		}
	}
	if c, err := parse([]string{"--help"}, io.Discard); err != nil || !c.help {
		t.Errorf("help: %v", err)
	}
}

// output is a buffer that a server and a test share.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func TestRunServesUntilItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out output
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--listen=127.0.0.1:0", "--v", "--client-secret=hush", "--token=hush"}, &out, io.Discard)
	}()
	url := waitForURL(t, &out)
	response, err := http.Get(url + "/open-api/v1/cards?secret=hush")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if log := out.String(); !strings.Contains(log, `GET "/open-api/v1/cards" 401`) || strings.Contains(log, "hush") {
		t.Errorf("the log is\n%s", log)
	}
}

func waitForURL(t *testing.T, out *output) string {
	t.Helper()
	for range 500 {
		if url := regexp.MustCompile(`http://[0-9.:]+`).FindString(out.String()); url != "" {
			return url
		}
		_ = clock.Real{}.Sleep(t.Context(), 10*time.Millisecond)
	}
	t.Fatal("it never listened")
	return ""
}
