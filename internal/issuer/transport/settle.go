package transport

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

var errTooLarge = errors.New("the answer is larger than 4 MiB")

// settle reads an answer and sorts out those whose status alone decides.
func (c *Client) settle(r Request, answer *http.Response) (Response, error) {
	body, readErr := readBody(answer.Body)
	status := answer.StatusCode
	if err := c.byStatus(r, status, answer.Header.Get("Retry-After"), body); err != nil {
		return Response{}, err
	}
	switch {
	case errors.Is(readErr, errTooLarge):
		return Response{}, r.Unclear(issuer.Malformed, status, errTooLarge.Error())
	case readErr != nil:
		return Response{}, r.Unclear(issuer.Unavailable, status, reason(readErr))
	}
	return Response{Status: status, Body: body}, nil
}

// byStatus returns the error of a status that decides by itself: 401 and 429 are definite,
// the others leave a mutating call unclear.
func (c *Client) byStatus(r Request, status int, retryAfter string, body []byte) error {
	wait := parseRetryAfter(retryAfter, c.clock.Now())
	if status == http.StatusTooManyRequests {
		err := r.Definite(issuer.RateLimited, status, "", "")
		err.RetryAfter = c.gate.Throttled(wait)
		return err
	}
	if status < 500 {
		c.gate.Answered()
	} else {
		c.gate.Unanswered()
	}
	switch {
	case status == http.StatusUnauthorized:
		code := ""
		if r.CodeIn != nil {
			code = r.CodeIn(body)
		}
		return r.Definite(issuer.Unauthorized, status, code, "")
	case status == http.StatusRequestTimeout || status >= 500:
		err := r.Unclear(issuer.Unavailable, status, "")
		if status == http.StatusServiceUnavailable && wait > 0 {
			err.RetryAfter = c.gate.Throttled(wait)
		}
		return err
	case status < 200:
		return r.Unclear(issuer.Malformed, status, "the issuer answered with a status that ends no request")
	case status >= 300 && status < 400:
		return r.Unclear(issuer.Malformed, status, "the issuer answered with a redirect, which is never followed")
	}
	return nil
}

// readBody reads to the end, so that the connection can be used again.
func readBody(body io.ReadCloser) ([]byte, error) {
	defer func() { _ = body.Close() }()
	content, err := io.ReadAll(io.LimitReader(body, maxResponseBody+1))
	if err == nil && len(content) > maxResponseBody {
		return nil, errTooLarge
	}
	return content, err
}

// parseRetryAfter reads seconds or an HTTP date; 0 stands for none, past or unreadable.
func parseRetryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
