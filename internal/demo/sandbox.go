package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

const (
	// sandboxPort is the one that config/samples names.
	sandboxPort = 8808
	// startLimit is how long a program may take until it answers.
	startLimit = 60 * time.Second
	// askAgain is the pause between two questions to a program that is starting.
	askAgain = 200 * time.Millisecond
	// answerLimit bounds one answer.
	answerLimit = 10 * time.Second
	// maxAnswer bounds what is read of one.
	maxAnswer = 8 << 20
)

// sandbox is the sandbox issuer's process and how to reach it.
type sandbox struct {
	process *process
	address string
	credentials
}

func (s *sandbox) url(path string) string { return "http://" + s.address + path }

// startSandbox starts the issuer with the quirks that the documents describe.
func (s *show) startSandbox(ctx context.Context) error {
	port, err := freePort(ctx, sandboxPort)
	if err != nil {
		return err
	}
	account, err := sampleAccount(s.dialect.samples, s.dialect.field)
	if err != nil {
		return err
	}
	box := &sandbox{address: fmt.Sprintf("127.0.0.1:%d", port)}
	if box.credentials, err = s.dialect.make(account); err != nil {
		return err
	}
	flags := append([]string{"--v", "--listen=" + box.address,
		"--issuing-delay=1s", "--listing-lag=300ms", "--latency=20ms", "--withdraw-delay=2s", "--receiver-review-delay=1s"}, box.flags...)
	box.process, err = start(ctx, filepath.Join(workDir, "sandbox.log"), sandboxBin, flags...)
	if err != nil {
		return err
	}
	s.sandbox = box
	s.atEnd(func(context.Context) error { box.process.stop(s.Clock); return nil })
	s.screen.step("A card issuer: the sandbox, on http://%s, speaking %s", box.address, s.dialect.words)
	return awaitAnswer(ctx, s.Clock, box.url("/sandbox/report"), box.process.ended)
}

// awaitAnswer waits until a program answers 200.
func awaitAnswer(ctx context.Context, c clock.Clock, url string, dead func() bool) error {
	for deadline := c.Now().Add(startLimit); c.Now().Before(deadline) && !dead(); {
		if _, err := get(ctx, url); err == nil {
			return nil
		}
		if err := c.Sleep(ctx, askAgain); err != nil {
			return err
		}
	}
	return fmt.Errorf("nothing answers on %s: see the logs in %s/", url, workDir)
}

// get reads a page.
func get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", url, err)
	}
	return body(resp)
}

// body reads an answer that must be a 200.
func body(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New("it answers " + resp.Status)
	}
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", resp.Request.URL, err)
	}
	return text, nil
}
